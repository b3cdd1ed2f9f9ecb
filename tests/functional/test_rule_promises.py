"""Rules count in what a product's page promises, as far as it is certain that they will apply."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from tests import world
from tests.functional.promising import earned_by, promised

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("target", ["product", "category", "range"])
def test_rules_count_in_the_promise(bob, programme, goods, target):
    teapot = world.product("18.50")
    category = factories.CategoryFactory()
    teapot.categories.add(category)
    kitchen = get_model("offer", "Range").objects.create(name="Kitchen")
    kitchen.add_product(teapot)
    targets = {"product": teapot, "category": category, "range": kitchen}
    version = world.rule(points=25, **{target: targets[target]})
    assert promised(goods(teapot, bob)) == earned_by(bob, teapot) == 43
    changed = {"rule": version.rule, "in_force_from": timezone.now(), target: targets[target]}
    world.rule(effect="excludes", **changed)
    assert promised(goods(teapot, bob)) is None
    assert earned_by(bob, teapot) == 0


def test_rules_of_a_tier_count_for_its_members(alice, bob, programme, goods, ladder):
    lamp = world.product("10.00")
    world.rule(effect="multiplier", factor=Decimal(3), tiers=[ladder[1].pk])
    assert promised(goods(lamp, alice)) == earned_by(alice, lamp) == 60
    assert promised(goods(lamp, bob)) == earned_by(bob, lamp) == 10


@pytest.mark.parametrize(
    ("says", "earned"),
    [
        ({"minimum": Decimal(5)}, 35),
        ({"budget": 1000}, 35),
        ({"cap_order": 1000}, 35),
        ({"cap_member": 1000}, 35),
        ({"every": None}, 35),
        ({"nth_order": 1}, 35),
        ({"groups": [1]}, 10),
        ({"first_day": date(2100, 1, 1)}, 10),
        ({"stackable": False, "countries": ["GB"]}, 10),
    ],
)
def test_what_is_not_certain_is_not_promised(bob, programme, goods, says, earned):
    lamp = world.product("10.00")
    world.rule(points=25, product=lamp, **says)
    assert promised(goods(lamp, bob)) == 10
    assert earned_by(bob, lamp) == earned


def test_a_rule_that_may_take_the_product_away_promises_nothing_of_another(bob, programme, goods):
    """What is for the product alone may give one point, where all others give twice as many."""
    lamp = world.product("10.00")
    world.rule(points=1, product=lamp, stackable=False, minimum=Decimal(50))
    world.rule(effect="multiplier", factor=Decimal(2), stackable=False)
    assert promised(goods(lamp, bob)) == 10
    assert promised(goods(world.product("10.00"), bob)) == 20


def test_what_is_to_change_is_promised_as_it_is_by_now(bob, programme, goods):
    lamp = world.product("10.00")
    version = world.rule(effect="excludes", product=lamp)
    tomorrow = timezone.now() + timedelta(days=1)
    world.rule(rule=version.rule, points=50, product=lamp, in_force_from=tomorrow)
    assert promised(goods(lamp, bob)) is None
    assert earned_by(bob, lamp) == 0
