"""Money as Oscar prints it."""

from decimal import ROUND_DOWN, Decimal

from babel.numbers import get_currency_precision, get_decimal_symbol
from django.conf import settings
from django.utils.translation import get_language, to_locale
from oscar.templatetags.currency_filters import currency as oscar_currency


def formatted(amount: Decimal, currency: str) -> str:
    """
    `amount` in the reader's language, without decimals when they are all zero.

    Rounded down to what the currency has coins for, where Oscar would round.
    """
    digits = get_currency_precision(currency)
    payable = amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_DOWN)
    text = str(oscar_currency(payable, currency))
    if not digits or payable != payable.to_integral_value():
        return text
    locale = to_locale(get_language() or settings.LANGUAGE_CODE)
    # The last one: before it, the same signs may separate thousands.
    whole, _decimals, unit = text.rpartition(get_decimal_symbol(locale) + "0" * digits)
    return whole + unit
