"""Figures and colours as the admin shows them, safe in pages that run right to left."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def counted(points: int) -> SafeString:
    """A number of points, such as 12,500."""
    return format_html("<bdi>{}</bdi>", number_format(points, force_grouping=True))


def signed(points: int) -> SafeString:
    """Points that came or went, such as +150."""
    sign = "+" if points > 0 else ""
    return format_html("<bdi>{}{}</bdi>", sign, number_format(points, force_grouping=True))


def exact(points: str) -> SafeString:
    """Points before rounding, kept as a fraction, to the hundredth below."""
    hundredths = Fraction(points) * 100 // 1
    whole, part = divmod(hundredths, 100)
    return format_html("<bdi>{}</bdi>", number_format(f"{whole}.{part:02}", force_grouping=True))


def trimmed(factor: str) -> SafeString:
    """A rate or multiplier without zeros that say nothing, as a fraction where it has no end."""
    exactly = Fraction(factor)
    decimal = Decimal(exactly.numerator) / exactly.denominator
    if Fraction(decimal) != exactly:
        return format_html("<bdi>{}</bdi>", exactly)
    return format_html("<bdi>{}</bdi>", number_format(f"{decimal.normalize():f}"))


def swatch(colour: str) -> SafeString:
    """A patch of the colour; an SVG, because strict content policies forbid inline styles."""
    return format_html(
        '<svg width="18" height="18" role="img" aria-label="{}">'
        '<rect width="18" height="18" rx="3" fill="{}" stroke="#0004"/></svg>',
        colour,
        colour,
    )


def lines(told: Iterable[SafeString]) -> SafeString:
    """One thing under the other."""
    return format_html_join(SafeString("<br>"), "{}", ((line,) for line in told))
