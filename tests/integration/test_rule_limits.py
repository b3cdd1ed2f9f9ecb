"""Caps and budgets of rules: what orders take of them, and what gives it back."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.utils import timezone as django_timezone
from oscar.core.loading import get_model

from oscar_loyalty.flows import backfill, books_audited, order_recalculated
from oscar_loyalty.models import Account, Award, EarningRule, RuleUse
from tests import comebacks, world

pytestmark = pytest.mark.django_db

#: A Monday.
FIRST = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def _clean(clean_books):
    """Whatever is given and taken back, the books add up."""


def placed(user, amount, *, days=0, **fields):
    """The points of an order of that amount, so many days after the first of June."""
    order = world.place(user, amount, at=FIRST + timedelta(days=days), **fields)
    return Award.objects.get(order_number=order.number).points


def uses():
    return list(RuleUse.objects.order_by("pk").values_list("points", flat=True))


def used():
    return EarningRule.objects.get().used


def put(number, status):
    order = get_model("order", "Order").objects.get(number=number)
    order.status = status
    order.save()
    order_recalculated.run(number, at=django_timezone.now())


def refund(number, amount):
    comebacks.refund(get_model("order", "Order").objects.get(number=number), amount)
    order_recalculated.run(number, at=django_timezone.now())


class TestBudget:
    def test_it_is_given_until_it_is_used_up(self, bob):
        world.rule(points=40, budget=100)
        assert [placed(bob, "10.00", days=day) for day in range(4)] == [50, 50, 30, 10]
        assert (uses(), used()) == ([40, 40, 20], 100)
        cut, none = Award.objects.order_by("pk")[2:]
        version = EarningRule.objects.get().current_id
        assert cut.breakdown["rules"] == [
            {
                "version": version,
                "rule": EarningRule.objects.get().pk,
                "earned": "40",
                "given": "20",
                "cut": "budget",
                "limited": True,
            }
        ]
        assert none.breakdown["unmet"] == [{"version": version, "why": "budget"}]

    def test_one_order_takes_whole_points_rounded_up(self, bob):
        world.rule(effect="multiplier", factor=Decimal("1.50"), budget=10)
        # 3.75 and 3.75 take four each; two are left.
        assert [placed(bob, "7.50") for _order in range(4)] == [11, 11, 9, 7]
        assert (uses(), used()) == ([4, 4, 2], 10)

    def test_a_cancelled_order_gives_its_room_back_and_takes_it_again(self, bob):
        world.rule(points=60, budget=100)
        placed(bob, "10.00", number="1001")
        put("1001", "Cancelled")
        assert (uses(), used()) == ([0], 0)
        assert placed(bob, "10.00", number="1002") == 70
        # The award stays what it was, even where the room is gone by now.
        put("1001", "Pending")
        assert (uses(), used()) == ([60, 60], 120)
        assert Account.objects.get().balance == 140
        assert placed(bob, "10.00") == 10

    def test_what_is_refunded_gives_back_its_part(self, bob):
        world.rule(points=60, budget=100)
        placed(bob, "30.00", number="1001")
        refund("1001", "10.00")
        assert (uses(), used()) == ([40], 40)
        refund("1001", "20.00")
        assert (uses(), used()) == ([0], 0)

    def test_it_holds_for_all_versions_together(self, bob):
        old = world.rule(points=60, budget=100, in_force_from=world.NEW_YEAR)
        placed(bob, "10.00")
        world.rule(rule=old.rule, points=70, budget=100, in_force_from=FIRST + timedelta(days=1))
        assert placed(bob, "10.00", days=2) == 50

    def test_used_up_it_leaves_its_lines_to_others(self, bob):
        lamp = world.product("10.00")
        world.rule(points=50, product=lamp, stackable=False, budget=50)
        world.rule(effect="multiplier", factor=Decimal(2), stackable=False)
        awards = []
        for _order in range(2):
            order = world.place(bob, products=[lamp], at=FIRST)
            awards.append(Award.objects.get(order_number=order.number).points)
        assert awards == [60, 20]


class TestCaps:
    def test_for_an_order(self, bob):
        world.rule(effect="per-money", points=1, per_amount=Decimal(1), cap_order=15)
        assert placed(bob, "10.00") == 20
        assert placed(bob, "40.00") == 55
        assert uses() == []

    def test_for_a_member(self, bob, ladder):
        world.rule(points=40, cap_member=100)
        assert [placed(bob, "10.00", days=day) for day in range(4)] == [50, 50, 30, 10]
        assert placed(world.customer("eve"), "10.00") == 50

    @pytest.mark.parametrize(
        ("period", "days", "expected"),
        [
            ("day", [0, 0, 1], [50, 30, 50]),
            ("week", [0, 6, 7], [50, 30, 50]),
            ("month", [0, 29, 30], [50, 30, 50]),
            ("year", [0, 213, 214], [50, 30, 50]),
        ],
    )
    def test_for_a_member_in_a_time(self, bob, period, days, expected):
        world.rule(points=40, cap_period=60, period=period)
        assert [placed(bob, "10.00", days=day) for day in days] == expected

    def test_a_day_is_one_of_the_programme(self, bob):
        """Half past eleven in London's summer is the day before by UTC."""
        world.rule(points=40, cap_period=60, period="day")
        for hour, expected in ((22, 50), (23, 50), (24, 30)):
            order = world.place(
                bob, "10.00", at=FIRST.replace(hour=0) + timedelta(hours=hour + 0.5)
            )
            assert Award.objects.get(order_number=order.number).points == expected

    def test_of_a_merged_member_both_count(self, bob, programme):
        world.rule(points=40, cap_member=60)
        eve = world.customer("eve")
        placed(bob, "10.00")
        world.merge(bob, eve)
        assert placed(eve, "10.00") == 30

    def test_what_nobody_limits_is_not_counted(self, bob):
        world.rule(points=40)
        placed(bob, "10.00")
        assert (uses(), used()) == ([], 0)


