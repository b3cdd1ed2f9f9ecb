"""What rules ask of real orders and customers: where it goes, who it is, which order it is."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from django.utils.translation import override
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.flows import backfill, order_placed
from oscar_loyalty.models import Award, Message, Standing
from tests import world

pytestmark = pytest.mark.django_db


def awarded(order):
    """The points of an order that is decided about now."""
    return order_placed.run(order.number, at=timezone.now())


def going_to(user, code):
    """An order that goes to that country; to none where it is not shipped."""
    order = world.unsignalled(user, "10.00")
    if code:
        order.shipping_address = get_model("order", "ShippingAddress").objects.create(
            country=factories.CountryFactory(iso_3166_1_a2=code),
            line1="1 High Street",
            last_name="Bold",
        )
        order.save()
    return order


@pytest.mark.parametrize(("code", "expected"), [("GB", 15), ("DE", 10), (None, 10)])
@pytest.mark.parametrize("late", [False, True])
def test_the_country_is_the_one_it_goes_to(bob, code, expected, late):
    world.rule(points=5, countries=["GB", "FR"])
    order = going_to(bob, code)
    if late:
        backfill.run(at=timezone.now())
    else:
        awarded(order)
    assert Award.objects.get().points == expected


def test_groups_are_those_of_now(bob):
    traders = Group.objects.create(name="Traders")
    world.rule(points=5, groups=[traders.pk])
    assert awarded(world.unsignalled(bob, "10.00")) == 10
    bob.groups.add(traders, Group.objects.create(name="Staff"))
    assert awarded(world.unsignalled(bob, "10.00")) == 15


def test_the_tier_is_the_one_before_the_order(bob, silver):
    world.rule(points=5, tiers=[silver.pk])
    world.rule(points=1, tiers=[0])
    world.place(bob, "100.00", number="lifts")
    world.place(bob, "10.00", number="after")
    assert Standing.objects.get().tier == silver
    points = dict(Award.objects.values_list("order_number", "points"))
    assert points == {"lifts": 101, "after": 20}
    late = world.unsignalled(bob, "10.00", number="late")
    late.date_placed = timezone.now() - timedelta(days=1)
    late.save()
    assert awarded(late) == 11


def test_cancelled_orders_are_not_counted(bob):
    world.rule(points=5, nth_order=2)
    past = timezone.now() - timedelta(days=9)
    world.unsignalled(bob, "1.00", at=past, status="Cancelled")
    world.unsignalled(world.customer("eve"), "1.00", at=past)
    placed = [world.unsignalled(bob, "10.00", at=past + timedelta(days=day)) for day in (3, 1, 2)]
    # By their dates the second is the last of the three, whatever is decided about first.
    assert [awarded(order) for order in placed] == [10, 10, 15]


def test_the_language_is_the_one_they_read_just_now(bob):
    world.rule(points=5, languages=["ar"])
    for language, expected in (("ar", 15), ("en-gb", 10)):
        with override(language):
            order = world.place(bob, "10.00")
        assert Award.objects.get(order_number=order.number).points == expected


def test_of_a_late_order_it_is_the_one_of_the_last_letter(bob):
    world.rule(points=5, languages=["ar"])
    assert awarded(world.unsignalled(bob, "10.00")) == 10
    Message.objects.create(
        account=bob.loyalty_account,
        kind="thank-you",
        key="thank-you:1",
        language="ar",
        marketing=False,
        planned_at=world.MARCH,
        due_at=world.MARCH,
    )
    assert awarded(world.unsignalled(bob, "10.00")) == 15
