"""What becomes of points in a replay: the day they are gone, the day they are spent, the months."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

import pytest

from oscar_loyalty.program.simulation.policy import (
    ALWAYS,
    FREE,
    Arrival,
    Assumptions,
    Month,
    Turn,
    by_month,
    cost,
    differences,
    gone_on,
    new_key,
    rebased,
    spent_on,
)
from tests.unit.program.terms import TERMS

NEW_YEAR = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
JUNE_1 = date(2026, 6, 1)
A_YEAR = replace(TERMS, expiry="after-earning", expiry_months=12, expiry_grace_days=0)
THREE_IDLE = replace(TERMS, expiry="inactivity", expiry_months=3)
MIDSUMMER = replace(TERMS, expiry="fixed-dates", expiry_dates="06-30")


def arrival(**says):
    return Arrival(**{"points": 100, "earned_at": NEW_YEAR, "spendable_at": NEW_YEAR, **says})


def on(day, **says):
    return Turn(day, **says)


@pytest.mark.parametrize(
    ("case", "terms", "turns", "gone"),
    [
        ("never", TERMS, ALWAYS, None),
        ("after a year", A_YEAR, ALWAYS, date(2027, 1, 2)),
        ("on a fixed day", MIDSUMMER, ALWAYS, date(2026, 7, 1)),
        ("without any act", THREE_IDLE, ALWAYS, date(2026, 4, 2)),
        (
            "an act in time keeps them",
            THREE_IDLE,
            [Turn(date.min), on(date(2026, 3, 1), active_at=NEW_YEAR + timedelta(days=59))],
            date(2026, 6, 2),
        ),
        (
            "one that comes too late does not",
            THREE_IDLE,
            [Turn(date.min), on(date(2026, 5, 1), active_at=NEW_YEAR + timedelta(days=120))],
            date(2026, 4, 2),
        ),
        (
            "by the months of a tier that was left before they count for nothing",
            A_YEAR,
            [Turn(date.min, months=1), on(date(2025, 12, 1))],
            date(2027, 1, 2),
        ),
        (
            "a longer tier came in time",
            A_YEAR,
            [Turn(date.min), on(date(2026, 6, 1), months=24)],
            date(2028, 1, 2),
        ),
        (
            "a shorter tier takes what is too old by then",
            A_YEAR,
            [Turn(date.min), on(date(2026, 6, 1), months=2)],
            date(2026, 6, 1),
        ),
        (
            "after the days of grace",
            replace(A_YEAR, expiry_grace_days=30),
            [
                Turn(date.min),
                on(
                    date(2026, 6, 1), months=2, changed_at=datetime(2026, 6, 1, tzinfo=timezone.utc)
                ),
            ],
            date(2026, 7, 2),
        ),
    ],
)
def test_when_points_are_gone(case, terms, turns, gone):
    assert gone_on(arrival(), terms, turns) == gone


def test_a_day_of_their_own_comes_before_all_others():
    until = TERMS.end_of(date(2026, 2, 10))
    assert gone_on(arrival(expires_at=until), A_YEAR, ALWAYS) == date(2026, 2, 11)


@pytest.mark.parametrize(
    ("case", "gone", "spendable_at", "spent"),
    [
        ("two months after they could be", None, NEW_YEAR, date(2026, 3, 1)),
        ("counted from when they could be", None, NEW_YEAR + timedelta(14), date(2026, 3, 15)),
        ("the evening before they are gone", date(2026, 3, 2), NEW_YEAR, date(2026, 3, 1)),
        ("not on the day they are gone", date(2026, 3, 1), NEW_YEAR, None),
        ("not while they wait", None, None, None),
    ],
)
def test_when_points_are_spent(case, gone, spendable_at, spent):
    came, assumed = arrival(spendable_at=spendable_at), Assumptions(Fraction(1, 2), 2)
    assert spent_on(came, gone, TERMS, assumed) == spent


def test_months_add_up():
    fates = {(10, 11, 12): 100, (10, None, 11): 8, (11, 13, None): 50}
    half = Fraction(1, 2)
    months = list(by_month(fates, half, range(10, 13)))
    assert months == [
        Month(10, earned=108, spent=0, expired=0, outstanding=108, expected=50),
        Month(11, earned=50, spent=50, expired=8, outstanding=100, expected=25),
        # Of the first hundred half is spent, and the other half gone; 25 will be spent yet.
        Month(12, earned=0, spent=0, expired=50, outstanding=50, expected=25),
    ]
    told = cost(months, Fraction(1, 100))
    assert (told.earned, told.spent, told.expired, told.outstanding) == (158, 50, 58, 50)
    assert (told.paid, told.owed, told.total) == (half, Fraction(1, 4), Fraction(3, 4))


ONE = {"terms": {"a": 1, "b": 2}, "tiers": {"1": {"rank": 1}}, "rules": {"1": {"points": 5}}}


def test_differences_are_told_column_by_column():
    other = {"terms": {"a": 1, "b": 3}, "tiers": {"1": {"rank": 2}}, "rules": {"-1": {"points": 5}}}
    assert differences(ONE, ONE) == []
    assert differences(ONE, other) == [
        ("terms", "", "b", 2, 3),
        ("tiers", "1", "rank", 1, 2),
        ("rules", "1", "points", 5, None),
        ("rules", "-1", "points", None, 5),
    ]


def test_what_both_changed_is_the_drafts():
    draft = {"terms": {"a": 9, "b": 2}, "tiers": {"1": {"rank": 3}}, "rules": {"-1": {"points": 7}}}
    moved = {
        "terms": {"a": 4, "b": 4},
        "tiers": {"1": {"rank": 2}, "2": {"rank": 5}},
        "rules": {"1": {"points": 6}, "2": {"points": 8}},
    }
    assert rebased(ONE, moved, draft) == {
        "terms": {"a": 9, "b": 4},
        "tiers": {"1": {"rank": 3}, "2": {"rank": 5}},
        "rules": {"-1": {"points": 7}, "2": {"points": 8}},
    }


def test_what_the_programme_has_no_more_is_left_behind():
    begun_from = {"terms": {}, "tiers": {"1": {"rank": 1}}, "rules": {"1": {"points": 5}}}
    draft = {"terms": {}, "tiers": {"1": {"rank": 2}}, "rules": {"1": {"points": 6}}}
    nothing = {"terms": {}, "tiers": {}, "rules": {}}
    assert rebased(begun_from, nothing, draft) == nothing


@pytest.mark.parametrize(
    ("leave", "gone", "spent"),
    [
        (FREE, None, date(2026, 3, 1)),
        (FREE, date(2026, 3, 1), None),
        ([(date.min, False)], None, None),
        ([(date.min, False), (date(2026, 2, 1), True)], None, date(2026, 3, 1)),
        ([(date.min, False), (date(2026, 4, 1), True)], None, date(2026, 4, 1)),
        ([(date.min, False), (date(2026, 4, 1), True)], date(2026, 4, 1), None),
        ([(date.min, True), (date(2026, 2, 1), False)], None, None),
        ([(date.min, True), (date(2026, 4, 1), False)], None, date(2026, 3, 1)),
        # Up and down in one day.
        ([(date.min, False), (JUNE_1, True), (JUNE_1, False)], None, None),
    ],
)
def test_points_are_spent_as_soon_as_a_tier_lets_them(leave, gone, spent):
    came = arrival(spendable_at=datetime(2026, 1, 1, tzinfo=timezone.utc))
    assert spent_on(came, gone, TERMS, Assumptions(Fraction(1), 2), leave) == spent


def test_new_rows_have_negative_numbers():
    assert [new_key({}), new_key({"5": 1}), new_key({"5": 1, "-1": 1})] == ["-1", "-1", "-2"]
