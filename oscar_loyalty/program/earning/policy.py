"""Pricing an order in points, exactly, line by line, rounded down once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, get_args

from oscar_loyalty.facts import LineFacts, OrderFacts
from oscar_loyalty.program.ledger.policy import MAX_POINTS
from oscar_loyalty.program.terms.policy import Terms

Why = Literal[
    "", "other-currency", "below-minimum", "nothing-counts", "switched-off", "beyond-limit"
]


@dataclass(frozen=True)
class Rule:
    """
    Products that earn nothing, or `extra_points` more for every item bought.

    `expiry_months` is how long these are good, where not as long as all other points.
    """

    rule_id: int
    excludes: bool
    extra_points: int = 0
    product_id: int | None = None
    category_id: int | None = None
    range_id: int | None = None
    expiry_months: int | None = None


@dataclass(frozen=True)
class LineAward:
    """
    What one line earned before the order was rounded: `base` × rate × multiplier + `extra`.

    `base` is the money that counted, `exact` the unrounded points as a fraction "n/d". Of the extra
    points `dated` are those that expire at a moment of their own.
    """

    line_id: int
    title: str
    quantity: int
    base: Decimal
    extra: int
    exact: Fraction
    dated: tuple[tuple[datetime, int], ...] = ()


@dataclass(frozen=True)
class Award:
    """The decision about one order: `points`, and `why` when they are none."""

    points: int
    base: Decimal
    rate: Fraction
    multiplier: Decimal
    lines: tuple[LineAward, ...]
    why: Why = ""


NO_MATCHES: Mapping[int, Sequence[Rule]] = {}


def award_for(
    order: OrderFacts,
    terms: Terms,
    multiplier: Decimal = Decimal(1),
    matches: Mapping[int, Sequence[Rule]] = NO_MATCHES,
) -> Award:
    """
    Price `order` in points; `matches` gives for a line id the rules it falls under.

    Extra points are promised per item and are not multiplied by the tier.
    """
    if not terms.active:
        return Award(0, Decimal(0), terms.rate, multiplier, (), "switched-off")
    if order.currency != terms.currency:
        return Award(0, Decimal(0), terms.rate, multiplier, (), "other-currency")
    lines = tuple(
        _line_award(line, order.placed_at, terms, multiplier, matches.get(line.line_id, ()))
        for line in order.lines
    )
    if terms.counts_shipping:
        lines += (_shipping_award(order, terms, multiplier),)
    base = sum((line.base for line in lines), Decimal(0))
    if base < terms.minimum_order:
        return Award(0, base, terms.rate, multiplier, lines, "below-minimum")
    points = rounded_down(line.exact for line in lines)
    if points > MAX_POINTS:
        return Award(0, base, terms.rate, multiplier, lines, "beyond-limit")
    return Award(points, base, terms.rate, multiplier, lines, "" if points else "nothing-counts")


def rounded_down(parts: Iterable[Fraction]) -> int:
    """Whole points in the sum of `parts`; the only place where points are rounded."""
    return int(sum(parts, Fraction(0)) // 1)


def _line_award(
    line: LineFacts,
    placed_at: datetime,
    terms: Terms,
    multiplier: Decimal,
    rules: Sequence[Rule],
) -> LineAward:
    if any(rule.excludes for rule in rules):
        return LineAward(line.line_id, line.title, line.quantity, Decimal(0), 0, Fraction(0))
    base = line.paid_incl_tax if terms.base == "incl-tax" else line.paid_excl_tax
    extra = sum(rule.extra_points for rule in rules) * line.quantity
    exact = _exact(base, terms, multiplier) + extra
    dated = tuple(
        (terms.end_of_months(placed_at, rule.expiry_months), rule.extra_points * line.quantity)
        for rule in rules
        if rule.expiry_months and line.quantity
    )
    return LineAward(line.line_id, line.title, line.quantity, base, extra, exact, dated)


def _shipping_award(order: OrderFacts, terms: Terms, multiplier: Decimal) -> LineAward:
    incl = terms.base == "incl-tax"
    base = order.shipping_incl_tax if incl else order.shipping_excl_tax
    return LineAward(0, "", 1, base, 0, _exact(base, terms, multiplier))


def _exact(base: Decimal, terms: Terms, multiplier: Decimal) -> Fraction:
    return Fraction(base) * terms.rate * Fraction(multiplier)


def breakdown(award: Award) -> dict[str, Any]:
    """`award` as it is stored, readable for good: every figure as text, nothing rounded."""
    return {
        "rate": str(award.rate),
        "multiplier": str(award.multiplier),
        "rounding": "down",
        "lines": [
            {
                "line": line.line_id,
                "title": line.title,
                "quantity": line.quantity,
                "base": str(line.base),
                "extra": line.extra,
                "exact": str(line.exact),
                **_dated(line),
            }
            for line in award.lines
        ],
    }


def _dated(line: LineAward) -> dict[str, Any]:
    """Only where there is something to say."""
    if not line.dated:
        return {}
    return {
        "dated": [{"until": until.isoformat(), "points": points} for until, points in line.dated]
    }


def parts(breakdown: Any, *, points: int) -> list[tuple[datetime | None, int]]:
    """An award's `points` by the moment of their own they expire at; None for all others, first."""
    dated: Counter[datetime] = Counter()
    for line in breakdown["lines"] if points else ():
        for part in line.get("dated", ()):
            dated[datetime.fromisoformat(part["until"])] += part["points"]
    others = points - sum(dated.values())
    return [(None, others)] * (others > 0) + sorted(dated.items())


