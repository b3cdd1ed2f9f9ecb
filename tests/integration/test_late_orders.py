"""Orders and status changes that the signal missed: as if each had been seen in its time."""

import re
from datetime import datetime, timedelta, timezone

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone as clock
from django.utils import translation
from i18nfield.strings import LazyI18nString

from oscar_loyalty.flows import (
    books_audited,
    due_jobs,
    order_placed,
    order_status_changed,
    tier_assigned,
)
from oscar_loyalty.models import Account, Award, QualifyingEvent, Tier, TierChange
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.tiers import queries as tiers_queries
from tests import world
from tests.world import tier_of

pytestmark = pytest.mark.django_db


def ago(days):
    return clock.now() - timedelta(days=days)


def sweep(at=None):
    due_jobs.run(at=at or clock.now())
    assert books_audited.run(at=at or clock.now()).violations == []


class TestOnlyWhatSharedAWindowCounts:
    """Silver asks for 100 in a window."""

    @pytest.mark.parametrize("downgrade", ["to-qualified", "never"])
    def test_rolling(self, programme, ladder, bob, downgrade):
        type(programme).objects.update(downgrade=downgrade)
        world.place(bob, "50.00", at=ago(405))
        world.place(bob, "45.00", at=ago(1))
        world.unsignalled(bob, "10.00", at=ago(50))
        sweep()
        assert tier_of(bob) == ""

    def test_calendar_year(self, programme, ladder, bob):
        type(programme).objects.update(window="calendar-year")
        new_year = datetime(2026, 1, 1, tzinfo=timezone.utc)
        world.place(bob, "95.00", at=new_year + timedelta(days=3))
        world.unsignalled(bob, "10.00", at=new_year - timedelta(days=2))
        sweep(new_year + timedelta(days=5))
        assert tier_of(bob) == ""

    def test_with_an_order_that_came_after_it(self, programme, ladder, bob):
        """Both were in one window while that lasted; then only a tier that is never lost stays."""
        type(programme).objects.update(window_months=1, downgrade="never")
        world.place(bob, "60.00", at=ago(40))
        world.unsignalled(bob, "60.00", at=ago(50))
        sweep()
        assert tier_of(bob) == "Silver"

    def test_as_it_is_today(self, ladder, bob):
        world.place(bob, "60.00", at=ago(10))
        world.unsignalled(bob, "40.00", at=ago(20))
        sweep()
        assert tier_of(bob) == "Silver"


def test_steps_follow_each_other(ladder, bob):
    world.place(bob, "150.00", at=ago(5))
    world.unsignalled(bob, "200.00", at=ago(20))
    sweep()
    steps = TierChange.objects.order_by("changed_at", "pk")
    assert [(step.from_name, step.to_name) for step in steps] == [
        ("", "Silver"),
        ("Silver", "Gold"),
    ]
    assert steps[0].changed_at == steps[1].changed_at
    membership = tiers_queries.membership_of(bob.pk)
    rung = tiers_queries.rung_at(membership.account_id, clock.now())
    assert rung
    assert rung.multiplier == membership.multiplier


def test_steps_of_one_day_follow_each_other_too(ladder, bob):
    noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    world.unsignalled(bob, "150.00", number="seen", at=noon)
    order_placed.run("seen", at=noon)
    world.unsignalled(bob, "200.00", number="missed", at=noon - timedelta(hours=2))
    order_placed.run("missed", at=noon + timedelta(hours=2))
    steps = TierChange.objects.order_by("pk").values_list("to_name", "changed_at")
    assert list(steps) == [("Silver", noon), ("Gold", noon)]
    assert books_audited.run(at=clock.now()).violations == []


@pytest.mark.parametrize(
    ("status", "reached", "expected"),
    [("Pending", "Cancelled", (0, 0)), ("Pending", "Complete", (40, 0))],
)
def test_an_old_order_that_moves_today_unseen(status, reached, expected):
    world.programme(spendable="on-status", spendable_status="Complete")
    bob = world.customer("bob")
    order = world.place(bob, "40.00", status=status, at=ago(70))
    account = Account.objects.get(user=bob)
    assert (account.balance, account.pending) == (40, 40)
    type(order).objects.filter(pk=order.pk).update(status=reached)
    order.status_changes.create(old_status=status, new_status=reached)
    sweep()
    account.refresh_from_db()
    assert (account.balance, account.pending) == expected


