"""Flash sales: the price, for as many items as there are units, to whom it is open."""

from decimal import Decimal

import pytest
from oscar.test import factories

from oscar_loyalty.models import FlashSaleUnit
from tests import coupons, flash_sales, world
from tests.integration.test_points_offer import WithVat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]

FIVE, NOTHING = Decimal("5.00"), Decimal(0)


@pytest.fixture
def teapot(programme):
    return world.product("20.00", title="Teapot")


def taken(product, user=None, **options):
    return flash_sales.taken_off(flash_sales.basket(product, user, **options))


class TestThePrice:
    def test_is_for_as_many_as_a_customer_gets(self, teapot, bob):
        flash_sales.sale(teapot)
        basket = flash_sales.basket(teapot, bob, quantity=3)
        assert basket.total_incl_tax == Decimal("55.00")
        assert flash_sales.states() == {"free": 2}
        assert flash_sales.pay(basket)
        assert flash_sales.states() == {"claimed": 1, "free": 1}
        order = coupons.place(basket)
        assert order.total_incl_tax == Decimal("55.00")
        assert flash_sales.states() == {"free": 1, "sold": 1}
        unit = FlashSaleUnit.objects.get(state="sold")
        assert (unit.order_number, unit.off, unit.account.user) == (order.number, FIVE, bob)
        assert taken(teapot, bob) == NOTHING

    def test_is_for_as_many_as_are_left(self, teapot, bob):
        flash_sales.sale(teapot, per_customer=None)
        assert taken(teapot, bob, quantity=3) == 2 * FIVE

    def test_of_guests_is_for_each_order(self, teapot):
        flash_sales.sale(teapot)
        for number in ("1", "2"):
            basket = flash_sales.basket(teapot, quantity=2)
            assert flash_sales.taken_off(basket) == FIVE
            assert flash_sales.pay(basket)
            coupons.place(basket, number=number)
        assert flash_sales.states() == {"sold": 2}
        assert taken(teapot) == NOTHING

    def test_can_be_a_percentage_off_a_range(self, programme, bob):
        cheap, dear, other = (world.product(price) for price in ("8.00", "20.00", "50.00"))
        some = coupons.product_range("Tea", products=[cheap, dear])
        flash_sales.sale(None, range=some, kind="percentage", value="25", units=1)
        basket = coupons.as_next_seen(world.basket_with(cheap, dear, other, user=bob))
        assert flash_sales.taken_off(basket) == FIVE

    def test_is_that_of_every_variant(self, programme, bob):
        parent = factories.create_product(structure="parent", title="Cup")
        blue = world.product("20.00", structure="child", parent=parent)
        flash_sales.sale(parent)
        assert taken(blue, bob) == FIVE

    def test_stands_beside_other_offers_not_on_them(self, teapot, bob):
        everything = coupons.product_range("Everything", includes_all_products=True)
        factories.create_offer(
            max_basket_applications=None,
            condition=factories.ConditionFactory(range=everything, value=1),
            benefit=factories.BenefitFactory(type="Percentage", value=50, range=everything),
        )
        flash_sales.sale(teapot)
        # One at £15, the other for half its price.
        assert flash_sales.basket(teapot, bob, quantity=2).total_incl_tax == Decimal("25.00")

    def test_in_another_currency_is_none(self, teapot, bob):
        flash_sales.sale(teapot, currency="EUR")
        assert taken(teapot, bob) == NOTHING

    def test_is_none_of_what_cannot_be_discounted(self, teapot, bob):
        flash_sales.sale(teapot)
        type(teapot).objects.update(is_discountable=False)
        assert taken(teapot, bob) == NOTHING

    @pytest.mark.parametrize("incl_tax", [True, False])
    def test_is_with_tax_and_never_a_penny_more(self, teapot, settings, incl_tax):
        settings.OSCAR_OFFERS_INCL_TAX = incl_tax
        flash_sales.sale(teapot, value="17.99", per_customer=None)
        basket = world.basket_with()
        basket.add_product(teapot, quantity=3)
        basket.strategy = WithVat()
        normal = basket.total_incl_tax / 3
        promised = 2 * Decimal("17.99") + normal
        assert 0 <= promised - coupons.as_next_seen(basket).total_incl_tax < Decimal("0.02")

    def test_of_two_sales_at_once_no_item_gets_both(self, teapot, bob):
        everything = coupons.product_range("Everything", includes_all_products=True)
        flash_sales.sale(teapot, units=1)
        flash_sales.sale(None, range=everything, value="10.00", units=1)
        # £5 off one item and £10 off the other.
        assert taken(teapot, bob, quantity=2) == Decimal("15.00")
        assert taken(teapot, bob, quantity=1) in (FIVE, 2 * FIVE)


class TestWhoseTurnItIs:
    def test_first_that_of_the_chosen_tier(self, teapot, alice, bob, ladder):
        gold = ladder[1]
        flash_sales.sale(teapot, starts_in=2, hours=4, early=[(gold, 3)])
        assert [taken(teapot, user) for user in (alice, bob, None)] == [FIVE, NOTHING, NOTHING]

    def test_a_better_tier_is_as_early_as_a_lower_one(self, teapot, alice, bob, ladder):
        silver = ladder[0]
        flash_sales.sale(teapot, starts_in=2, hours=4, early=[(silver, 3)])
        assert [taken(teapot, user) for user in (alice, bob)] == [FIVE, NOTHING]

    def test_that_of_tiers_alone(self, teapot, alice, bob, charlie, ladder):
        flash_sales.sale(teapot, tiers_only=True, early=[(ladder[1], 0)])
        people = (alice, bob, charlie, None)
        assert [taken(teapot, user) for user in people] == [FIVE, NOTHING, NOTHING, NOTHING]

    @pytest.mark.parametrize(("starts_in", "hours"), [(1, 2), (-2, -1)])
    def test_before_and_after_it_is_nobodys(self, teapot, alice, starts_in, hours):
        flash_sales.sale(teapot, starts_in=starts_in, hours=hours)
        assert taken(teapot, alice) == NOTHING

    def test_switched_off_it_is_nobodys(self, teapot, bob):
        flash_sales.sale(teapot, active=False)
        assert taken(teapot, bob) == NOTHING
