"""Tiers are about to be reached, or lost: members hear of it while they can do something."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from oscar_loyalty.flows import message_queued, once_a_day
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import TIER_AT_RISK, TIER_NEAR, Kind
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.policy import rank_of
from oscar_loyalty.program.tiers.queries import foreseen

CHUNK = 2000
#: One who stays near a tier is told again after this.
SELDOM = timedelta(days=180)
WEEK = timedelta(days=7)


def run(*, at: datetime) -> int:
    """Tell members whose tier is at risk, or who are near the next; how many."""
    risks = once_a_day.run(TIER_AT_RISK, _search_risks, at=at)
    return risks + once_a_day.run(TIER_NEAR, _search_near, at=at)


def _search_risks(terms: Terms, at: datetime) -> int:
    days = messages_queries.active_days()[TIER_AT_RISK.code]
    if terms.downgrade == "never":
        return 0
    told, last = 0, 0
    while chunk := tiers_queries.accounts_after(last, limit=CHUNK):
        last = chunk[-1]
        falling = _falling(chunk, terms, days, at)
        again = timedelta(days=days + terms.grace_days) + WEEK
        told += _tell(TIER_AT_RISK, falling, again, terms, at)
    return told


def _falling(account_ids: list[int], terms: Terms, days: int, at: datetime) -> set[int]:
    """Members whose tier will be lost by then, by the rules of the daily review."""
    by = terms.local_date(at) + timedelta(days=days)
    lost = {
        pk
        for pk, (before, after) in tiers_queries.reviewed(account_ids, terms, by).items()
        if rank_of(after.rung) < rank_of(before.rung)
    }
    if not 0 < terms.grace_days <= days:
        return lost
    # Days of grace that begin so soon are over by then.
    sooner = by - timedelta(days=terms.grace_days)
    return lost | {
        pk
        for pk, (before, after) in tiers_queries.reviewed(account_ids, terms, sooner).items()
        if after.below_since and not before.below_since
    }


def _search_near(terms: Terms, at: datetime) -> int:
    today = terms.local_date(at)
    told, last = 0, 0
    while chunk := tiers_queries.accounts_after(last, limit=CHUNK):
        last = chunk[-1]
        near = foreseen.nearing(chunk, terms, today)
        told += _tell(TIER_NEAR, messages_queries.willing(TIER_NEAR, near), SELDOM, terms, at)
    return told


@transaction.atomic
def _tell(
    kind: Kind, account_ids: Collection[int], again: timedelta, terms: Terms, at: datetime
) -> int:
    """Queue it for those who have not been told for so long."""
    new = set(account_ids) - messages_queries.told_since(kind, account_ids, at - again)
    today = terms.local_date(at)
    message_queued.run(News(kind, pk, f"{pk}:{today}", at) for pk in sorted(new))
    return len(new)