class TestWhatWasLostStaysLost:
    """
    Gold, reached by 400 in a window of one month, and lost when that had passed.

    From now on the review would leave whoever came back there for a month.
    """

    @pytest.fixture
    def lost(self, programme, ladder, bob):
        type(programme).objects.update(window_months=1)
        long_ago = ago(50)
        order = world.unsignalled(bob, "1.00", at=long_ago - timedelta(days=1))
        sweep(long_ago - timedelta(hours=1))
        world.unsignalled(bob, "400.00", at=long_ago)
        sweep(long_ago + timedelta(hours=1))
        assert tier_of(bob) == "Gold"
        sweep(ago(10))
        assert tier_of(bob) == ""
        type(programme).objects.update(grace_days=30)
        return order

    def test_when_a_small_order_turns_up(self, lost, bob):
        world.unsignalled(bob, "2.00", at=ago(49))
        world.unsignalled(bob, "50.00", at=ago(5), number="later")
        sweep()
        assert tier_of(bob) == ""
        assert Award.objects.get(order_number="later").points == 50
        assert TierChange.objects.count() == 2

    def test_when_an_old_order_is_reinstated(self, lost, bob):
        orders = type(lost).objects.filter(pk=lost.pk)
        orders.update(status="Cancelled")
        order_status_changed.run(lost.number, at=clock.now())
        orders.update(status="Pending")
        order_status_changed.run(lost.number, at=clock.now())
        sweep(clock.now() + timedelta(days=1))
        assert tier_of(bob) == ""

    def test_unless_a_late_order_would_have_kept_it(self, lost, bob):
        world.unsignalled(bob, "400.00", at=ago(25))
        sweep()
        assert tier_of(bob) == "Gold"
        assert TierChange.objects.count() == 3


class TestAStepIsDatedByTheOrderThatLedToIt:
    """What a tier multiplies points by holds from that day on, and not before."""

    def test_not_by_those_that_had_led_there_once(self, programme, ladder, bob):
        type(programme).objects.update(window_months=1)
        world.unsignalled(bob, "400.00", at=ago(50))
        sweep(ago(50) + timedelta(hours=1))
        sweep(ago(10))
        assert tier_of(bob) == ""
        type(programme).objects.update(grace_days=30)
        late = world.unsignalled(bob, "400.00", number="late", at=ago(3))
        order_placed.run("late", at=clock.now())
        assert tier_of(bob) == "Gold"
        assert TierChange.objects.latest("pk").changed_at >= late.date_placed
        world.unsignalled(bob, "50.00", number="between", at=ago(7))
        sweep()
        assert Award.objects.get(order_number="between").points == 50

    def test_not_by_those_that_new_terms_find_enough(self, programme, ladder, bob):
        world.unsignalled(bob, "60.00", number="old", at=ago(300))
        order_placed.run("old", at=ago(300))
        Tier.objects.filter(rank=1).update(threshold=50)
        world.unsignalled(bob, "5.00", number="one", at=ago(6))
        world.unsignalled(bob, "50.00", number="two", at=ago(5))
        due_jobs.award_missed(at=clock.now())
        assert TierChange.objects.get().changed_at >= ago(6)
        assert Award.objects.get(order_number="two").points == 50

    def test_not_by_those_that_it_follows(self, programme, ladder, bob):
        type(programme).objects.update(window_months=1)
        world.unsignalled(bob, "60.00", number="old", at=ago(50))
        order_placed.run("old", at=ago(50))
        Tier.objects.filter(rank=1).update(threshold=50)
        late = world.unsignalled(bob, "60.00", number="late", at=ago(25))
        order_placed.run("late", at=clock.now())
        assert tier_of(bob) == "Silver"
        assert TierChange.objects.get().changed_at >= late.date_placed


def test_an_order_that_is_reinstated_while_the_programme_is_off_lifts(programme, ladder, bob):
    Tier.objects.update(kept_for_ever=True)
    order = world.unsignalled(bob, "400.00", at=ago(500))
    order_placed.run(order.number, at=ago(500))
    order.set_status("Cancelled")
    sweep()
    assert tier_of(bob) == ""
    type(programme).objects.update(active=False)
    order.set_status("Pending")
    assert tier_of(bob) == "Gold"


