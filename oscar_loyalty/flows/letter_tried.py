"""Staff try a text: as a certain member would get it, sent to nobody but themselves."""

from datetime import datetime

from oscar_loyalty.flows import letter_written
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.shop import mails, people
from oscar_loyalty.shop.mails import Letter, Mail, Source


def run(kind: str, source: Source, *, language: str, member: str, at: datetime) -> Letter | None:
    """
    Write the letter for a member, about their last order; None if there is no such member.

    :raises InvalidText: if the text cannot be filled in.
    """
    for user_id in people.named(member):
        account_id = ledger_queries.account_of(user_id)
        reader = mails.correspondent(user_id)
        if account_id is not None and reader is not None:
            message = Message(
                account_id=account_id,
                kind=kind,
                order_number=earning_queries.last_order_number(account_id),
                language=mails.supported(language),
                planned_at=at,
            )
            return letter_written.preview(source, message, reader, at=at)
    return None


def send(letter: Letter, *, address: str) -> None:
    """
    Send it to who tries it.

    :raises OSError: if the mail server does not take it.
    """
    mails.send(Mail(address, letter.subject, letter.text, letter.html, {}))
