"""Prices and rates at random: nobody gets more off than the points are worth, nor much less."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oscar.apps.partner.prices import TaxInclusiveFixedPrice

from oscar_loyalty.models import Programme
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.redemption import services as redemption
from tests import world
from tests.integration.test_points_offer import WithVat, as_next_seen, basket_of, want

pytestmark = pytest.mark.django_db


class Drawn(WithVat):
    """What the lines cost is drawn, with a tax for each."""

    drawn = None

    def pricing_policy(self, product, stockrecord):
        price, rate = self.drawn[product.pk]
        tax = (price * rate).quantize(self.exponent)
        return TaxInclusiveFixedPrice(currency="GBP", excl_tax=price, tax=tax)


@pytest.fixture
def dora(db):
    """A member with 5,000 points."""
    world.programme(redeemable=True)
    user = world.customer("dora")
    cause = Cause("bonus", "bonus:dora")
    ledger.accrue(user.loyalty_account.pk, Accrual(5000, cause, world.MARCH))
    return user


@pytest.fixture
def shop(settings):
    """The shop's settings."""
    return settings


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    lines=st.lists(
        st.tuples(
            st.decimals("0.01", "60", places=2),
            st.sampled_from(["0", "0.05", "0.07", "0.2", "0.25", "0.77"]),
        ),
        min_size=1,
        max_size=12,
    ),
    wanted=st.integers(1, 5000),
    worth=st.sampled_from([(100, "1.00"), (7, "0.10"), (1, "0.03")]),
    incl_tax=st.booleans(),
)
def test_what_comes_off_is_what_the_points_are_worth(dora, shop, lines, wanted, worth, incl_tax):
    shop.OSCAR_OFFERS_INCL_TAX = incl_tax
    points, amount = worth[0], Decimal(worth[1])
    Programme.objects.update(value_points=points, value_amount=amount)
    priced_by = Drawn()
    goods = [world.product("1.00") for _line in lines]
    priced_by.drawn = {
        product.pk: (price, Decimal(rate))
        for product, (price, rate) in zip(goods, lines, strict=True)
    }
    basket = basket_of(dora, priced_by=priced_by)
    for product in goods:
        basket.add_product(product)
    before = as_next_seen(basket)[0].total_incl_tax
    want(basket, wanted)
    again, result = as_next_seen(basket)
    redemption.release(basket.pk)
    if result is None:
        assert again.total_incl_tax == before
        return
    assert before - again.total_incl_tax == result.discount
    spare = Fraction(result.points) * Fraction(amount) / points - Fraction(result.discount)
    assert 0 <= spare < max(Fraction(amount) / points, Fraction(1, 100))
    assert result.points <= wanted
