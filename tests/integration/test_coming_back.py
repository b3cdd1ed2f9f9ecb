"""Whatever comes back of an order, its points follow: exactly, once, and in any order."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oscar.apps.order.exceptions import InvalidShippingEvent
from oscar.test import factories

from oscar_loyalty import api
from oscar_loyalty.flows import backfill, books_audited, due_jobs
from oscar_loyalty.models import (
    Award,
    Entry,
    ExcludedRange,
    Hold,
    Programme,
    QualifyingEvent,
)
from tests import comebacks, world
from tests.comebacks import CUPS, POT, VOUCHER
from tests.integration.ageing import earn, spend

pytestmark = pytest.mark.django_db


def earned_before(order):
    """What the member had from other orders."""
    return 300 if order.user.username == "alice" else 0


def books(order):
    """What the order carries by the account, and what it counts."""
    award = Award.objects.get(order_number=order.number)
    event = QualifyingEvent.objects.get(key=f"order:{order.number}")
    assert (event.spend, event.points) == (award.kept_base, award.carried)
    assert comebacks.account_of(order).balance == earned_before(order) + award.booked
    return award.carried, str(award.kept_base), event.orders


GOLD_TABLE = [
    ("a cup of four", ("send_back", (CUPS, 1)), (150, "50.00", 1)),
    ("the teapot with its extra points", ("send_back", (POT, 1)), (80, "40.00", 1)),
    ("what earned nothing takes nothing", ("send_back", (VOUCHER, 1)), (170, "60.00", 1)),
    ("three cups, refunded by name", ("refund_items", "30.00", (CUPS, 3)), (110, "30.00", 1)),
    ("by name and too dear", ("refund_items", "40.00", (CUPS, 1)), (150, "50.00", 1)),
    ("a tenth of the money", ("refund", "7.00"), (153, "54.00", 1)),
    ("a penny", ("refund", "0.01"), (169, "59.99", 1)),
    ("all but a penny", ("refund", "69.99"), (0, "0.00", 0)),
    ("all the money", ("refund", "70.00"), (0, "0.00", 0)),
    ("more than all the money", ("refund", "99.00"), (0, "0.00", 0)),
    ("a line in a status", ("put_line", POT, "Returned"), (80, "40.00", 1)),
    ("everything but the voucher", ("send_back", (CUPS, 4), (POT, 1)), (0, "0.00", 0)),
]


@pytest.mark.parametrize(("case", "event", "expected"), GOLD_TABLE)
def test_a_gold_members_order(order, case, event, expected):
    assert books(order) == (170, "60.00", 1)
    name, *arguments = event
    getattr(comebacks, name)(order, *arguments)
    said = api.recalculate(order)
    assert books(order) == expected
    assert said == api.Recalculated(points=expected[0] - 170)
    assert api.recalculate(order) == api.Recalculated()
    comebacks.assert_right()


@pytest.mark.parametrize(
    ("back", "expected"),
    [([], 110), ([(CUPS, 1)], 100), ([(POT, 1)], 40), ([(VOUCHER, 1)], 110)],
)
def test_the_same_without_a_tier(goods, bob, back, expected):
    order = world.place(bob, products=goods, number="1002", status="Pending")
    if back:
        comebacks.send_back(order, *back)
    api.recalculate(order)
    assert books(order)[0] == expected


def test_one_and_the_same_refund_counts_once(order):
    """The plugin for payments, the refund event and the parcel all speak of the same cup."""
    comebacks.refund(order, "10.00")
    comebacks.refund_items(order, "10.00", (CUPS, 1))
    comebacks.send_back(order, (CUPS, 1))
    api.recalculate(order)
    assert books(order) == (150, "50.00", 1)


def test_the_minimum_order_is_not_asked_for_again(goods, bob):
    Programme.objects.update(minimum_order="50.00")
    order = world.place(bob, products=goods, status="Pending")
    comebacks.send_back(order, (CUPS, 4))
    api.recalculate(order)
    assert books(order) == (70, "20.00", 1)


@pytest.mark.parametrize(("counts_shipping", "expected"), [(False, 20), (True, 19)])
def test_refunded_shipping(db, counts_shipping, expected):
    world.programme(counts_shipping=counts_shipping)
    order = world.place(world.customer("dora"), "20.00", shipping="5.00", status="Pending")
    comebacks.refund(order, "5.00" if not counts_shipping else "6.00")
    api.recalculate(order)
    assert books(order)[0] == expected


def test_reinstating_gives_what_is_kept(order):
    comebacks.send_back(order, (CUPS, 1))
    api.recalculate(order)
    comebacks.put(order, "Cancelled")
    api.recalculate(order)
    assert books(order) == (0, "0.00", 0)
    comebacks.put(order, "Pending")
    api.recalculate(order)
    assert books(order) == (150, "50.00", 1)
    kinds = Entry.objects.filter(order_number="1001").order_by("seq").values_list("key", "points")
    assert list(kinds) == [
        ("earn:1001", 170),
        ("claw:1001:20", -20),
        ("claw:1001:170", -150),
        ("restore:1001:320", 150),
    ]
    comebacks.assert_right()


def test_an_order_that_was_cancelled_from_the_start_and_comes_in_parts(goods, bob):
    order = world.place(bob, products=goods, status="Cancelled")
    comebacks.send_back(order, (CUPS, 1))
    comebacks.put(order, "Pending")
    api.recalculate(order)
    assert books(order) == (100, "50.00", 1)
    comebacks.put(order, "Cancelled")
    api.recalculate(order)
    assert books(order) == (0, "0.00", 0)
    comebacks.assert_right()


def test_an_order_that_is_gone_stays_as_it_was(order):
    number = order.number
    order.delete()
    order.number = number
    assert api.recalculate(order) == api.Recalculated()
    assert Award.objects.get(order_number=number).carried == 170


def test_a_smaller_order_no_longer_lifts_and_no_longer_keeps(db):
    """A tier that is kept for ever was reached with an order of which a part has come back."""
    world.programme(downgrade="never")
    world.tier("Silver", 1, "100")
    dora = world.customer("dora")
    order = world.place(dora, "60.00", "60.00", status="Pending")
    assert world.tier_of(dora) == "Silver"
    comebacks.send_back(order, (0, 1))
    api.recalculate(order)
    due_jobs.run(at=timezone.now() + timedelta(days=1))
    assert world.tier_of(dora) == ""
    comebacks.assert_right()


class TestSweep:
    @pytest.mark.parametrize(("case", "event", "expected"), GOLD_TABLE)
    def test_what_no_signal_told_is_found(self, order, case, event, expected):
        name, *arguments = event
        getattr(comebacks, name)(order, *arguments)
        found = due_jobs.run(at=timezone.now())["orders brought in line"]
        assert found == (expected[0] != 170)
        assert books(order) == expected
        assert due_jobs.run(at=timezone.now())["orders brought in line"] == 0
        comebacks.assert_right()

    def test_a_return_that_was_a_mistake_is_found(self, order):
        event = comebacks.send_back(order, (CUPS, 2))
        due_jobs.run(at=timezone.now())
        assert books(order)[0] == 130
        event.delete()
        due_jobs.run(at=timezone.now())
        assert books(order)[0] == 170

    def test_an_order_that_came_back_before_it_was_decided_about(self, bob):
        placed = world.unsignalled(bob, "50.00", number="1003")
        comebacks.refund(placed, "10.00")
        due_jobs.run(at=timezone.now())
        assert books(placed) == (40, "40.00", 1)
        assert Entry.objects.get(key="earn:1003").points == 50
        comebacks.assert_right()

    def test_so_does_the_backfill(self, bob):
        for number, amount in (("1", "10.00"), ("2", "50.00"), ("3", "50.00")):
            placed = world.unsignalled(bob, "50.00", number=number)
            comebacks.refund(placed, amount)
        summary = backfill.run(at=timezone.now())
        assert (summary.points, bob.loyalty_account.balance) == (40, 40)
        comebacks.assert_right()


# ---------------------------------------------------------------- any order, one step or many

items = st.tuples(st.integers(0, 2), st.integers(1, 4))
money = st.one_of(st.sampled_from(["5.00", "10.00"]), st.decimals("0.01", 40, places=2).map(str))
events = st.one_of(
    st.tuples(st.just("refund"), money),
    st.tuples(st.just("refund_items"), money, items),
    st.tuples(st.just("send_back"), items),
    st.tuples(st.just("put_line"), st.integers(0, 2), st.sampled_from(["Returned", "Pending"])),
    st.tuples(st.just("put"), st.sampled_from(["Cancelled", "Pending"])),
)


@pytest.fixture
def payable(goods, programme):
    """A point pays for a pound of the goods, but for none of the cups."""
    programme.redeemable, programme.value_points, programme.value_amount = True, 1, 1
    programme.save()
    cups = factories.RangeFactory(products=goods[:1])
    ExcludedRange.objects.create(programme=programme, range=cups)
    return goods


def paid(goods, points, *, chosen, elsewhere):
    """
    An order that points paid for in part, the pot and the voucher wholly perhaps.

    They were `chosen` in the basket, or came late; what is left is spent `elsewhere`.
    """
    dora = world.customer()
    if chosen:
        earn(dora.loyalty_account, points, at=timezone.now())
    order = world.place(
        dora, products=goods, status="Pending", shipping="5.00", points=points if chosen else 0
    )
    if not chosen:
        comebacks.spend(order, points)
    gone = min(elsewhere, comebacks.account_of(order).spendable)
    if gone:
        spend(dora.loyalty_account, gone, at=timezone.now())
    return order, (points if chosen else 0) - gone


def happens(order, event):
    """More items than there are cannot come back: then Oscar refuses."""
    name, *arguments = event
    with suppress(InvalidShippingEvent), transaction.atomic():
        getattr(comebacks, name)(order, *arguments)


def audited(order):
    return books_audited.run(
        at=timezone.now(), account_id=comebacks.account_of(order).pk
    ).violations


def outcome(order):
    award = Award.objects.get(order_number=order.number)
    hold = Hold.objects.get(order_number=order.number)
    event = QualifyingEvent.objects.get(key=f"order:{order.number}")
    return (
        (award.carried, award.forgiven, award.kept_base, award.cancelled, hold.returned),
        (event.spend, event.points, event.orders, event.reduced),
        comebacks.account_of(order).balance,
    )


def all_comes_back(order):
    for position in (CUPS, POT, VOUCHER):
        comebacks.put_line(order, position, "Returned")
    comebacks.refund(order, order.total_incl_tax)
    api.recalculate(order)


@pytest.mark.parametrize("clawback", ["debt", "what-there-is"])
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@pytest.mark.slow
@given(
    happened=st.lists(events, max_size=6),
    points=st.integers(1, 200),
    chosen=st.booleans(),
    elsewhere=st.integers(0, 120),
)
def test_many_steps_end_where_one_step_ends(payable, clawback, happened, points, chosen, elsewhere):
    with transaction.atomic():
        Programme.objects.update(clawback=clawback)
        twins = [paid(payable, points, chosen=chosen, elsewhere=elsewhere) for _twin in range(2)]
        (step_by_step, without), (at_once, _same) = twins
        for event in happened:
            happens(step_by_step, event)
            happens(at_once, event)
            api.recalculate(step_by_step)
            assert audited(step_by_step) == []
        api.recalculate(at_once)
        assert outcome(step_by_step) == outcome(at_once)
        for order in (step_by_step, at_once):
            all_comes_back(order)
            award = Award.objects.get(order_number=order.number)
            hold = Hold.objects.get(order_number=order.number)
            assert (award.carried, award.kept_base) == (0, Decimal(0))
            assert hold.returned == hold.spent
            left = max(without, 0) if clawback == "what-there-is" else without
            assert comebacks.account_of(order).balance == left
        comebacks.assert_right()
        transaction.set_rollback(True)


def test_points_return_in_proportion_where_offers_take_off_what_is_without_tax(db):
    """£12 with 20 % of tax and £12 without; points pay half of each, and Oscar writes £5 and £6."""
    world.programme(redeemable=True)
    dora = world.customer("dora")
    world.place(dora, "1200.00", number="past")
    goods = [world.product("12.00"), world.product("12.00")]
    order = world.place(dora, products=goods, number="1001", points=1200)
    taxed, untaxed = order.lines.order_by("pk")
    order.lines.filter(pk=taxed.pk).update(line_price_before_discounts_excl_tax="10.00")
    for line, amount in ((taxed, "5.00"), (untaxed, "6.00")):
        line.discounts.update(amount=amount, is_incl_tax=False)
    comebacks.send_back(order, (0, 1))
    api.recalculate(order)
    assert Hold.objects.get(order_number="1001").returned == 600
