"""Many orders at once: a budget and a cap hold, nobody waits in a circle, and versions stay."""

import random
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from threading import Event, Thread

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from oscar_loyalty.flows import (
    books_audited,
    due_jobs,
    order_placed,
    order_recalculated,
    rule_published,
)
from oscar_loyalty.models import Account, Award, EarningRule, RuleUse, RuleVersion
from oscar_loyalty.program.earning import services as earning
from tests import world
from tests.races import PATIENCE, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def award(order):
    return partial(order_placed.run, order.number, at=timezone.now())


@contextmanager
def held(rule):
    """Somebody else uses the rule, and takes their time."""
    holds, enough = Event(), Event()

    def hold():
        try:
            with transaction.atomic():
                earning.lock_rules([rule.pk])
                holds.set()
                enough.wait(PATIENCE)
        finally:
            connections.close_all()

    other = Thread(target=hold)
    other.start()
    assert holds.wait(PATIENCE)
    try:
        yield
    finally:
        enough.set()
        other.join(PATIENCE)


def assert_nothing_is_amiss():
    assert books_audited.run(at=timezone.now()).violations == []


def test_a_budget_is_never_exceeded(programme, require_postgres):
    world.rule(points=30, budget=100)
    customers = [world.customer() for _number in range(8)]
    orders = [world.unsignalled(user, "10.00") for user in customers]
    assert sorted(at_once(award(order) for order in orders)) == [10, 10, 10, 10, 20, 40, 40, 40]
    assert EarningRule.objects.get().used == 100
    assert_nothing_is_amiss()


def test_a_cap_of_a_member_holds(bob, require_postgres):
    world.rule(points=30, cap_member=100)
    orders = [world.unsignalled(bob, "10.00") for _order in range(8)]
    assert sorted(at_once(award(order) for order in orders)) == [10, 10, 10, 10, 20, 40, 40, 40]
    assert_nothing_is_amiss()


def test_one_order_decided_about_by_many_takes_its_room_once(bob, require_postgres):
    world.rule(points=30, budget=100, cap_member=50)
    order = world.unsignalled(bob, "10.00")
    answers = at_once([award(order)] * 6)
    assert (answers.count(40), answers.count(None)) == (1, 5)
    assert list(RuleUse.objects.values_list("points", flat=True)) == [30]
    assert_nothing_is_amiss()


@pytest.mark.parametrize("cap_member", [200, None])
def test_orders_come_and_go_while_others_are_placed(ladder, require_postgres, cap_member):
    """Several rules in one order, taken in any order by those who cancel and those who buy."""
    for number in (1, 2, 3):
        world.rule(points=10 * number, budget=200 * number, cap_member=cap_member)
    customers = [world.customer() for _number in range(3)]
    placed = [world.place(user, "10.00") for user in customers for _order in range(3)]
    new = [world.unsignalled(user, "10.00") for user in customers for _order in range(3)]
    for order in placed:
        order.status = "Cancelled"
        order.save()
    back = [partial(order_recalculated.run, one.number, at=timezone.now()) for one in placed]
    acts = [*back, *(award(order) for order in new)]
    random.Random(5).shuffle(acts)
    at_once(acts)
    assert RuleUse.objects.filter(points__gt=0).count() == 27
    assert Award.objects.filter(cancelled=True, carried=0).count() == 9
    assert_nothing_is_amiss()


def test_one_person_who_registers_twice_at_once_is_welcomed_once(programme, require_postgres):
    world.rule(trigger="signup", points=20)
    register = get_user_model().objects.create_user
    addresses = ["eve@example.com", "eve+1@example.com", "EVE@example.com"]
    at_once(partial(register, address, email=address) for address in addresses)
    assert sorted(Account.objects.values_list("balance", flat=True)) == [0, 0, 20]
    assert_nothing_is_amiss()


def test_of_two_who_publish_at_once_both_are_kept(programme, require_postgres):
    first = world.rule(points=5, in_force_from=world.NEW_YEAR)

    def publish(points):
        version = RuleVersion(rule=first.rule, points=points, in_force_from=world.JUNE)
        rule_published.run(version, actor_id=1, at=timezone.now())

    at_once(partial(publish, points) for points in (6, 7, 8))
    numbers = RuleVersion.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3, 4]
    assert EarningRule.objects.get().current.number == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda: RuleVersion.objects.update(points=9),
        lambda: RuleVersion.objects.filter(pk__gt=0).update(retired=True),
        lambda: connection.cursor().execute("DELETE FROM oscar_loyalty_ruleversion"),
    ],
)
def test_the_database_refuses_to_change_what_a_rule_has_said(programme, change, require_postgres):
    world.rule(points=5)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()
    assert list(RuleVersion.objects.values_list("points", "retired")) == [(5, False)]


def test_checkout_does_not_wait_for_a_rule_and_the_order_is_made_up_for(bob, require_postgres):
    """Whoever holds a rule for long keeps an order from earning now, not from being placed."""
    rule = world.rule(points=30, budget=100).rule
    with held(rule):
        order = world.place(bob, "10.00")
    assert order.pk
    assert not Award.objects.exists()
    later = timezone.now() + timedelta(minutes=10)
    assert due_jobs.run(at=later)["orders awarded late"] == 1
    assert Award.objects.get().points == 40
    assert_nothing_is_amiss()
