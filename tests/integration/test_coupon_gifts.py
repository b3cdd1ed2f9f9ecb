"""A coupon for a gift: one item, the cheapest of a range, costs nothing."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from oscar.apps.partner import strategy
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty import errors
from oscar_loyalty.flows import presents_given
from oscar_loyalty.models import Coupon, CouponOffer, Entry
from oscar_loyalty.program.terms import queries as terms_queries
from tests import coupons, world
from tests.integration.test_coupons import assert_right
from tests.integration.test_coupons_minted import brought
from tests.integration.test_points_offer import TaxLater, TwoRates, WithVat

pytestmark = pytest.mark.django_db

Offer = get_model("offer", "ConditionalOffer")


@pytest.fixture
def dora(programme):
    return world.customer("dora")


@pytest.fixture
def mugs(programme):
    """Three mugs, at £8, £12 and £12."""
    return [world.product(price, title=f"Mug for {price}") for price in ("8.00", "12.00", "12.00")]


@pytest.fixture
def shelf(mugs):
    """The range of mugs."""
    return coupons.product_range("Mugs", products=mugs)


@pytest.fixture
def gift(dora, shelf):
    return coupons.give(dora, "gift", "0", product_range=shelf)


@pytest.fixture
def pot(programme):
    return world.product("5.00", title="Pot")


def basket_with(dora, *goods, coupon=None, priced_by=None):
    """A basket with so many of each product, and the coupon."""
    basket = world.basket_with(user=dora)
    basket.strategy = priced_by or strategy.Default()
    for product, quantity in goods:
        basket.add_product(product, quantity)
    if coupon:
        basket.vouchers.add(coupon.voucher)
    return basket


def total(basket):
    return coupons.as_next_seen(basket).total_incl_tax


class TestWhichItem:
    def test_the_cheapest_of_the_range(self, dora, mugs, gift, pot):
        basket = basket_with(dora, (mugs[1], 1), (mugs[0], 1), (pot, 1), coupon=gift)
        seen = coupons.as_next_seen(basket)
        assert seen.total_incl_tax == Decimal("17.00")
        off = {line.product: line.discount_value for line in seen.all_lines()}
        assert off == {mugs[0]: Decimal("8.00"), mugs[1]: 0, pot: 0}

    def test_one_of_several(self, dora, mugs, gift):
        assert total(basket_with(dora, (mugs[0], 3), coupon=gift)) == Decimal("16.00")

    def test_none_where_none_is_in_the_basket(self, dora, gift, pot):
        assert total(basket_with(dora, (pot, 2), coupon=gift)) == Decimal("10.00")

    def test_none_that_may_not_be_discounted(self, dora, mugs, gift):
        mugs[0].is_discountable = False
        mugs[0].save()
        basket = basket_with(dora, (mugs[0], 1), (mugs[1], 1), coupon=gift)
        assert total(basket) == Decimal("8.00")

    def test_by_what_it_costs_after_other_offers(self, dora, mugs, gift):
        """Half off the dearer mugs makes them the cheapest: what they cost now comes off."""
        dear = coupons.product_range("Dear", products=mugs[1:])
        factories.ConditionalOfferFactory(
            name="Half",
            benefit=factories.BenefitFactory(type="Percentage", value=50, range=dear),
            condition=factories.ConditionFactory(type="Count", value=1, range=dear),
        )
        basket = basket_with(dora, (mugs[0], 1), (mugs[1], 2), coupon=gift)
        assert total(basket) == Decimal("14.00")

    def test_enough_spent_on_the_range(self, dora, mugs, shelf, pot):
        coupon = coupons.give(dora, "gift", "0", product_range=shelf, minimum=Decimal(20))
        few = basket_with(dora, (mugs[1], 1), (pot, 9), coupon=coupon)
        assert total(few) == Decimal("57.00")
        assert total(basket_with(dora, (mugs[0], 1), (mugs[1], 1), coupon=coupon)) == 12

    def test_nobody_elses(self, bob, mugs, gift):
        assert total(basket_with(bob, (mugs[0], 1), coupon=gift)) == Decimal("8.00")

    def test_of_a_range_that_is_gone_nothing(self, dora, mugs, shelf, gift):
        shelf.delete()
        assert total(basket_with(dora, (mugs[0], 1), coupon=gift)) == Decimal("8.00")

    @pytest.mark.parametrize("gone", [False, True])
    def test_two_gifts_are_two_items(self, dora, mugs, shelf, gift, gone):
        """Of one kind they come off one after the other, of two kinds together."""
        terms = {"minimum": Decimal(1)} if gone else {}
        other = coupons.give(dora, "gift", "0", product_range=shelf, source="other", **terms)
        basket = basket_with(dora, (mugs[0], 3), coupon=gift)
        basket.vouchers.add(other.voucher)
        assert total(basket) == Decimal("8.00" if gone else "16.00")
        alone = basket_with(dora, (mugs[0], 1), coupon=gift)
        alone.vouchers.add(other.voucher)
        assert total(alone) == 0

    def test_beside_an_amount(self, dora, mugs, gift):
        basket = basket_with(dora, (mugs[0], 2), coupon=gift)
        basket.vouchers.add(coupons.give(dora, value="3.00", source="other").voucher)
        assert total(basket) == Decimal("5.00")


class TestTaxes:
    @pytest.mark.parametrize("incl_tax", [True, False])
    @pytest.mark.parametrize(
        ("priced_by", "quantity", "left"),
        [
            (WithVat(), 1, "0.00"),
            (WithVat(), 3, "19.20"),
            # 5 % on the mug at £20 in the basket beside it.
            (TwoRates(), 1, "0.00"),
        ],
    )
    def test_the_item_is_free_with_its_tax(
        self, dora, mugs, gift, priced_by, quantity, left, incl_tax, settings
    ):
        settings.OSCAR_OFFERS_INCL_TAX = incl_tax
        basket = basket_with(dora, (mugs[0], quantity), coupon=gift, priced_by=priced_by)
        seen = coupons.as_next_seen(basket)
        assert seen.total_incl_tax == Decimal(left)
        (discount,) = seen.voucher_discounts
        assert discount["discount"] == Decimal("9.60")

    def test_where_the_tax_is_not_known_yet(self, dora, mugs, gift):
        basket = basket_with(dora, (mugs[0], 2), coupon=gift, priced_by=TaxLater())
        seen = coupons.as_next_seen(basket)
        assert not seen.is_tax_known
        assert seen.total_excl_tax == Decimal("8.00")

    @pytest.mark.parametrize("incl_tax", [True, False])
    def test_a_price_that_does_not_divide(self, dora, gift, shelf, incl_tax, settings):
        """Never more than the item, never a cent of it left."""
        settings.OSCAR_OFFERS_INCL_TAX = incl_tax
        odd = world.product("3.33")
        shelf.add_product(odd)
        basket = basket_with(dora, (odd, 3), coupon=gift, priced_by=WithVat())
        without = total(basket_with(dora, (odd, 3), priced_by=WithVat()))
        off = without - total(basket)
        assert Decimal("3.98") <= off <= Decimal("4.00")
        alone = basket_with(dora, (odd, 1), coupon=gift, priced_by=WithVat())
        assert total(alone) == 0


class TestOrders:
    def test_an_order_uses_it_and_earns_what_was_paid(self, dora, mugs, gift, pot):
        basket = basket_with(dora, (mugs[0], 1), (pot, 2), coupon=gift)
        order = coupons.ordered(basket, number="1")
        assert order.total_incl_tax == Decimal("10.00")
        discount = order.discounts.get()
        assert (discount.amount, discount.voucher_id) == (Decimal("8.00"), gift.voucher_id)
        assert discount.offer_name == "Coupon: one item for free"
        assert {line.title: line.line_price_incl_tax for line in order.lines.all()} == {
            "Mug for 8.00": 0,
            "Pot": Decimal("10.00"),
        }
        assert coupons.chain() == [("1", False, None)]
        assert Entry.objects.get().points == 10
        assert_right()

    def test_a_cancelled_order_gives_another(self, dora, mugs, gift):
        order = coupons.ordered(basket_with(dora, (mugs[0], 2), coupon=gift), number="1")
        coupons.put(order, "Cancelled")
        new = Coupon.objects.get(order_number="")
        assert new.gives == gift.gives
        assert total(basket_with(dora, (mugs[0], 2), coupon=new)) == Decimal("8.00")
        assert_right()

    def test_staff_find_it_in_oscars_dashboard(self, gift):
        offer = Offer.objects.select_related("benefit", "condition").get()
        assert offer.benefit.proxy().name == "One item for free by coupon (Mugs)"
        assert offer.name == "Coupon: one item for free"
        assert gift.voucher.name == f"Coupon: one item for free ({gift.voucher.code})"


class TestRefused:
    @pytest.mark.parametrize(
        ("terms", "sentence"),
        [
            ({}, "There is no such range. A gift is an item of a range."),
            ({"value": "5.00"}, "free shipping and a gift have no value."),
        ],
    )
    def test_without_a_range_or_with_a_value(self, dora, terms, sentence):
        with pytest.raises(errors.InvalidCoupon, match=sentence):
            coupons.give(dora, "gift", **{"value": "0", **terms})
        assert Coupon.objects.count() == 0

    @pytest.mark.parametrize(("value", "range_id"), [(0, None), (1, 7)])
    def test_by_the_database_too(self, programme, value, range_id):
        wrong = CouponOffer(
            key="k", kind="gift", value=value, minimum=0, currency="GBP", range_id=range_id
        )
        with pytest.raises(IntegrityError, match="loyalty_coupon_value"), transaction.atomic():
            wrong.save()
        assert CouponOffer.objects.count() == 0

    def test_in_a_message(self, shelf):
        kind = brought("gift", 0)
        with pytest.raises(ValidationError) as refused:
            kind.clean()
        assert refused.value.message_dict == {
            "range": ["There is no such range. A gift is an item of a range."]
        }
        kind.range = shelf
        kind.clean()
        assert kind.is_coupon


def test_a_message_brings_one(dora, shelf, mugs):
    kind = brought("gift", 0)
    kind.range = shelf
    account_id = dora.loyalty_account.pk
    given = presents_given.run(
        kind,
        {account_id: "k"},
        action="birthday",
        terms=terms_queries.written(),
        at=timezone.now(),
    )
    coupon = Coupon.objects.select_related("voucher").get(pk=given[account_id])
    assert total(basket_with(dora, (mugs[2], 1), coupon=coupon)) == 0
