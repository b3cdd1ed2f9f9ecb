"""Money as Oscar prints it."""

from decimal import Decimal

from babel.numbers import get_currency_precision
from oscar.templatetags.currency_filters import currency as oscar_currency


def formatted(amount: Decimal, currency: str) -> str:
    """`amount` in the reader's language, without decimals when they are all zero."""
    text = str(oscar_currency(amount, currency))
    if amount == amount.to_integral_value() and get_currency_precision(currency):
        return _without_zero_decimals(text)
    return text


def _without_zero_decimals(text: str) -> str:
    for separator in (".", ",", "٫"):
        text = text.replace(f"{separator}00", "")
    return text
