"""What a member has and where they stand, in words for staff."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.flows import points_expired
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.models import Standing, Tier
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import money
from oscar_loyalty.staff.people import may_spend
from oscar_loyalty.words import birthdays, expiring, progress, subscriptions
from oscar_loyalty.words.progress import Progress
from oscar_loyalty.words.subscriptions import Box
from oscar_loyalty.words.wording import sentence

#: The page names so many days on which points expire.
EXPIRY_DAYS_SHOWN = 3


@dataclass(frozen=True)
class Card:
    """The boxes at the top of a member's page."""

    balance: SafeString
    parts: list[SafeString]
    expiring: list[SafeString]
    tier: Tier | None
    standing: list[SafeString]
    progress: Progress | None
    may_spend: str
    birthday: str
    wants: list[Box]


def card_of(account: Account, *, at: datetime) -> Card:
    """The member's points, tier and wishes at that moment."""
    terms = terms_queries.written()
    standing: Standing | None = getattr(account, "standing", None)
    tiers, made = tiers_queries.ladder_of(account.pk, terms, at=at) if terms else ([], Decimal(0))
    birthday = getattr(account, "birthday", None)
    return Card(
        balance=_balance(account, terms),
        parts=_parts(account),
        expiring=_expiring(account, standing, tiers, terms, at) if terms else [],
        tier=standing.tier if standing else None,
        standing=_standing(standing) if standing else [],
        progress=_progress(standing, tiers, made, terms, at) if terms else None,
        may_spend=may_spend(account, at=at),
        birthday=birthdays.told(birthday.month_day, birthday.year)
        if birthday and birthday.month_day
        else "",
        wants=subscriptions.boxes(account.pk),
    )


def _balance(account: Account, terms: Terms | None) -> SafeString:
    points = account.balance
    if terms is None or points < 0:
        words = ngettext("{points} point", "{points} points", points)
        return sentence(words, points=points)
    worth = money.formatted(terms.worth(points), terms.currency)
    words = ngettext("{points} point, worth {amount}", "{points} points, worth {amount}", points)
    return sentence(words, points=points, amount=worth)


def _parts(account: Account) -> list[SafeString]:
    """What of the balance can be spent, waits, and is held; nothing for one in debt."""
    told = [
        (_("Spendable: {points}"), account.spendable),
        (_("Pending: {points}"), account.pending),
        (_("Held during a checkout: {points}"), account.held),
    ]
    return [sentence(words, points=points) for words, points in told if points]


def _expiring(
    account: Account,
    standing: Standing | None,
    tiers: list[Tier],
    terms: Terms,
    at: datetime,
) -> list[SafeString]:
    if standing is None or account.balance <= 0:
        return []
    acts = points_expired.last_acts(terms, account.pk)
    lots = ledger_queries.lots_by_day(account.pk, terms.time_zone, moments=acts)
    by_tier = any(tier.expiry_months for tier in tiers)
    days: Counter[date] = expiring.days(
        (lot for lot in lots if not lot.pending),
        _membership(account, standing),
        terms,
        by_tier=by_tier,
        at=at,
    )
    return [expiring.expire_on(days[day], day) for day in sorted(days)[:EXPIRY_DAYS_SHOWN]]


def _membership(account: Account, standing: Standing) -> Membership:
    return Membership(
        account_id=account.pk,
        balance=account.balance,
        pending=account.pending,
        spendable=account.spendable,
        tier_id=standing.tier_id,
        tier=standing.tier,
        since=standing.since,
        multiplier=Decimal(1),
        user_id=account.user_id or 0,
    )


def _standing(standing: Standing) -> list[SafeString]:
    told = []
    if standing.tier:
        told.append(sentence(_("Since {day}"), day=localtime(standing.since).date()))
    if standing.pinned_tier:
        words = _("Staff keep the member on the tier {tier} at least.")
        told.append(sentence(words, tier=str(standing.pinned_tier)))
    if standing.below_since:
        words = _("Below the threshold since {day}.")
        told.append(sentence(words, day=standing.below_since))
    return told


def _progress(
    standing: Standing | None, tiers: list[Tier], made: Decimal, terms: Terms, at: datetime
) -> Progress | None:
    rank = standing.tier.rank if standing and standing.tier else 0
    above = next((tier for tier in tiers if tier.rank > rank), None)
    return progress.towards(above, made, terms, terms.local_date(at)) if above else None
