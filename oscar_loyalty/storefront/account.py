"""What a member's account page shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from oscar_loyalty.flows import points_expired
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger.queries import LotDay
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import money
from oscar_loyalty.words import benefits, expiry, progress
from oscar_loyalty.words.progress import Progress
from oscar_loyalty.words.wording import counted, sentence

#: The page names so many days on which points become spendable.
PENDING_DAYS_SHOWN = 10


@dataclass(frozen=True)
class BalanceCard:
    """What a member can spend and what it is worth, what is to come, to go, and owed."""

    spendable: SafeString
    pending: SafeString | None
    waiting: list[SafeString]
    held: SafeString | None
    debt: SafeString | None
    expiring: list[SafeString]


@dataclass(frozen=True)
class TierCard:
    """Where a member stands, what that gives, and the way to the next tier."""

    tier: Tier | None
    next_tier: Tier | None
    progress: Progress | None
    benefits: list[SafeString]
    next_benefits: list[SafeString]


def balance_card(
    membership: Membership, terms: Terms, tiers: Sequence[Tier], *, at: datetime
) -> BalanceCard:
    """The member's points in words; `tiers` are the shop's."""
    lots = _lots(membership, terms) if membership.balance > 0 else []
    pending = [lot for lot in lots if lot.pending]
    held = max(membership.balance - membership.pending, 0) - membership.spendable
    return BalanceCard(
        spendable=_spendable(membership.spendable, terms),
        pending=_pending(membership.pending) if membership.pending else None,
        waiting=_waiting(pending, membership, terms) if pending else [],
        held=_held(held) if held else None,
        debt=_debt(-membership.balance) if membership.balance < 0 else None,
        expiring=expiry.dates(lots[len(pending) :], membership, terms, tiers, at=at),
    )


def balance_words(membership: Membership) -> SafeString:
    """What the member can spend, as short as can be."""
    points = membership.spendable
    words = ngettext("{points} point", "{points} points", points)
    return sentence(words, points=counted(points, "balance"))


def tier_card(
    membership: Membership, terms: Terms, tiers: Sequence[Tier], made: Decimal, *, at: datetime
) -> TierCard | None:
    """The tier card of a member who has made `made` towards tiers; None where there are none."""
    if not tiers:
        return None
    held = next((tier for tier in tiers if tier.pk == membership.tier_id), None)
    above = [tier for tier in tiers if held is None or tier.rank > held.rank]
    next_tier = above[0] if above else None
    return TierCard(
        tier=held,
        next_tier=next_tier,
        progress=progress.towards(next_tier, made, terms, terms.local_date(at))
        if next_tier
        else None,
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


def _spendable(points: int, terms: Terms) -> SafeString:
    words = ngettext(
        "{points} spendable point, worth {amount}",
        "{points} spendable points, worth {amount}",
        points,
    )
    figure = format_html('<span class="h1">{}</span>', counted(points, "balance"))
    worth = money.formatted(terms.worth(points), terms.currency)
    return sentence(words, points=figure, amount=worth)


def _pending(points: int) -> SafeString:
    words = ngettext("{points} point pending", "{points} points pending", points)
    return sentence(words, points=counted(points, "pending"))


def _lots(membership: Membership, terms: Terms) -> list[LotDay]:
    """Every open lot, with what keeps it alive, in one query."""
    acts = points_expired.last_acts(terms, membership.account_id)
    return ledger_queries.lots_by_day(membership.account_id, terms.time_zone, moments=acts)


def _waiting(lots: Sequence[LotDay], membership: Membership, terms: Terms) -> list[SafeString]:
    """One sentence for each of the next days on which points become spendable, one for the rest."""
    shown = lots[:PENDING_DAYS_SHOWN]
    told = [_spendable_from(lot.points, lot.day, terms) for lot in shown]
    rest = membership.pending - sum(lot.points for lot in shown)
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


def _held(points: int) -> SafeString:
    words = ngettext(
        "{points} more point is kept for your basket.",
        "{points} more points are kept for your basket.",
        points,
    )
    return sentence(words, points=counted(points, "held"))


def _debt(points: int) -> SafeString:
    words = ngettext(
        "{points} point of an order that came back was already spent. "
        "What you earn next makes up for it first.",
        "{points} points of orders that came back were already spent. "
        "What you earn next makes up for them first.",
        points,
    )
    return sentence(words, points=points)
