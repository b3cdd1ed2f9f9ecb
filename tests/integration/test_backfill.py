"""`loyalty_backfill` leaves a shop as if the programme had been there from its first order."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from oscar.core.loading import get_model

from oscar_loyalty.errors import InvalidDate, NoProgramme
from oscar_loyalty.flows import backfill, order_status_changed
from oscar_loyalty.models import Account, Award, Entry, Programme, QualifyingEvent, TierChange
from tests import world
from tests.integration.pasts import AT, books, carried, day, newcomer, run, story, undone, with_past
from tests.world import tier_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]

FIGURES = ("members", "orders", "points", "tiers", "liability", "currency")


class TestWhatItDoes:
    def test_every_order_earns_once_at_its_own_date(self, programme):
        bob = with_past("12.99", "7.50", name="bob")
        summary = run()
        assert (summary.members, summary.orders, summary.points) == (1, 2, 19)
        assert (summary.orders_awarded, summary.points_awarded) == (2, 19)
        assert summary.liability == Decimal("0.19")
        account = Account.objects.get(user=bob)
        assert (account.balance, account.pending, account.joined_at) == (19, 0, day(0))
        entries = Entry.objects.order_by("seq").values_list("points", "balance_after", "posted_at")
        assert list(entries) == [(12, 12, day(0)), (7, 19, day(1))]
        assert set(Award.objects.values_list("decided_at", flat=True)) == {AT}

    def test_orders_go_in_order_of_date_not_of_writing(self, silver):
        bob = newcomer("bob")
        world.unsignalled(bob, "100.00", at=day(5))
        world.unsignalled(bob, "100.00", at=day(1))
        world.unsignalled(bob, "100.00", at=day(9))
        run()
        # The first makes Silver; the others, whenever written, are those of a Silver member.
        assert carried(bob) == [100, 150, 150]
        changes = TierChange.objects.values_list("to_name", "reason", "changed_at")
        assert list(changes) == [
            ("Silver", "qualified", day(1).replace(hour=0) - timedelta(hours=1))
        ]

    def test_two_orders_of_one_moment_go_in_the_order_they_were_written(self, silver):
        bob = with_past("99.00", "1.00", "10.00", name="bob", step=0)
        run()
        assert (carried(bob), tier_of(bob)) == ([99, 1, 15], "Silver")

    def test_a_tier_that_lapsed_multiplies_no_more(self, silver):
        bob = newcomer("bob")
        for moment, amount in ((0, "100.00"), (300, "10.00"), (400, "10.00")):
            world.unsignalled(bob, amount, at=day(moment) - timedelta(days=100))
        run()
        assert carried(bob) == [100, 15, 10]
        assert [change.to_name for change in TierChange.objects.order_by("pk")] == ["Silver", ""]

    def test_rules_and_products(self, programme):
        """And as many queries for twenty products as for one."""
        started = programme.starts_at
        Programme.objects.update(starts_at=AT)
        buyers = [world.customer(), world.customer()]
        free = world.product("50.00")
        world.place(buyers[0], products=[world.product("10.00"), free], at=day(1))
        items = [free, *(world.product("10.00") for _number in range(20))]
        world.place(buyers[1], products=items, at=day(1))
        Programme.objects.update(starts_at=started)
        world.rule(effect="excludes", product=free)
        small = undone(lambda: counted_queries(since=day(1).date(), only=buyers[0]))
        large = undone(lambda: counted_queries(since=day(1).date(), only=buyers[1]))
        assert small == large
        run()
        assert [Account.objects.get(user=buyer).balance for buyer in buyers] == [10, 200]

    def test_many_customers_in_several_transactions(self, silver, monkeypatch):
        everybody = [with_past("60.00", "60.00", "10.00") for _number in range(5)]
        at_once = undone(lambda: (run(), story()))
        monkeypatch.setattr(backfill, "CUSTOMERS_AT_A_TIME", 2)
        seen = []
        assert (run(progress=lambda *step: seen.append(step)), story()) == at_once
        assert seen == [(6, 15), (12, 15), (15, 15)]
        assert {Account.objects.get(user=user).balance for user in everybody} == {135}

    def test_nobody_is_told_and_nobody_signs_up(
        self, programme, django_capture_on_commit_callbacks
    ):
        with_past("10.00")
        programme.signup_points = 50
        programme.save()
        with django_capture_on_commit_callbacks() as announced:
            assert run().points == 10
        assert announced == []
        assert Entry.objects.get().kind == "earn"


def counted_queries(*, since, only):
    """How many queries a backfill of one customer's orders takes."""
    get_model("order", "Order").objects.exclude(user=only).update(user=None)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert run(since=since).orders == 1
    return len(queries)


