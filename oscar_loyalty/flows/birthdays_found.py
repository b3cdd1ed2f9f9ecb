"""Members whose birthday is near get their present, and are told of it: once for each birthday."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from oscar_loyalty.flows import (
    act_rewarded,
    message_queued,
    once_a_day,
    one_by_one,
    presents_given,
)
from oscar_loyalty.flows.act_rewarded import Act
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.coupons.models import Present
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.members import queries as members_queries
from oscar_loyalty.program.members import services as members
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.models import MessageKind
from oscar_loyalty.program.messages.policy import BIRTHDAY
from oscar_loyalty.program.terms.policy import Terms

#: Their accounts are locked while they are given something: a shopper among them waits.
CHUNK = 100


def run(*, at: datetime) -> int:
    """
    Celebrate every birthday that is so many days ahead as staff have chosen; return how many.

    Those that nobody looked for on their day are caught up with, up to two weeks after it. The
    present is a member's due; whether they want a letter is asked when it leaves.
    """
    return once_a_day.run(BIRTHDAY, _search, at=at)


def _search(terms: Terms, at: datetime) -> int:
    kind = messages_queries.kind_row(BIRTHDAY)
    if kind is None:
        return 0
    near = members_queries.members_to_celebrate(
        terms.local_date(at), ahead=timedelta(days=kind.days)
    )
    chunks = one_by_one.chunks_of(near, size=CHUNK)
    return one_by_one.run_chunks(chunks, partial(_celebrate, kind, terms, at))


def _celebrate(kind: MessageKind, terms: Terms, at: datetime, account_ids: list[int]) -> int:
    """What has changed since they were found is seen once they are locked."""
    presents_given.lock(kind, account_ids)
    welcome = ledger_queries.at_liberty(account_ids)
    today, ahead = terms.local_date(at), timedelta(days=kind.days)
    days = members.celebrate(welcome, today, ahead=ahead)
    keys = {account_id: f"birthday:{account_id}:{day.year}" for account_id, day in days.items()}
    coupons = presents_given.run(kind, keys, action="birthday", terms=terms, at=at)
    _apply_rules(keys, int(kind.value) if kind.gives == Present.Gives.POINTS else 0, at)
    message_queued.run(
        News(
            BIRTHDAY,
            account_id,
            cause=f"{account_id}:{day.year}",
            at=at,
            about=str(coupons.get(account_id, "")),
        )
        for account_id, day in days.items()
    )
    return len(days)


def _apply_rules(keys: Mapping[int, str], base: int, at: datetime) -> None:
    """What rules give for a birthday, beside a present of `base` points."""
    if not act_rewarded.rules_for("birthday", earning_queries.terms_and_rules(), at):
        return
    for account_id, key in sorted(keys.items()):
        owner = ledger_queries.owner_of(account_id)
        if owner is not None:
            act_rewarded.run(Act("birthday", owner, account_id, key, base=base), at=at)
