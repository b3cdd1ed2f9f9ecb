"""Rhythms, lateness, lots, steps, gifts, and what writing to members brought: as tables."""

from collections import Counter
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from oscar_loyalty.program.winback.policy import (
    Gain,
    Gifts,
    Group,
    Habits,
    Rhythm,
    drawn,
    gain,
    gap_covering,
    is_held_out,
    late_on,
    may_have_gift,
    next_step,
    rhythm_of,
)

NEW_YEAR = date(2026, 1, 1)
HABITS = Habits(newcomers_gap=45, least_days=30)


def days(*numbers):
    return [NEW_YEAR + timedelta(days=number) for number in numbers]


@pytest.mark.parametrize(
    ("per_cent", "gaps", "covering"),
    [
        (80, [], None),
        (80, [7], 7),
        (80, [7, 30], 30),
        (80, [1, 2, 3], 3),
        (80, [1, 2, 3, 4], 4),
        # Four of five are no longer than the fourth.
        (80, [1, 2, 3, 4, 90], 4),
        (80, [10] * 8 + [50, 60], 10),
        (80, [10] * 7 + [40, 50, 60], 40),
        (50, [5], 5),
        (50, [5, 9], 5),
        (50, [30, 5, 9], 9),
        (50, [1, 1, 1, 100], 1),
    ],
)
def test_the_gap_that_covers_so_many(per_cent, gaps, covering):
    assert gap_covering(per_cent, Counter(gaps)) == covering


@pytest.mark.parametrize(
    ("ordered", "rhythm"),
    [
        ([], None),
        (days(3), Rhythm(days(3)[0], 1)),
        # Three orders on one day are one visit.
        (days(3, 3, 3), Rhythm(days(3)[0], 1)),
        (days(0, 10), Rhythm(days(10)[0], 2, usual_gap=10, first_gap=10)),
        (days(0, 10, 10, 40), Rhythm(days(40)[0], 3, usual_gap=30, first_gap=10)),
        (days(40, 0, 10), Rhythm(days(40)[0], 3, usual_gap=30, first_gap=10)),
        (days(0, 7, 14, 21, 28, 88), Rhythm(days(88)[0], 6, usual_gap=7, first_gap=7)),
    ],
)
def test_how_often_a_member_orders(ordered, rhythm):
    assert rhythm_of(ordered) == rhythm


@pytest.mark.parametrize(
    ("case", "ordered", "habits", "late_after"),
    [
        ("own rhythm of 60 days", (0, 60, 120, 180), HABITS, 60),
        ("own rhythm of 40 beats the newcomers' 45", (0, 40, 80, 120), HABITS, 40),
        ("weekly, but never before the least days", (0, 7, 14, 21), HABITS, 30),
        ("a newcomer by the shop's", (0,), HABITS, 45),
        ("two gaps are no rhythm yet", (0, 7, 14), HABITS, 45),
        ("but nobody is late before their own longest gap", (0, 90, 100), HABITS, 90),
        ("a shop where newcomers come at once", (0,), Habits(3, 30), 30),
        ("nobody has ordered twice", (0,), Habits(None, 30), None),
        ("that is no matter for who has a rhythm", (0, 60, 120, 180), Habits(None, 30), 60),
    ],
)
def test_when_a_member_is_late(case, ordered, habits, late_after):
    rhythm = rhythm_of(days(*ordered))
    late = late_after and rhythm.last_day + timedelta(days=late_after + 1)
    assert late_on(rhythm, habits) == late, case


class TestLots:
    BEGAN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

    def test_the_same_lot_is_drawn_again(self):
        in_tokyo = self.BEGAN.astimezone(timezone(timedelta(hours=9)))
        assert drawn("seed", 1, self.BEGAN) == drawn("seed", 1, in_tokyo) == 3194

    def test_another_lapse_member_or_shop_is_another_lot(self):
        lots = {
            drawn("seed", 1, self.BEGAN),
            drawn("seed", 2, self.BEGAN),
            drawn("other", 1, self.BEGAN),
            drawn("seed", 1, self.BEGAN + timedelta(days=1)),
        }
        assert len(lots) == 4

    @pytest.mark.parametrize(("per_cent", "least", "most"), [(0, 0, 0), (10, 900, 1100)])
    def test_so_many_of_a_hundred_are_held_out(self, per_cent, least, most):
        lots = [drawn("seed", account, self.BEGAN) for account in range(10_000)]
        assert least <= sum(is_held_out(lot, per_cent) for lot in lots) <= most

    def test_the_border(self):
        assert [is_held_out(lot, 10) for lot in (0, 999, 1000)] == [True, True, False]
        assert is_held_out(4999, 50)


@pytest.mark.parametrize(
    ("taken", "possible", "step"),
    [
        (0, {0, 1, 2, 3}, 0),
        (1, {0, 1, 2, 3}, 1),
        (1, {0, 3}, 3),
        (0, {2}, 2),
        (3, {0, 1, 2}, None),
        (0, set(), None),
    ],
)
def test_what_is_switched_off_is_passed_over(taken, possible, step):
    assert next_step(taken, possible) == step


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ([], True),
        (days(0), False),
        (days(-364), False),
        (days(-365), True),
        (days(-800, -400), True),
        (days(-1200, -800, -400), False),
    ],
)
def test_a_gift_a_year_and_three_in_all(given, allowed):
    assert may_have_gift(given, Gifts(days=365, most=3), NEW_YEAR) == allowed


def group(*revenues):
    paid = [Decimal(one) for one in revenues]
    came = sum(one > 0 for one in paid)
    return Group(len(paid), came, sum(paid), sum(one * one for one in paid))


class TestGain:
    def test_worked_numbers(self):
        """
        Written to: 20 at £0 and 20 at £30; mean 15, s² = 40 × 225 / 39 = 230.769.
        Held out: 20 at £0 and 20 at £20; mean 10, s² = 40 × 100 / 39 = 102.564.

        √(230.769 / 40 + 102.564 / 40) = √8.3333 = 2.88675; × 1.96 = 5.65803.
        """
        written, held_out = group(*[0, 30] * 20), group(*[0, 20] * 20)
        assert (written.mean, held_out.mean) == (15, 10)
        assert written.variance.quantize(Decimal("0.001")) == Decimal("230.769")
        # Forty times 5, and 5.65803 less and more.
        assert gain(written, held_out) == Gain(
            Decimal("200.00"), Decimal("-26.32"), Decimal("426.32")
        )

    def test_all_alike_leave_nothing_to_chance(self):
        written, held_out = group(*["10.10"] * 300), group(*["7.77"] * 30)
        assert gain(written, held_out) == Gain(*[Decimal("699.00")] * 3)

    @pytest.mark.parametrize(("many", "few"), [(30, 29), (29, 30), (1000, 0), (0, 0), (1, 1)])
    def test_too_few_say_nothing(self, many, few):
        assert gain(group(*[5] * many), group(*[5] * few)) is None

    def test_a_group_of_nobody_has_figures_too(self):
        assert (Group().mean, Group().share) == (0, 0)
