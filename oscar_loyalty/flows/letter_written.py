"""A message becomes a letter: its text, in its reader's language, with its blanks filled in."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi, override
from django.utils.translation import gettext as _

from oscar_loyalty.errors import InvalidText
from oscar_loyalty.flows import blanks, unsubscribed
from oscar_loyalty.flows.blanks import topic
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.models import Message, kind_of
from oscar_loyalty.shop import mails
from oscar_loyalty.shop.mails import Correspondent, Letter, Source
from oscar_loyalty.words import fill_in
from oscar_loyalty.words.letters import TEXTS


def run(message: Message, reader: Correspondent, *, at: datetime) -> Letter:
    """
    Write the letter.

    :raises InvalidText: if what staff wrote cannot be filled in.
    """
    language = mails.supported(
        message.language or messages_queries.last_language(message.account_id)
    )
    with override(language):
        source = text_of(message.kind, language)
        values = blanks.of(message, reader, at=at)
        return _composed(source, values, _unsubscribe_link(message))


def _unsubscribe_link(message: Message) -> str:
    if kind_of(message).security:
        return ""
    return unsubscribed.link(ledger_queries.public_id_of(message.account_id), message.kind)


def text_of(kind: str, language: str) -> Source:
    """
    What staff wrote for this language, else for all, else ours.

    The three parts go together: of a text that somebody has begun to change, none is mixed with
    another's words.
    """
    written = mails.sources(kind, language)
    whole = (one for one in written if one.subject and one.text)
    with override(language):
        ours = TEXTS[kind]
        return next(whole, Source(str(ours.subject), ours.as_text(), ours.as_html()))


def check(kind: str, source: Source) -> None:
    """
    See that a text can be filled in for every message of its kind.

    :raises InvalidText: if it cannot.
    """
    for part in (source.subject, source.text, source.html):
        fill_in.check(part or "", TEXTS[kind].blanks)


def preview(source: Source, message: Message, reader: Correspondent, *, at: datetime) -> Letter:
    """
    What a member would get, from a text that need not be saved yet.

    :raises InvalidText: if it cannot be filled in.
    """
    check(message.kind, source)
    with override(message.language):
        return _composed(source, blanks.of(message, reader, at=at), link="")


def _composed(source: Source, values: Mapping[str, str], link: str) -> Letter:
    subject = fill_in.as_line(source.subject or "", values)
    if not subject:
        raise InvalidText(_("The subject is empty for this member."))
    # Where staff wrote no HTML, the plain text is shown as such.
    body = fill_in.as_html(source.html, values) if source.html else ""
    text = _without_gaps(fill_in.as_text(source.text or "", values))
    told = {
        "subject": subject,
        "text": text,
        "body": body,
        "shop_name": values["shop_name"],
        "unsubscribe_url": link,
        "preferences_url": topic.url("messages"),
        "dir": "rtl" if get_language_bidi() else "ltr",
    }
    return Letter(
        language=get_language() or "",
        dir=told["dir"],
        subject=subject,
        text=render_to_string("oscar_loyalty/letters/letter.txt", told).strip() + "\n",
        html=render_to_string("oscar_loyalty/letters/letter.html", told),
        notice=fill_in.as_paragraphs(source.text or "", values),
        account_url=values["account_url"],
        unsubscribe_url=link,
    )


def _without_gaps(text: str) -> str:
    """Paragraphs that were left out leave no holes."""
    paragraphs: Sequence[str] = [part.strip() for part in text.split("\n\n")]
    return "\n\n".join(part for part in paragraphs if part)
