"""Points will expire soon: their members are warned, and again shortly before."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from oscar_loyalty.flows import message_queued, once_a_day, one_by_one, points_expired
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.queries import Lapsing
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import Kind
from oscar_loyalty.program.terms.policy import Terms

#: A warning tells of so much more than what gave rise to it, so that the next comes later.
WEEK = timedelta(days=7)


def run(*, at: datetime) -> int:
    """Warn of what expires within the days that staff have chosen; how many members are told."""
    return sum(
        once_a_day.run(kind, partial(_search, kind), at=at) for kind in points_expired.WARNINGS
    )


def _search(kind: Kind, terms: Terms, at: datetime) -> int:
    days = messages_queries.active_days()[kind.code]
    due = points_expired.lapsings(terms, at + timedelta(days=days + 1))
    told = points_expired.lapsings(terms, at + timedelta(days=days + 1) + WEEK)
    since = points_expired.warned_since(terms, at)
    until = terms.local_date(at) + timedelta(days=days) + WEEK
    return sum(
        one_by_one.run_chunks(
            points_expired.chunks(unwarned(lapsing, days, since)),
            partial(_warn, kind, wider, days=days, until=until, since=since, at=at),
        )
        for lapsing, wider in zip(due, told, strict=True)
    )


def unwarned(lapsing: Lapsing, days: int, since: date) -> Lapsing:
    """Of what lapses, that of members who were not told so many days before."""
    return replace(lapsing, members=lapsing.members & ledger_queries.not_warned(days, since))


def _warn(
    kind: Kind,
    lapsing: Lapsing,
    account_ids: list[int],
    *,
    days: int,
    until: date,
    since: date,
    at: datetime,
) -> int:
    ledger.warn(account_ids, lapsing, days=days, until=until, since=since)
    message_queued.run(
        News(kind, pk, f"{pk}:{until}", at, about=until.isoformat()) for pk in account_ids
    )
    return len(account_ids)
