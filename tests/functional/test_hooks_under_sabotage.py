"""Whatever Oscar or a template calls of ours answers quietly when none of our statements works."""

from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.template import Context, Template
from django.utils import timezone
from oscar.core.loading import get_class, get_model

from oscar_loyalty import receivers
from oscar_loyalty.flows import due_jobs
from oscar_loyalty.models import Account, Coupon, TierBenefit
from oscar_loyalty.offers.conditions import TierCondition
from tests import coupons, world
from tests.functional.sabotage import our_statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def basket(alice):
    """Alice's, as a new request meets it: nothing about her is remembered yet."""
    owner = get_user_model().objects.get(pk=alice.pk)
    return world.basket_with(world.product("20.00"), user=owner)


@pytest.fixture
def offer(ladder):
    """Gold ships free, by one method."""
    TierBenefit.objects.create(tier=ladder[1], kind="free-shipping", shipping_methods="standard")
    return get_model("offer", "ConditionalOffer").objects.get()


def assert_the_database_still_answers():
    """On PostgreSQL a failed statement outside a savepoint would have spoiled the transaction."""
    assert Account.objects.count() == 1


CONDITION = {
    "is_satisfied": (lambda hook, offer, basket: hook(offer, basket), False),
    "is_partially_satisfied": (lambda hook, offer, basket: hook(offer, basket), False),
    "get_upsell_message": (lambda hook, offer, basket: hook(offer, basket), None),
    "consume_items": (lambda hook, offer, basket: hook(offer, basket, []), None),
    "can_apply_condition": (lambda hook, offer, basket: hook(basket.lines.first()), False),
}


@pytest.mark.parametrize("name", CONDITION)
def test_the_condition(offer, basket, name):
    call, answer = CONDITION[name]
    condition = TierCondition.objects.get(pk=offer.condition_id)
    with our_statements(fail_at=0):
        assert call(getattr(condition, name), offer, basket) == answer
    assert_the_database_still_answers()


def test_the_name_of_the_condition(offer, alice):
    condition = TierCondition.objects.get(pk=offer.condition_id)
    with our_statements(fail_at=0):
        assert (condition.name, condition.description) == ("", "")
    assert_the_database_still_answers()


def test_the_benefit(offer, basket):
    method = get_class("shipping.methods", "FixedPrice")(Decimal("4.80"), Decimal("4.80"))
    method.code = "standard"
    asked = get_class("shipping.methods", "TaxInclusiveOfferDiscount")(method, offer)
    benefit = offer.benefit.proxy()
    with our_statements(fail_at=0):
        assert isinstance(benefit.name, str)
        assert isinstance(benefit.description, str)
        benefit.apply(basket, offer.condition.proxy(), offer)
        assert asked.calculate(basket).incl_tax == Decimal("4.80")
    assert_the_database_still_answers()


@pytest.mark.parametrize("somebody", ["alice", "a guest"])
@pytest.mark.parametrize(
    "tag",
    [
        "{% loyalty_account_tab %}",
        "{% loyalty_balance %}",
        "{% loyalty_earn_badge product %}",
        "{% loyalty_flash_sale product %}",
        "{% loyalty_flash_sale_units %}",
        "{% loyalty_order_points order %}",
        "{% loyalty_order_spending order %}",
        "{% loyalty_claim order %}",
        "{% loyalty_spend_points %}",
        "{% loyalty_membership as me %}{{ me|default:'' }}",
    ],
)
def test_the_template_tags(alice, rf, tag, somebody):
    request = rf.get("/")
    request.user = AnonymousUser()
    if somebody == "alice":
        request.user = get_user_model().objects.get(pk=alice.pk)
    request.strategy = get_class("partner.strategy", "Selector")().strategy()
    context = {"request": request, "product": world.product(), "order": alice.orders.get()}
    template = Template("{% load loyalty_tags %}" + tag)
    cache.clear()
    with our_statements(fail_at=0):
        template.render(Context(context))
    assert_the_database_still_answers()


RECEIVERS = {name: hook for name, hook in vars(receivers).items() if name.startswith("on_")}


@pytest.mark.parametrize("name", RECEIVERS)
def test_the_receivers(alice, ladder, name):
    """Each is told of an order, a customer and an instance of the kind that it listens to."""
    kinds = {"on_tier_saved": ladder[1], "on_tier_deleted": ladder[1]}
    kinds |= {hook: alice for hook in RECEIVERS if hook.startswith("on_user_")}
    instance = kinds.get(name, ladder[1].benefits.first())
    with our_statements(fail_at=0):
        told = {"order": alice.orders.get(), "user": alice, "instance": instance, "created": True}
        assert RECEIVERS[name](**told) is None
    assert_the_database_still_answers()
    assert Account.objects.get(user=alice).balance == 300


class TestCoupons:
    @pytest.fixture
    def offer(self, alice):
        """Five pounds off, Alice's, on a basket of hers."""
        coupon = coupons.give(alice)
        offer = get_model("offer", "ConditionalOffer").objects.get()
        offer.set_voucher(coupon.voucher)
        return offer

    def test_the_condition(self, offer, basket):
        condition = offer.condition.proxy()
        with our_statements(fail_at=0):
            assert not condition.is_satisfied(offer, basket)
            assert not condition.is_partially_satisfied(offer, basket)
            assert condition.get_upsell_message(offer, basket) is None
            assert condition.consume_items(offer, basket, []) is None
            assert not condition.can_apply_condition(None)
        assert_the_database_still_answers()
        assert condition.is_satisfied(offer, basket)

    def test_the_benefit(self, offer, basket):
        benefit = offer.benefit.proxy()
        with our_statements(fail_at=0):
            assert benefit.name == "5.00 off by coupon"
            assert not benefit.apply(basket, offer.condition.proxy(), offer).is_successful
        assert_the_database_still_answers()

    def test_the_order_stands_though_the_coupon_cannot_be_claimed(self, alice):
        """Each of our statements fails in turn while the order is placed; the sweep makes up."""
        for turn in range(1, 12):
            coupon = coupons.give(alice, source=f"source-{turn}")
            basket = coupons.as_next_seen(coupons.basket_of(alice, "20.00", coupon=coupon))
            with our_statements(fail_at=turn):
                placed = coupons.place(basket, number=f"turn-{turn}")
            assert placed.total_incl_tax == 15
        due_jobs.run(at=timezone.now())
        numbers = Coupon.objects.order_by("pk").values_list("order_number", flat=True)
        assert list(numbers) == [f"turn-{turn}" for turn in range(1, 12)]
