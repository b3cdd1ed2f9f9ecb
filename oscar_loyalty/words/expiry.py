"""When points expire, in words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.utils.dates import MONTHS_ALT
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from oscar_loyalty.program.ledger.queries import LotDay
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.terms.policy import Terms, fixed_days
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.words import expiring
from oscar_loyalty.words.wording import isolated, listed, sentence

#: The page names so many days on which points expire.
EXPIRY_DAYS_SHOWN = 10

Expiry = Programme.Expiry


def dates(
    lots: Iterable[LotDay],
    membership: Membership,
    terms: Terms,
    tiers: Sequence[Tier],
    *,
    at: datetime,
) -> list[SafeString]:
    """One sentence for each of the next days on which spendable points of these lots expire."""
    by_tier = any(tier.expiry_months for tier in tiers)
    days = expiring.days(lots, membership, terms, by_tier=by_tier, at=at)
    return _told(days, membership.balance - membership.pending) if days else []


def rules(programme: Programme, membership: Membership | None) -> list[SafeString]:
    """How long points are good, in a member's tier or in each that has months of its own."""
    if programme.expiry == Expiry.NEVER:
        return []
    if programme.expiry == Expiry.FIXED_DATES:
        return [_on_fixed_dates(programme)]
    if membership:
        tier = membership.tier
        return [_after_months(programme, (tier and tier.expiry_months) or programme.expiry_months)]
    own = Tier.objects.filter(expiry_months__isnull=False).order_by("rank")
    return [_after_months(programme, programme.expiry_months), *map(_in_tier, own)]


def _told(days: Counter[date], spendable: int) -> list[SafeString]:
    soonest = sorted(days)[:EXPIRY_DAYS_SHOWN]
    told = [expiring.expire_on(days[day], day) for day in soonest]
    rest = spendable - sum(days[day] for day in soonest)
    if rest > 0:
        words = ngettext("{points} point later or never", "{points} points later or never", rest)
        told.append(sentence(words, points=rest))
    return told


def _on_fixed_dates(programme: Programme) -> SafeString:
    days = [
        sentence(
            pgettext("day of every year", "{day} {month}"), day=day, month=str(MONTHS_ALT[month])
        )
        for month, day in fixed_days(programme.expiry_dates)
    ]
    return sentence(
        _("Points that can be spent expire each year at the end of these days: {days}."),
        days=listed(days) if days else isolated("—"),
    )


def _after_months(programme: Programme, months: int) -> SafeString:
    if programme.expiry == Expiry.AFTER_EARNING:
        words = ngettext(
            "Points expire {months} month after they were earned.",
            "Points expire {months} months after they were earned.",
            months,
        )
        return sentence(words, months=months)
    words = ngettext(
        "Points expire after {months} month without activity. Activity is: {activities}.",
        "Points expire after {months} months without activity. Activity is: {activities}.",
        months,
    )
    return sentence(words, months=months, activities=listed(_activities(programme)))


def _activities(programme: Programme) -> list[str]:
    named = (
        (programme.active_by_orders, _("placing an order")),
        (programme.active_by_earning, _("earning points")),
        (programme.active_by_spending, _("spending points")),
    )
    return [words for counts, words in named if counts] or ["—"]


def _in_tier(tier: Tier) -> SafeString:
    words = ngettext(
        "In the tier {tier} it is {months} month.",
        "In the tier {tier} it is {months} months.",
        tier.expiry_months or 0,
    )
    return sentence(words, tier=str(tier), months=tier.expiry_months)
