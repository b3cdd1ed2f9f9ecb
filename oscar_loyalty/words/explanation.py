"""How the points of an order were worked out, from the breakdown stored on that day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.program.earning.models import Award, RuleVersion
from oscar_loyalty.shop import money
from oscar_loyalty.words import rules
from oscar_loyalty.words.wording import isolated, sentence, written


@dataclass(frozen=True)
class Line:
    """One line of the order: what it is, and the sum that gave its points."""

    title: SafeString
    sum: SafeString


@dataclass(frozen=True)
class Told:
    """A rule, and what came of it."""

    says: SafeString
    came: SafeString


@dataclass(frozen=True)
class Explanation:
    """
    The lines, what their figures mean, and how they came to whole points or to none.

    `rules` are those that gave something, `unmet` those that did not. `afterwards` says what was
    taken back since; None where nothing was.
    """

    lines: tuple[Line, ...]
    rules: tuple[Told, ...]
    unmet: tuple[Told, ...]
    meaning: tuple[SafeString, ...]
    result: SafeString
    afterwards: SafeString | None


def of(award: Award, currency: str, versions: Mapping[int, RuleVersion]) -> Explanation:
    """
    `award` in words; `currency` is the programme's, the only one in which orders earn.

    `versions` are those of the rules that its breakdown names.
    """
    rate = Fraction(award.breakdown["rate"])
    multiplier = Decimal(award.breakdown["multiplier"])
    lines = award.breakdown["lines"]
    return Explanation(
        lines=tuple(_line(line, rate, multiplier, currency) for line in lines),
        rules=tuple(_applied(award, versions)),
        unmet=tuple(_unmet(award, versions)),
        meaning=_meaning(rate, multiplier, lines, currency),
        result=_result(award, lines),
        afterwards=_afterwards(award),
    )


def _line(line: dict[str, Any], rate: Fraction, multiplier: Decimal, currency: str) -> Line:
    base, exact = Decimal(line["base"]), Fraction(line["exact"])
    if not exact:
        return Line(_title(line), sentence(_("earns no points")))
    steps = [" × ", money.formatted(base, currency), " × ", written(rate)]
    if multiplier != 1:
        steps += [" × ", written(multiplier)]
    if Fraction(line["extra"]):
        steps += [" + ", written(Fraction(line["extra"]))]
    steps += [" = ", written(exact)]
    # A sum reads from left to right in every language.
    parts = format_html_join("", "{}", ((step,) for step in steps[1:]))
    return Line(_title(line), format_html('<bdi dir="ltr">{}</bdi>', parts))


def _title(line: dict[str, Any]) -> SafeString:
    if not line["line"]:
        return isolated(_("Shipping"))
    if line["quantity"] == 1:
        return isolated(line["title"])
    return sentence(_("{quantity} × {title}"), quantity=line["quantity"], title=line["title"])


def _meaning(
    rate: Fraction, multiplier: Decimal, lines: list[dict[str, Any]], currency: str
) -> tuple[SafeString, ...]:
    """What the factors of the sums are."""
    if not any(Fraction(line["exact"]) for line in lines):
        return ()
    points, units = rate.numerator, Decimal(rate.denominator)
    words = ngettext(
        "The amount that counted, times {points} point for every {amount}.",
        "The amount that counted, times {points} points for every {amount}.",
        points,
    )
    told = [sentence(words, points=points, amount=money.formatted(units, currency))]
    if multiplier != 1:
        told.append(
            sentence(_("Your tier gave you {multiplier} times the points."), multiplier=multiplier)
        )
    if any(Fraction(line["extra"]) and "rules" not in line for line in lines):
        told.append(sentence(_("Extra points of products come on top.")))
    if any("rules" in line for line in lines):
        told.append(sentence(_("What rules gave comes on top.")))
    if any(_is_dated(line) for line in lines):
        told.append(sentence(_("Some of these expire on a day of their own.")))
    return tuple(told)


def _is_dated(line: dict[str, Any]) -> bool:
    return bool(line.get("dated")) or any("until" in one for one in line.get("rules", ()))


def _applied(award: Award, versions: Mapping[int, RuleVersion]) -> Iterator[Told]:
    for one in award.breakdown.get("rules", ()):
        version = versions[one["version"]]
        given, earned = Fraction(one["given"]), Fraction(one["earned"])
        if version.effect == version.Effect.EXCLUDES:
            yield Told(rules.effect(version), sentence(_("This applied.")))
        elif "cut" in one:
            words = _("{points} points; without its limit it would have been {earned}. {limit}")
            limit = rules.limit(version, one["cut"]) or ""
            came = sentence(words, points=given, earned=earned, limit=limit)
            yield Told(rules.effect(version), came)
        else:
            yield Told(rules.effect(version), sentence(_("Points: {points}"), points=given))


def _unmet(award: Award, versions: Mapping[int, RuleVersion]) -> Iterator[Told]:
    for one in award.breakdown.get("unmet", ()):
        version = versions[one["version"]]
        yield Told(rules.in_one(version), rules.why_not(version, one["why"]))


def _afterwards(award: Award) -> SafeString | None:
    taken = award.points - award.booked
    if not taken:
        return None
    words = ngettext(
        "Since then {points} point was taken back for what did not stay with you.",
        "Since then {points} points were taken back for what did not stay with you.",
        taken,
    )
    return sentence(words, points=taken)


def _result(award: Award, lines: list[dict[str, Any]]) -> SafeString:
    if award.why:
        return sentence(award.get_why_display())
    exact = sum((Fraction(line["exact"]) for line in lines), Fraction(0))
    if exact == award.points:
        words = ngettext("Together {points} point.", "Together {points} points.", award.points)
        return sentence(words, points=award.points)
    words = ngettext(
        "Together {exact}, rounded down to {points} point.",
        "Together {exact}, rounded down to {points} points.",
        award.points,
    )
    return sentence(words, exact=exact, points=award.points)
