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


RECEIVERS = {name: hook for name, hook in vars(receivers).items() if name.startswith("on_")}


@pytest.mark.parametrize("name", RECEIVERS)
def test_the_receivers(alice, ladder, name):
    """Each is told of an order, a customer and an instance of the kind that it listens to."""
    kinds = {"on_user_created": alice, "on_tier_saved": ladder[1], "on_tier_deleted": ladder[1]}
    instance = kinds.get(name, ladder[1].benefits.first())
    with our_statements(fail_at=0):
        told = {"order": alice.orders.get(), "user": alice, "instance": instance, "created": True}
        assert RECEIVERS[name](**told) is None
    assert_the_database_still_answers()
    assert Account.objects.get(user=alice).balance == 300
