"""Words for shoppers: whole sentences, every value isolated from the direction of writing."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from html import unescape
from typing import Any

from babel.numbers import format_decimal, format_percent
from django.conf import settings
from django.utils.formats import date_format, localize
from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _


def sentence(words: Any, **values: Any) -> SafeString:
    """`words`, already translated, with its {values} put in as a reader's language writes them."""
    if not values:
        return format_html("{}", words)
    return format_html(str(words), **{name: isolated(value) for name, value in values.items()})


def bare(words: SafeString) -> str:
    """A sentence without its markup, as files have it."""
    return unescape(strip_tags(words))


def isolated(value: Any) -> SafeString:
    """`value` so that it cannot turn the words around it; what is HTML already stays as it is."""
    if isinstance(value, SafeString):
        return value
    return format_html("<bdi>{}</bdi>", written(value))


def written(value: Any) -> str:
    """A number, date or name as text in the reader's language."""
    if isinstance(value, datetime):
        return date_format(value, "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, Fraction):
        return exactly(value)
    return localize(value) if isinstance(value, int) else str(value)


def counted(points: int, hook: str) -> SafeString:
    """A number that machines find by `hook`."""
    return format_html(
        '<bdi><data value="{}" data-loyalty="{}">{}</data></bdi>',
        str(points),
        hook,
        written(points),
    )


def signed(points: int) -> SafeString:
    """Points that came or went; the sign stays in front in every language."""
    sign = "+" if points > 0 else "\N{MINUS SIGN}"
    return format_html('<bdi dir="ltr">{}{}</bdi>', sign, written(abs(points)))


def percentage(value: Decimal) -> str:
    """`value` per cent as the reader's language writes it."""
    return str(format_percent(value / 100, format="#,##0.##%", locale=_locale()))


def exactly(value: Fraction) -> str:
    """`value` as a decimal where it has an end, else as a whole number and a fraction."""
    odd = value.denominator
    for factor in (2, 5):
        while odd % factor == 0:
            odd //= factor
    if odd == 1:
        return _decimal(Decimal(value.numerator) / Decimal(value.denominator))
    whole, rest = divmod(value.numerator, value.denominator)
    fraction = f"{rest}/{value.denominator}"
    return f"{localize(whole)} {fraction}" if whole else fraction


def listed(names: list[str]) -> SafeString:
    """Names one after the other."""
    joined = isolated(names[0])
    for name in names[1:]:
        joined = sentence(_("{names}, {name}"), names=joined, name=name)
    return joined


def linked(pages: Iterable[tuple[str, str]]) -> SafeString:
    """Names that lead to addresses, one under the other."""
    named = ((address, isolated(" ".join(name.split()))) for name, address in pages)
    return format_html_join(SafeString("<br>\n"), '<a href="{}">{}</a>', named)


def _decimal(value: Decimal) -> str:
    """By the same library as money, so that both have the same decimal point in a sum."""
    return str(format_decimal(value.normalize(), locale=_locale(), decimal_quantization=False))


def _locale() -> str:
    return to_locale(get_language() or settings.LANGUAGE_CODE)
