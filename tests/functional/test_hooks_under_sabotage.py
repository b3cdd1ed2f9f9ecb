"""Whatever Oscar or a template calls of ours answers quietly when none of our statements works."""

from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.template import Context, Template
from oscar.core.loading import get_class, get_model

from oscar_loyalty import receivers
from oscar_loyalty.models import Account, TierBenefit
from oscar_loyalty.offers.benefits import NamedMethodsDiscount, NamedMethodsShippingBenefit
from oscar_loyalty.offers.conditions import TierCondition
from tests import world
from tests.functional.sabotage import our_statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def basket(alice):
    """Alice's, as a new request meets it: nothing about her is remembered yet."""
    owner = get_user_model().objects.get(pk=alice.pk)
    return world.basket_with(world.product("20.00"), user=owner)


@pytest.fixture
def offer(ladder):
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
    benefit = NamedMethodsShippingBenefit.objects.get(pk=offer.benefit_id)
    method = get_class("shipping.methods", "FixedPrice")(Decimal("4.80"), Decimal("4.80"))
    method.code = "standard"
    wrapped = get_class("shipping.methods", "TaxInclusiveOfferDiscount")(method, offer)
    offer.shipping_discount = NamedMethodsDiscount(offer.benefit.proxy(), offer.pk)
    with our_statements(fail_at=0):
        assert benefit.apply(basket, None, offer)
        assert "for some shipping methods" in benefit.name == benefit.description
        assert wrapped.calculate(basket).incl_tax == Decimal("4.80")
    assert_the_database_still_answers()


@pytest.mark.parametrize("somebody", ["alice", "a guest"])
@pytest.mark.parametrize(
    "tag",
    [
        "{% loyalty_account_tab %}",
        "{% loyalty_balance %}",
        "{% loyalty_earn_badge product %}",
        "{% loyalty_order_points order %}",
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


@pytest.mark.parametrize(
    ("receiver", "told"),
    [
        (receivers.on_order_placed, lambda alice: {"order": alice.orders.get(), "user": alice}),
        (receivers.on_order_status_changed, lambda alice: {"order": alice.orders.get()}),
        (receivers.on_user_created, lambda alice: {"instance": alice, "created": True}),
        (receivers.on_benefit_saved, lambda alice: {"instance": TierBenefit.objects.first()}),
        (receivers.on_benefit_deleted, lambda alice: {"instance": TierBenefit.objects.first()}),
        (receivers.on_tier_deleted, lambda alice: {"instance": TierBenefit.objects.first().tier}),
        (receivers.on_display_changed, lambda alice: {}),
    ],
)
def test_the_receivers(alice, receiver, told):
    facts = told(alice)
    with our_statements(fail_at=0):
        assert receiver(**facts) is None
    assert_the_database_still_answers()
    assert Account.objects.get(user=alice).balance == 300
