"""What Oscar calls of a flash sale answers quietly when none of our statements works."""

import pytest
from django.core.cache import cache
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from oscar_loyalty.models import FlashSale, FlashSaleCondition
from oscar_loyalty.shop import offers
from tests import coupons, flash_sales, world
from tests.functional.sabotage import our_statements

pytestmark = pytest.mark.django_db

ConditionalOffer = get_model("offer", "ConditionalOffer")


@pytest.fixture
def offer(programme):
    flash_sales.sale(world.product("20.00"), name="Tea & more")
    return ConditionalOffer.objects.get()


def test_the_rows_say_what_they_are_in_the_dashboard(offer):
    assert offer.name == "Flash sale: Tea & more"
    condition, benefit = offer.condition.proxy(), offer.benefit.proxy()
    assert condition.name == condition.description == "Flash sale: Tea &amp; more"
    assert benefit.name == benefit.description == "The price of a flash sale"
    FlashSale.objects.all().delete()
    gone = FlashSaleCondition(value=condition.value)
    assert gone.name == "A flash sale that no longer exists"


def test_they_raise_nothing(offer, bob):
    condition, benefit = offer.condition.proxy(), offer.benefit.proxy()
    basket = world.basket_with(world.product(), user=bob)
    with our_statements(fail_at=0):
        assert condition.name == ""
        assert not condition.is_satisfied(offer, basket)
        assert not benefit.apply(basket, condition, offer).is_successful
        get_class("offer.applicator", "Applicator")().apply(basket, bob)
    assert FlashSale.objects.count() == 1
    assert basket.total_discount == 0


@pytest.mark.parametrize("status", ["Open", "Merged", "Frozen"])
def test_baskets_are_saved_whatever_pages_know_of_sales(offer, status):
    """A guest's, in a shop whose requests are transactions."""
    basket = flash_sales.basket(FlashSale.objects.get().product)
    cache.clear()
    with our_statements(fail_at=0):
        basket.status = status
        basket.save()
    assert type(basket).objects.get().status == status


def test_staff_who_use_our_rows_in_an_offer_of_their_own_give_nothing_by_it(offer, bob):
    everything = coupons.product_range("Everything", includes_all_products=True)
    half = factories.BenefitFactory(type="Percentage", value=50, range=everything)
    anyhow = factories.ConditionFactory(range=everything, value=1)
    factories.create_offer(name="Mine", condition=offer.condition, benefit=half)
    factories.create_offer(name="Yours", condition=anyhow, benefit=offer.benefit)
    basket = flash_sales.basket(world.product("20.00"), bob)
    assert basket.total_discount == 0
    # Nor while a payment is under way.
    basket = flash_sales.basket(FlashSale.objects.get().product, bob)
    assert flash_sales.pay(basket)
    assert coupons.as_next_seen(basket).total_discount == flash_sales.taken_off(basket) == 5


def test_the_app_leaves_without_a_trace_of_them(offer):
    assert offers.remove_everything()["offers"] == 1
    assert ConditionalOffer.objects.count() == 0
    assert not get_model("offer", "Condition").objects.exists()