class TestAgain:
    def test_running_again_changes_nothing(self, silver):
        with_past("60.00", "60.00", name="alice")
        with_past("5.00", name="bob", status="Cancelled")
        first = run()
        written = books()
        again = run()
        assert [getattr(again, name) for name in FIGURES] == [
            getattr(first, name) for name in FIGURES
        ]
        assert (again.orders_awarded, again.points_awarded) == (0, 0)
        assert books() == written

    def test_a_dry_run_says_the_same_and_changes_nothing(self, silver):
        live = world.customer("live")
        world.place(live, "99.00", at=day(0))
        world.unsignalled(live, "1.00", at=day(1))
        with_past("60.00", "60.00", name="alice")
        with_past("5.00", name="bob", status="Cancelled")
        before = books()
        foretold = run(dry_run=True)
        assert books() == before
        assert run() == foretold
        assert foretold.tiers == {"": 1, "Silver": 2}
        assert (foretold.members, foretold.orders_awarded, foretold.points) == (3, 4, 220)

    def test_a_crash_in_the_middle_is_caught_up_with(self, silver, monkeypatch):
        for _number in range(3):
            with_past("60.00", "60.00", "10.00")
        whole = undone(lambda: (run(), story())[1])
        monkeypatch.setattr(backfill, "CUSTOMERS_AT_A_TIME", 1)
        place, calls = backfill.tiers.place, []

        def crash_the_second_time(*args, **options):
            calls.append(args)
            if len(calls) == 2:
                raise RuntimeError("pulled the plug")
            return place(*args, **options)

        monkeypatch.setattr(backfill.tiers, "place", crash_the_second_time)
        with pytest.raises(RuntimeError):
            run()
        assert (Award.objects.count(), Account.objects.count()) == (3, 1)
        summary = run()
        assert (summary.orders, summary.orders_awarded) == (9, 6)
        assert story() == whole

    @pytest.mark.parametrize("failure", [OperationalError, IntegrityError])
    def test_an_order_placed_at_this_moment_makes_it_start_again(
        self, silver, monkeypatch, failure
    ):
        with_past("120.00", "10.00", name="alice")
        failures = iter([failure, failure])
        place = backfill.tiers.place

        def fail_at_first(*args, **options):
            for error in failures:
                raise error("deadlock detected")
            return place(*args, **options)

        monkeypatch.setattr(backfill.tiers, "place", fail_at_first)
        assert run().points_awarded == 135

    def test_but_not_for_ever(self, silver, monkeypatch):
        with_past("120.00", name="alice")

        def fail(*args, **options):
            raise OperationalError("deadlock detected")

        monkeypatch.setattr(backfill.tiers, "place", fail)
        with pytest.raises(OperationalError):
            run()
        assert Account.objects.count() == 0


class TestWhichOrders:
    def test_those_that_earn_nothing_are_decided_too(self, programme):
        programme.minimum_order = Decimal(20)
        programme.save()
        bob = newcomer("bob")
        for number, fields in {
            "euros": {"amount": "30.00", "currency": "EUR"},
            "cancelled": {"amount": "30.00", "status": "Cancelled"},
            "small": {"amount": "19.99"},
            "good": {"amount": "20.00"},
        }.items():
            world.unsignalled(bob, number=number, at=day(0), **fields)
        world.unsignalled(None, "500.00", number="guest", at=day(0))
        summary = run()
        decided = Award.objects.values_list("order_number", "points", "carried", "why")
        assert sorted(decided) == [
            ("cancelled", 30, 0, ""),
            ("euros", 0, 0, "other-currency"),
            ("good", 20, 20, ""),
            ("small", 0, 0, "below-minimum"),
        ]
        assert (summary.orders, summary.points, summary.members) == (4, 20, 1)
        assert [event.key for event in QualifyingEvent.objects.all()] == ["order:good"]

    def test_a_cancelled_order_can_be_reinstated(self, silver):
        bob = with_past("100.00", name="bob", status="Cancelled")
        run()
        assert tier_of(bob) == ""
        order = bob.orders.get()
        order.status = "Pending"
        order.save()
        order_status_changed.run(order.number, at=AT)
        assert (Account.objects.get(user=bob).balance, tier_of(bob)) == (100, "Silver")

    def test_since_a_day_where_the_programme_lives(self, programme):
        programme.time_zone = "Asia/Tokyo"
        programme.save()
        bob = newcomer("bob")
        # In Tokyo the first of March begins at 15:00 UTC.
        for number, minute in (("before", 59), ("after", 60)):
            moment = datetime(2026, 2, 28, 14, tzinfo=timezone.utc) + timedelta(minutes=minute)
            world.unsignalled(bob, "10.00", number=number, at=moment)
        assert run(since=date(2026, 3, 1)).orders_awarded == 1
        assert Award.objects.get().order_number == "after"
        assert run(since=date.min).orders_awarded == 1

    def test_an_order_of_the_future_is_left_for_its_day(self, programme):
        bob = newcomer("bob")
        world.unsignalled(bob, "10.00", number="now", at=AT)
        world.unsignalled(bob, "10.00", number="later", at=AT + timedelta(seconds=1))
        assert run().orders == 1
        assert Award.objects.get().order_number == "now"

    def test_what_was_decided_live_is_kept(self, programme, silver):
        bob = world.customer("bob")
        world.place(bob, "90.00", number="live", at=day(10))
        programme.earn_points = 2
        programme.save()
        world.unsignalled(bob, "20.00", number="older", at=day(5))
        world.unsignalled(bob, "20.00", number="newer", at=day(15))
        summary = run()
        assert summary.orders_awarded == 2
        # Both figures count: 20 before and 90 live make Silver, which the newest was placed under.
        decided = dict(Award.objects.values_list("order_number", "carried"))
        assert decided == {"live": 90, "older": 40, "newer": 60}
        assert tier_of(bob) == "Silver"
        keys = Entry.objects.order_by("seq").values_list("key", flat=True)
        assert list(keys) == ["earn:live", "earn:older", "earn:newer"]


def test_the_future_begins_tomorrow_where_the_programme_lives(programme):
    programme.time_zone = "Pacific/Auckland"
    programme.save()
    late = datetime(2026, 5, 31, 13, tzinfo=timezone.utc)  # already June there
    assert run(at=late, since=date(2026, 6, 1)).orders == 0
    with pytest.raises(InvalidDate):
        run(at=late, since=date(2026, 6, 2))
    Programme.objects.update(active=False)
    with pytest.raises(NoProgramme):
        run(at=late)
