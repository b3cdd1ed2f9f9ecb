"""The breakdown of an award as it is stored: what it says for good, and what is kept by it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

from oscar_loyalty.program.earning.policy import Award, LineAward, Why, rounded_down
from oscar_loyalty.program.earning.policy.limits import whole


def breakdown(award: Award) -> dict[str, Any]:
    """`award` as it is stored, readable for good: every figure as text, nothing rounded."""
    return {
        "rate": str(award.rate),
        "multiplier": str(award.multiplier),
        "rounding": "down",
        "lines": [_line(line) for line in award.lines],
        **_rules(award),
    }


def _line(line: LineAward) -> dict[str, Any]:
    shares = [
        {
            "version": share.version_id,
            "points": str(share.points),
            **({"until": share.until.isoformat()} if share.until else {}),
        }
        for share in line.shares
    ]
    return {
        "line": line.line_id,
        "title": line.title,
        "quantity": line.quantity,
        "base": str(line.base),
        "extra": str(line.extra),
        "exact": str(line.exact),
        **({"rules": shares} if shares else {}),
    }


def _rules(award: Award) -> dict[str, Any]:
    """Only where there is something to say."""
    if not (award.applied or award.unmet):
        return {}
    return {
        "rules": [
            {
                "version": one.rule.version_id,
                "rule": one.rule.rule_id,
                "earned": str(one.earned),
                "given": str(one.given),
                **({"cut": one.cut_by} if one.cut_by else {}),
                **({"limited": True} if one.rule.is_limited else {}),
            }
            for one in award.applied
        ],
        "unmet": [{"version": rule.version_id, "why": why} for rule, why in award.unmet],
    }


def versions(breakdown: Any) -> set[int]:
    """The versions of rules that it names."""
    named = [*breakdown.get("rules", ()), *breakdown.get("unmet", ())]
    return {one["version"] for one in named}


def parts(breakdown: Any, *, points: int) -> list[tuple[datetime | None, int]]:
    """
    An award's `points` by the moment of their own they expire at; None for all others, first.

    Of those that expire only whole ones do.
    """
    dated: dict[datetime, Fraction] = defaultdict(Fraction)
    for line in breakdown["lines"] if points else ():
        # Before rules had versions, a line said itself what of it expires.
        for part in (*line.get("rules", ()), *line.get("dated", ())):
            if "until" in part:
                dated[datetime.fromisoformat(part["until"])] += Fraction(part["points"])
    whole_ones = {until: rounded_down([exact]) for until, exact in sorted(dated.items())}
    others = points - sum(whole_ones.values())
    return [(None, others)] * (others > 0) + [(u, n) for u, n in whole_ones.items() if n]


def uses(breakdown: Any, *, points: int, shares: Mapping[int, Fraction]) -> dict[int, int]:
    """
    What an award of `points` takes of the limits of its rules, when so much of each line is kept.

    By rule, in whole points; a cancelled order keeps a share of 0 of everything.
    """
    limited = {
        one["version"]: one["rule"] for one in breakdown.get("rules", ()) if one.get("limited")
    }
    kept: dict[int, Fraction] = dict.fromkeys(limited.values(), Fraction(0))
    for line in breakdown["lines"] if points and limited else ():
        share = shares.get(line["line"], Fraction(1))
        for part in line.get("rules", ()):
            if part["version"] in limited:
                kept[limited[part["version"]]] += Fraction(part["points"]) * share
    return {rule_id: whole(exact) for rule_id, exact in sorted(kept.items())}


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
        # What expires on a day of its own is a part of what rules gave.
        all_extra = sum(part for until, part in parts(breakdown, points=points) if until)
        may_be_dated = all_extra <= sum(extra for _base, _exact, extra in lines)
        follows = may_be_dated and _rules_add_up(breakdown)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return False
    if not follows or any(exact != part * factor + extra for part, exact, extra in lines):
        return False
    earned = rounded_down(exact for _part, exact, _extra in lines)
    return sum(part for part, _exact, _extra in lines) == base and _explains(
        why, points, earned, priced=bool(lines)
    )


def _rules_add_up(breakdown: Any) -> bool:
    """What rules gave is what lines got; only what a limit cut is less than what was earned."""
    if "rules" not in breakdown:
        return not any("rules" in line for line in breakdown["lines"])
    got: dict[int, Fraction] = defaultdict(Fraction)
    for line in breakdown["lines"]:
        shares = [(one["version"], Fraction(one["points"])) for one in line.get("rules", ())]
        if sum(points for _version, points in shares) != Fraction(line["extra"]):
            return False
        for version, points in shares:
            got[version] += points
    given = {one["version"]: Fraction(one["given"]) for one in breakdown["rules"]}
    cuts = [
        (Fraction(one["earned"]) - Fraction(one["given"]), "cut" in one)
        for one in breakdown["rules"]
    ]
    if any(cut < 0 or (cut > 0) != noted for cut, noted in cuts):
        return False
    return got == {version: points for version, points in given.items() if points}


def _explains(why: str, points: int, earned: int, *, priced: bool) -> bool:
    """Whether `why` goes with giving `points` where the lines earned so many."""
    if why in ("", "nothing-counts"):
        return points == earned and (why == "") == (earned > 0)
    known = why in ("below-minimum", "beyond-limit") or (why in get_args(Why) and not priced)
    return known and points == 0
