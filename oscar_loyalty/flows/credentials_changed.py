"""A customer's e-mail address or password changed: their points are safe for a while."""

from datetime import datetime, timedelta

from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.facts import Credentials
from oscar_loyalty.flows import message_queued, points_taken_off
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.members import policy
from oscar_loyalty.program.members import services as members
from oscar_loyalty.program.messages.policy import SIGN_IN_CHANGED


@transaction.atomic
def run(user_id: int, before: Credentials, after: Credentials, *, at: datetime) -> None:
    """
    Pause spending, and write down where a notice about it belongs: at the address before.

    Whoever took over the account cannot spend its points at once, and the owner can be told.
    """
    kinds = policy.changed(before, after)
    account_id = ledger_queries.account_of(user_id) if kinds else None
    if account_id is None:
        return
    account_id = ledger.lock_current(account_id)
    # Their own address, whomever they were merged with.
    own = ledger_queries.joined_as(user_id) or account_id
    for kind in kinds:
        members.note_down(own, kind, address=before.email, at=at)
    if hours := conf.PAUSE_HOURS():
        ledger.pause(account_id, until=at + timedelta(hours=hours))
        points_taken_off.run_unless_being_paid(account_id)
    _tell(own, before.email, at)


def _tell(account_id: int, address: str, at: datetime) -> None:
    """At the address before: whoever took the account over reads the new one."""
    if address:
        cause = f"{account_id}:{at.isoformat()}"
        news = News(SIGN_IN_CHANGED, account_id, cause, at, about=at.isoformat(), address=address)
        message_queued.run([news])
