"""Which points expire on which day, and how that is said."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from oscar_loyalty.program.ledger.queries import LotDay
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.words.wording import sentence


def days(
    lots: Iterable[LotDay],
    membership: Membership,
    terms: Terms,
    *,
    by_tier: bool,
    at: datetime,
) -> Counter[date]:
    """
    How many points of these lots expire at the end of each day.

    `by_tier` is whether some tier has months of its own.
    """
    changed_at = membership.since if by_tier else None
    found: Counter[date] = Counter()
    for lot in lots:
        day = _last_day(lot, membership, terms, changed_at)
        if day:
            # Held points, and those that no sweep has come to yet, are still there today.
            found[max(day, terms.local_date(at))] += lot.points
    return found


def expire_on(points: int, day: date) -> SafeString:
    """Points that expire on a day."""
    words = ngettext(
        "{points} point expires at the end of {day}",
        "{points} points expire at the end of {day}",
        points,
    )
    return sentence(words, points=points, day=day)


def _last_day(
    lot: LotDay, membership: Membership, terms: Terms, changed_at: datetime | None
) -> date | None:
    """The last day on which points are good, where there is one."""
    if lot.expires_at:
        return terms.spared_until(terms.last_day_before(lot.expires_at), lot.earned_at)
    by_tier = terms.counts_expiry_in_months and changed_at is not None
    return terms.good_until(
        lot.earned_at,
        spendable_since=lot.spendable_since,
        months=membership.tier.expiry_months if by_tier and membership.tier else None,
        active_at=max((moment for moment in lot.moments if moment), default=None),
        changed_at=max(changed_at, lot.arrived_at or changed_at) if by_tier else None,
    )