def test_a_late_order_reads_the_past_in_two_queries(programme, ladder, bob):
    order = world.unsignalled(bob, "1.00", at=ago(59))
    for day in range(58):
        world.unsignalled(bob, "1.00", at=ago(58 - day))
    sweep()
    orders = type(order).objects.filter(pk=order.pk)
    orders.update(status="Cancelled")
    order_status_changed.run(order.number, at=clock.now())
    orders.update(status="Pending")
    with CaptureQueriesContext(connection) as asked:
        order_status_changed.run(order.number, at=clock.now())
    reads = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    assert len([sql for sql in reads if re.search("qualifyingevent|loyalty_tier", sql)]) == 2
    assert tier_of(bob) == ""


def test_midnight_is_where_the_programme_lives(programme, ladder, bob):
    type(programme).objects.update(time_zone="Pacific/Auckland", window="calendar-year")
    new_year = datetime(2025, 12, 31, 11, tzinfo=timezone.utc)
    world.unsignalled(bob, "60.00", at=new_year - timedelta(seconds=1))
    world.unsignalled(bob, "60.00", at=new_year)
    sweep(new_year + timedelta(seconds=5))
    assert tier_of(bob) == ""
    world.unsignalled(bob, "40.00", at=new_year + timedelta(seconds=6))
    sweep(new_year + timedelta(seconds=8))
    assert tier_of(bob) == "Silver"


def test_an_order_that_became_spendable_while_the_programme_was_off(programme, bob):
    programmes = type(programme).objects
    programmes.update(spendable="on-status", spendable_status="Complete")
    order = world.place(bob, "40.00", at=ago(100), status="Pending")
    programmes.update(active=False)
    order.set_status("Being processed")
    order.set_status("Complete")
    account = Account.objects.get(user=bob)
    assert (account.balance, account.pending) == (40, 0)
    programmes.update(active=True)
    sweep()


def test_a_cancelled_order_among_others_lifts_nobody(ladder, bob, django_user_model):
    """Staff have put Bob below what he once reached for ever."""
    Tier.objects.filter(rank=2).update(kept_for_ever=True)
    world.place(bob, "320.00", at=ago(500))
    order = world.place(bob, "5.00", at=ago(400), status="Pending")
    order.set_status("Cancelled")
    assert tier_of(bob) == "Gold"
    staff = django_user_model.objects.create_user("staff", email="staff@example.com")
    account = Account.objects.get(user=bob)
    tier_assigned.run(account.pk, ladder[0], actor_id=staff.pk, at=clock.now())
    sweep(clock.now() + timedelta(days=1))
    assert tier_of(bob) == "Silver"


@pytest.mark.parametrize(("amount", "orders", "total"), [("0.10", 1000, 100), ("0.07", 100, 7)])
def test_small_amounts_add_up_exactly(programme, amount, orders, total):
    account = world.member()
    QualifyingEvent.objects.bulk_create(
        QualifyingEvent(
            account=account,
            key=f"order:{number}",
            spend=amount,
            points=0,
            orders=1,
            occurred_at=world.MARCH,
        )
        for number in range(orders)
    )
    world.tier("Silver", 1, total)
    position = tiers_queries.position(account.pk, terms_queries.current(), at=world.MARCH)
    assert position.progress == total


def test_an_order_beyond_all_measure_is_decided_about(programme, bob):
    type(programme).objects.update(earn_points=10_000, value_points=1_000_000)
    world.tier("Gold", 1, "1", multiplier="100.00")
    world.place(bob, "1.00")
    world.unsignalled(bob, "1000001.00", number="big")
    world.unsignalled(bob, "1000000.00", number="largest")
    sweep()
    decided = Award.objects.filter(order_number__in=["big", "largest"]).order_by("order_number")
    assert [(award.points, award.why) for award in decided] == [(0, "beyond-limit"), (10**12, "")]


def test_the_history_is_in_the_shops_language(programme, bob):
    world.tier(LazyI18nString({"en-gb": "Gold", "en": "Gold", "ar": "ذهبي"}), 1, "10")
    with translation.override("ar"):
        world.place(bob, "50.00")
    assert TierChange.objects.get().to_name == "Gold"
