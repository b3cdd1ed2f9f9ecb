"""
Pricing an order in points, exactly, line by line, rounded down once.

A line earns what was paid for it × the programme's rate × the multiplier of the member's tier, and
on top of that what rules give:

- A rule applies in an order if it is in force at the order's date, its conditions are met, and its
  limits leave it something. It is about lines: those of its product, category or range, or all.
- A rule that excludes takes its lines out: they earn nothing, whatever other rules say.
- Of the rules on a line that share it with no other (not `stackable`) one gets it: the most
  specific (product before category before range before order), then the one of the highest
  priority, then the oldest. Stackable rules apply besides.
- Rules that multiply do so in the order of priority, then age: the first gives (factor − 1) times
  what the rate and the tier gave, the next as much of that and the first together, and so on.
- Fixed points, for the order or for every so many items of it, and points per unit of money come on
  top as they are written; neither the tier nor a rule multiplies them. Those for an order are
  spread over its goods by what was paid, those for items over the items, so that what comes back
  takes its part along.
- What a cap or a budget cuts off, it cuts off all lines of the rule in proportion, before rounding,
  and it is noted. Of a limit an order takes whole points, rounded up: less may be given than was
  allowed, never more. A rule with nothing left does not apply, and leaves its lines to others.
- One rounding, down, of the whole order.

A minimum is held against what was paid for all goods, before anything is excluded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from oscar_loyalty.facts import LineFacts, OrderFacts
from oscar_loyalty.program.earning.policy.limits import NOTHING_TAKEN, Limit, Taken
from oscar_loyalty.program.earning.policy.pricing import SHIPPING, Applied, Basis, Pricing
from oscar_loyalty.program.earning.policy.rules import (
    Buyer,
    Rule,
    RuleFacts,
    WhyNot,
    distinct,
    why_not,
)
from oscar_loyalty.program.ledger.policy import MAX_POINTS
from oscar_loyalty.program.terms.policy import Terms

__all__ = ["NOTHING_TAKEN", "Applied", "Buyer", "Limit", "Rule", "Taken", "WhyNot", "distinct"]

Why = Literal[
    "", "other-currency", "below-minimum", "nothing-counts", "switched-off", "beyond-limit"
]


@dataclass(frozen=True)
class Share:
    """What a rule gave to one line; `until` where these points expire at a moment of their own."""

    version_id: int
    points: Fraction
    until: datetime | None = None


@dataclass(frozen=True)
class LineAward:
    """
    What one line earned before the order was rounded: `base` × rate × multiplier + `extra`.

    `base` is the money that counted, `exact` the unrounded points as a fraction "n/d", `extra` what
    rules gave.
    """

    line_id: int
    title: str
    quantity: int
    base: Decimal
    extra: Fraction
    exact: Fraction
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True)
class Award:
    """
    The decision about one order: `points`, and `why` when they are none.

    `applied` and `unmet` are the rules that any of its lines falls under.
    """

    points: int
    base: Decimal
    rate: Fraction
    multiplier: Decimal
    lines: tuple[LineAward, ...]
    why: Why = ""
    applied: tuple[Applied, ...] = ()
    unmet: tuple[tuple[Rule, WhyNot], ...] = ()


#: For a line id the rules in force that it falls under.
Matches = Mapping[int, Sequence[Rule]]

NO_MATCHES: Matches = {}
NOTHING = Fraction(0)
NOBODY = Buyer()


def award_for(
    order: OrderFacts,
    terms: Terms,
    multiplier: Decimal = Decimal(1),
    matches: Matches = NO_MATCHES,
    *,
    buyer: Buyer = NOBODY,
    taken: Taken = NOTHING_TAKEN,
    is_promise: bool = False,
) -> Award:
    """
    Price `order` in points.

    A promise is never more than what is given in the end: what is asked about an order as a whole,
    and what limits leave, is not known yet, and a rule that may apply keeps others from its lines.
    """
    if not terms.active:
        return Award(0, Decimal(0), terms.rate, multiplier, (), "switched-off")
    if order.currency != terms.currency:
        return Award(0, Decimal(0), terms.rate, multiplier, (), "other-currency")
    pricing = Pricing(
        _bases(order, terms),
        terms.rate * Fraction(multiplier),
        facts_of(order, terms, buyer, is_promise=is_promise),
        taken,
        is_promise,
    )
    if matches:
        pricing.apply(matches)
    lines = tuple(_line_award(line, pricing, order.placed_at, terms) for line in pricing.lines)
    base = sum((line.base for line in lines), Decimal(0))
    points = rounded_down(line.exact for line in lines)
    why: Why = "" if points else "nothing-counts"
    if base < terms.minimum_order:
        points, why = 0, "below-minimum"
    elif points > MAX_POINTS:
        points, why = 0, "beyond-limit"
    applied, unmet = tuple(pricing.applied.values()), tuple(pricing.unmet.values())
    return Award(points, base, terms.rate, multiplier, lines, why, applied, unmet)


def contenders(order: OrderFacts, terms: Terms, matches: Matches, buyer: Buyer) -> list[Rule]:
    """The rules on whose limits it depends what the order earns: all else they ask for is met."""
    limited = [rule for rule in distinct(matches) if rule.is_limited]
    facts = facts_of(order, terms, buyer) if limited else None
    return [rule for rule in limited if facts and not why_not(rule, facts)]


def facts_of(
    order: OrderFacts, terms: Terms, buyer: Buyer, *, is_promise: bool = False
) -> RuleFacts:
    """What the conditions of rules are held against."""
    spend = sum((_money(line, terms) for line in order.lines), Decimal(0))
    local = terms.local_time(order.placed_at)
    return RuleFacts(local, buyer, None if is_promise else spend, order.country)


def rounded_down(parts: Iterable[Fraction]) -> int:
    """Whole points in the sum of `parts`; the only place where points are rounded."""
    return int(sum(parts, Fraction(0)) // 1)


def _bases(order: OrderFacts, terms: Terms) -> list[Basis]:
    lines = [
        Basis(line.line_id, line.title, line.quantity, _money(line, terms)) for line in order.lines
    ]
    if terms.counts_shipping:
        incl = terms.base == "incl-tax"
        money = order.shipping_incl_tax if incl else order.shipping_excl_tax
        lines.append(Basis(SHIPPING, "", 1, money))
    return lines


def _money(line: LineFacts, terms: Terms) -> Decimal:
    return line.paid_incl_tax if terms.base == "incl-tax" else line.paid_excl_tax


def _line_award(line: Basis, pricing: Pricing, placed_at: datetime, terms: Terms) -> LineAward:
    named = (line.line_id, line.title, line.quantity)
    if line.line_id in pricing.excluded:
        return LineAward(*named, Decimal(0), NOTHING, NOTHING)
    shares = tuple(
        Share(
            rule.version_id,
            points,
            terms.end_of_months(placed_at, rule.expiry_months) if rule.expiry_months else None,
        )
        for rule, points in pricing.given_to(line)
    )
    exact = Fraction(line.money) * pricing.factor
    if not shares:
        return LineAward(*named, line.money, NOTHING, exact)
    extra = sum((share.points for share in shares), NOTHING)
    return LineAward(*named, line.money, extra, exact + extra, shares)
