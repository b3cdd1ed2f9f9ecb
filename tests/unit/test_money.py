"""Money in words: nothing is lost but decimals that say nothing."""

from decimal import Decimal

import pytest
from django.utils import translation

from oscar_loyalty.shop import money

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("language", "amount", "currency", "expected"),
    [
        ("en-gb", "1", "GBP", "£1"),
        ("en-gb", "0.99", "GBP", "£0.99"),
        ("en-gb", "1000", "GBP", "£1,000"),
        ("en-gb", "1005", "GBP", "£1,005"),
        ("en-gb", "100000.00", "GBP", "£100,000"),
        ("en-gb", "1000.50", "GBP", "£1,000.50"),
        ("en-gb", "-1000", "GBP", "-£1,000"),
        ("de", "1000", "EUR", f"1.000{NBSP}€"),
        ("de", "1000.10", "EUR", f"1.000,10{NBSP}€"),
        ("pl", "12000", "PLN", f"12{NBSP}000{NBSP}zł"),
        ("el", "1000", "EUR", f"1.000{NBSP}€"),
        ("ar", "1000", "GBP", f"\N{RIGHT-TO-LEFT MARK}1,000{NBSP}UK£"),
        ("fa", "1000", "GBP", f"\N{LEFT-TO-RIGHT MARK}£{NBSP}1,000"),
        ("en-gb", "1", "KWD", "KWD1"),
        ("en-gb", "1000.125", "KWD", "KWD1,000.125"),
        ("en-gb", "1000", "JPY", "JP¥1,000"),
    ],
)
def test_decimals_go_only_where_they_are_zero(language, amount, currency, expected):
    with translation.override(language):
        assert money.formatted(Decimal(amount), currency) == expected


def test_what_a_currency_has_no_coins_for_is_rounded_down():
    with translation.override("en-gb"):
        assert money.formatted(Decimal("10.99"), "JPY") == "JP¥10"
        assert money.formatted(Decimal("0.9999"), "GBP") == "£0.99"


def test_a_shop_s_own_format_is_kept(settings):
    settings.OSCAR_CURRENCY_FORMAT = {"GBP": {"format": "#,##0 ¤¤", "currency_digits": False}}
    with translation.override("de"):
        assert money.formatted(Decimal(1000), "GBP") == "1.000 GBP"