@dataclass(frozen=True)
class Kept:
    """What an order carries and counts for the part of it that is kept."""

    points: int
    base: Decimal


def kept(breakdown: Any, *, points: int, shares: Mapping[int, Fraction]) -> Kept:
    """
    What is left of an award of `points` when of each line only its share is kept.

    Rounded down once, like the award. The minimum order is not asked for again: it was reached on
    the day, and a return takes what the returned line has earned and nothing else.
    """
    lines = [
        (Fraction(line["base"]), Fraction(line["exact"]), shares.get(line.get("line"), Fraction(1)))
        for line in breakdown["lines"]
    ]
    earned = rounded_down(exact * share for _base, exact, share in lines) if points else 0
    hundredths = rounded_down(base * share * 100 for base, _exact, share in lines)
    return Kept(min(earned, points), Decimal(hundredths) / 100)


def earns_with_shipping(breakdown: Any) -> bool:
    """Whether shipping was a line of its own."""
    return any(line.get("line") == 0 for line in breakdown["lines"])


def adds_up(breakdown: Any, *, points: int, base: Decimal, why: str) -> bool:
    """Whether a stored breakdown leads to these figures, and in each line from base to points."""
    try:
        factor = Fraction(breakdown["rate"]) * Fraction(breakdown["multiplier"])
        lines = [
            (Fraction(line["base"]), Fraction(line["exact"]), Fraction(line["extra"]))
            for line in breakdown["lines"]
        ]
        # What expires on a day of its own is a part of what products gave extra.
        all_extra = sum(part for until, part in parts(breakdown, points=points) if until)
        may_be_dated = all_extra <= sum(extra for _base, _exact, extra in lines)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return False
    if not may_be_dated or any(exact != part * factor + extra for part, exact, extra in lines):
        return False
    earned = rounded_down(exact for _part, exact, _extra in lines)
    return sum(part for part, _exact, _extra in lines) == base and _explains(
        why, points, earned, priced=bool(lines)
    )


def _explains(why: str, points: int, earned: int, *, priced: bool) -> bool:
    """Whether `why` goes with giving `points` where the lines earned so many."""
    if why in ("", "nothing-counts"):
        return points == earned and (why == "") == (earned > 0)
    known = why in ("below-minimum", "beyond-limit") or (why in get_args(Why) and not priced)
    return known and points == 0
