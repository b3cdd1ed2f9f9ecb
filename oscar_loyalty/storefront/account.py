"""What a member's account page shows."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import money
from oscar_loyalty.storefront import benefits, progress
from oscar_loyalty.storefront.progress import Progress
from oscar_loyalty.storefront.wording import counted, sentence

#: The page names so many days on which points become spendable.
PENDING_DAYS_SHOWN = 10


@dataclass(frozen=True)
class BalanceCard:
    """What a member can spend and what it is worth, what is still to come, and what is owed."""

    spendable: SafeString
    worth: SafeString
    pending: SafeString | None
    waiting: list[SafeString]
    debt: SafeString | None


@dataclass(frozen=True)
class TierCard:
    """Where a member stands, what that gives, and the way to the next tier."""

    tier: Tier | None
    next_tier: Tier | None
    progress: Progress | None
    benefits: list[SafeString]
    next_benefits: list[SafeString]


def balance_card(membership: Membership, terms: Terms) -> BalanceCard:
    """The member's points in words."""
    return BalanceCard(
        spendable=counted(membership.spendable, "balance"),
        worth=_worth(membership.spendable, terms),
        pending=_pending(membership.pending) if membership.pending else None,
        waiting=_waiting(membership, terms) if membership.pending else [],
        debt=_debt(-membership.balance) if membership.balance < 0 else None,
    )


def balance_words(membership: Membership) -> SafeString:
    """What the member can spend, as short as can be."""
    points = membership.spendable
    words = ngettext("{points} point", "{points} points", points)
    return sentence(words, points=counted(points, "balance"))


def tier_card(membership: Membership, terms: Terms, *, at: datetime) -> TierCard | None:
    """The tier card; None where the shop has no tiers."""
    tiers = tiers_queries.ladder_in_words()
    if not tiers:
        return None
    held = next((tier for tier in tiers if tier.pk == membership.tier_id), None)
    above = [tier for tier in tiers if held is None or tier.rank > held.rank]
    next_tier = above[0] if above else None
    return TierCard(
        tier=held,
        next_tier=next_tier,
        progress=_progress(membership, next_tier, terms, at) if next_tier else None,
        benefits=benefits.of(held, terms.currency),
        next_benefits=benefits.of(next_tier, terms.currency),
    )


def tier_table(terms: Terms) -> list[tuple[Tier, SafeString, list[SafeString]]]:
    """Every tier with its threshold and its benefits in words."""
    return [
        (
            tier,
            sentence("{amount}", amount=progress.amount(tier.threshold, terms)),
            benefits.of(tier, terms.currency),
        )
        for tier in tiers_queries.ladder_in_words()
    ]


def _progress(membership: Membership, tier: Tier, terms: Terms, at: datetime) -> Progress:
    made = tiers_queries.position(membership.account_id, terms, at=at).progress
    return progress.towards(tier, made, terms, terms.local_date(at))


def _worth(points: int, terms: Terms) -> SafeString:
    words = ngettext("spendable point, worth {amount}", "spendable points, worth {amount}", points)
    return sentence(words, amount=money.formatted(terms.worth(points), terms.currency))


def _pending(points: int) -> SafeString:
    words = ngettext("{points} point pending", "{points} points pending", points)
    return sentence(words, points=counted(points, "pending"))


def _waiting(membership: Membership, terms: Terms) -> list[SafeString]:
    """One sentence for each of the next days on which points become spendable, one for the rest."""
    days = ledger_queries.pending_by_day(
        membership.account_id, terms.time_zone, limit=PENDING_DAYS_SHOWN
    )
    told = [_spendable_from(points, day, terms) for day, points in days]
    rest = membership.pending - sum(points for _day, points in days)
    if rest > 0:
        words = ngettext("{points} point later", "{points} points later", rest)
        told.append(sentence(words, points=rest))
    return told


def _spendable_from(points: int, day: date | None, terms: Terms) -> SafeString:
    if day:
        words = ngettext(
            "{points} point spendable from {day}", "{points} points spendable from {day}", points
        )
        return sentence(words, points=points, day=day)
    if terms.spendable == "on-status":
        words = ngettext(
            "{points} point spendable when your order has the status {status}",
            "{points} points spendable when your orders have the status {status}",
            points,
        )
        return sentence(words, points=points, status=terms.spendable_status)
    words = ngettext(
        "{points} point spendable when the shop confirms your order",
        "{points} points spendable when the shop confirms your orders",
        points,
    )
    return sentence(words, points=points)


def _debt(points: int) -> SafeString:
    words = ngettext(
        "{points} point of a cancelled order was already spent. "
        "What you earn next makes up for it first.",
        "{points} points of cancelled orders were already spent. "
        "What you earn next makes up for them first.",
        points,
    )
    return sentence(words, points=points)
