"""Points pay in the coins that a currency has."""

# ruff: noqa: F811 - fixtures are asked for by the names they are imported by

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from oscar.apps.partner import strategy
from oscar.apps.partner.prices import FixedPrice

from oscar_loyalty.models import Programme
from oscar_loyalty.program.redemption import services as redemption
from tests.integration.test_points_offer import (  # noqa: F401 - a fixture
    as_next_seen,
    basket_of,
    dora,
    want,
)

pytestmark = pytest.mark.django_db


class InWhole(strategy.Default):
    """Prices in a currency that has no cents."""

    def __init__(self, currency):
        super().__init__()
        self.currency = currency

    def pricing_policy(self, product, stockrecord):
        return FixedPrice(self.currency, stockrecord.price, tax=Decimal(0))


def test_points_pay_whole_coins(dora):
    """A point is worth a third of a yen, and there is no half a yen."""
    yen = {"currency": "JPY", "value_points": 3, "value_amount": "1"}
    Programme.objects.update(**yen)
    basket = basket_of(dora, "10", "25", priced_by=InWhole("JPY"))
    want(basket, 50)
    basket, result = as_next_seen(basket)
    assert (result.points, result.discount, basket.total_incl_tax) == (48, 16, 19)
    each = [line.discount_value for line in basket.all_lines()]
    assert sorted(each) == [4, 12]
    redemption.agree(basket.pk, result.agreed, until=timezone.now() + timedelta(hours=1))
    basket.freeze()
    basket, result = as_next_seen(basket)
    assert [line.discount_value for line in basket.all_lines()] == each


@pytest.mark.parametrize("currency", ["JPY", "RSD"])
def test_where_prices_know_smaller_coins_than_the_currency(dora, currency):
    """Its cents are no coins by now, and shops price in them all the same."""
    Programme.objects.update(currency=currency, value_points=100, value_amount="1")
    basket = basket_of(dora, "10.80", "10.80", "10.80", priced_by=InWhole(currency))
    want(basket, 3200)
    basket, result = as_next_seen(basket)
    assert (result.points, basket.total_incl_tax) == (3200, Decimal("0.40"))
    want(basket, 5000)
    basket, result = as_next_seen(basket)
    assert (result.points, basket.total_incl_tax) == (3240, 0)