class TestBackfill:
    @pytest.fixture
    def past(self, bob):
        eve = world.customer("eve")
        for number, user in (("1", bob), ("2", eve), ("3", bob)):
            moment = FIRST + timedelta(days=int(number))
            world.unsignalled(user, "10.00", number=number, at=moment)

    def points(self):
        return list(Award.objects.order_by("order_number").values_list("points", flat=True))

    @pytest.mark.parametrize("dry_run", [True, False])
    @pytest.mark.parametrize("at_a_time", [1, 500])
    def test_limits_hold_over_all_customers(self, past, monkeypatch, dry_run, at_a_time):
        monkeypatch.setattr(backfill, "CUSTOMERS_AT_A_TIME", at_a_time)
        world.rule(points=40, budget=100)
        summary = backfill.run(at=django_timezone.now(), dry_run=dry_run)
        assert summary.points_awarded == 130
        assert used() == (0 if dry_run else 100)
        # One customer after the other: of each the oldest order first.
        assert self.points() == ([] if dry_run else [50, 30, 50])

    def test_a_member_has_no_more_than_the_cap(self, past):
        world.rule(points=40, cap_member=60)
        backfill.run(at=django_timezone.now())
        assert self.points() == [50, 50, 30]
        assert sorted(uses()) == [20, 40, 40]

    def test_each_order_follows_the_version_of_its_day(self, past):
        """None before the first, five points, seven, and none when it had ended."""
        world.unsignalled(world.customer("fay"), "10.00", number="4", at=FIRST + timedelta(days=4))
        first = world.rule(points=5, in_force_from=FIRST + timedelta(days=2))
        for day, says in ((3, {"points": 7}), (4, {"points": 7, "retired": True})):
            world.rule(rule=first.rule, in_force_from=FIRST + timedelta(days=day), **says)
        backfill.run(at=django_timezone.now())
        assert self.points() == [10, 15, 17, 10]
        assert books_audited.run(at=django_timezone.now()).violations == []

    @pytest.mark.parametrize("about", ["a product", "an action"])
    def test_a_version_is_over_whatever_the_next_one_is_about(self, past, about):
        first = world.rule(points=5)
        says = {"a product": {"product": world.product()}}.get(
            about, {"trigger": "action", "action": "newsletter"}
        )
        since = FIRST + timedelta(days=2)
        world.rule(rule=first.rule, points=5, in_force_from=since, **says)
        backfill.run(at=django_timezone.now())
        assert self.points() == [15, 10, 10]

    def test_which_order_it_is_counts_in_the_past_too(self, past):
        world.rule(points=5, nth_order=2)
        backfill.run(at=django_timezone.now())
        assert self.points() == [10, 10, 15]
