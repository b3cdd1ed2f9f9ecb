"""The ladder's rules, as tables a merchant could check."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oscar_loyalty.program.tiers.policy import (
    Career,
    Fall,
    Holding,
    Rules,
    Rung,
    climb,
    is_near,
    months_before,
    next_fall,
    peak,
    qualified,
    review,
    window_starts_on,
)

SILVER = Rung(1, 1, Decimal(100))
GOLD = Rung(2, 2, Decimal(300))
PLATINUM = Rung(3, 3, Decimal(1000))
LADDER = (SILVER, GOLD, PLATINUM)
TODAY = date(2026, 6, 15)
TO_QUALIFIED = Rules("rolling", 12, "to-qualified", 0)


def reviewed(holding, progress, *, rules, today, ladder=LADDER):
    """The review of a member all of whose orders stand."""
    return review(ladder, holding, progress, earned=holding.rung, rules=rules, today=today)


@pytest.mark.parametrize(
    ("progress", "expected"),
    [("0", None), ("99.99", None), ("100", SILVER), ("999", GOLD), ("5000", PLATINUM)],
)
def test_qualified(progress, expected):
    assert qualified(LADDER, Decimal(progress)) == expected


def test_a_threshold_of_nothing_is_reached_at_once():
    bronze = Rung(9, 0, Decimal(0))
    assert qualified((bronze, *LADDER), Decimal(0)) == bronze


@pytest.mark.parametrize(
    ("held", "progress", "expected"),
    [(None, 150, SILVER), (None, 5000, PLATINUM), (GOLD, 150, GOLD), (SILVER, 299, SILVER)],
)
def test_climbing_never_lowers(held, progress, expected):
    assert climb(LADDER, Holding(held), Decimal(progress)).rung == expected


@pytest.mark.parametrize(
    ("case", "rule", "held", "progress", "expected"),
    [
        ("up at once", "never", SILVER, 400, GOLD),
        ("never lost", "never", PLATINUM, 0, PLATINUM),
        ("one tier at a time", "one-rung", PLATINUM, 0, GOLD),
        ("one tier, to none", "one-rung", SILVER, 0, None),
        ("to what is qualified for", "to-qualified", PLATINUM, 150, SILVER),
        ("to nothing", "to-qualified", PLATINUM, 0, None),
        ("enough is enough", "to-qualified", GOLD, 300, GOLD),
    ],
)
def test_review(case, rule, held, progress, expected):
    rules = Rules("rolling", 12, rule, 0)
    after = reviewed(Holding(held), Decimal(progress), rules=rules, today=TODAY)
    assert after == Holding(expected)


def test_grace_starts_when_first_seen_below_and_ends_on_its_day():
    rules = Rules("rolling", 12, "to-qualified", 30)
    holding = Holding(GOLD)
    holding = reviewed(holding, Decimal(0), rules=rules, today=TODAY)
    assert holding == Holding(GOLD, below_since=TODAY)
    eve = TODAY + timedelta(days=29)
    assert reviewed(holding, Decimal(0), rules=rules, today=eve) == holding
    due = TODAY + timedelta(days=30)
    assert reviewed(holding, Decimal(0), rules=rules, today=due) == Holding(None)


def test_grace_ends_when_the_progress_is_made_good():
    rules = Rules("rolling", 12, "to-qualified", 30)
    holding = Holding(GOLD, below_since=TODAY)
    assert reviewed(holding, Decimal(300), rules=rules, today=TODAY) == Holding(GOLD)


def test_whom_staff_placed_stays_but_may_climb():
    placed = Holding(GOLD, floor=GOLD)
    assert reviewed(placed, Decimal(0), rules=TO_QUALIFIED, today=TODAY) == placed
    risen = reviewed(placed, Decimal(1000), rules=TO_QUALIFIED, today=TODAY)
    assert risen == Holding(PLATINUM, floor=GOLD)
    fallen = reviewed(risen, Decimal(0), rules=TO_QUALIFIED, today=TODAY)
    assert fallen == Holding(GOLD, floor=GOLD)


def test_a_tier_kept_for_ever_is_the_floor():
    for_ever = Rung(1, 1, Decimal(100), kept_for_ever=True)
    ladder = (for_ever, GOLD, PLATINUM)
    fallen = reviewed(Holding(PLATINUM), Decimal(0), rules=TO_QUALIFIED, today=TODAY, ladder=ladder)
    assert fallen == Holding(for_ever)
    again = reviewed(fallen, Decimal(0), rules=TO_QUALIFIED, today=TODAY, ladder=ladder)
    assert again == fallen


@pytest.mark.parametrize(
    ("rule", "earned", "progress", "expected"),
    [
        ("never", None, 0, None),
        ("never", SILVER, 0, SILVER),
        ("never", SILVER, 300, GOLD),
        ("never", GOLD, 0, GOLD),
        ("one-rung", None, 0, SILVER),
        ("to-qualified", SILVER, 0, None),
    ],
)
def test_what_was_reached_by_cancelled_orders_is_not_kept(rule, earned, progress, expected):
    rules = Rules("rolling", 12, rule, 0)
    after = review(
        LADDER, Holding(GOLD), Decimal(progress), earned=earned, rules=rules, today=TODAY
    )
    assert after == Holding(expected)


@pytest.mark.parametrize(("earned", "expected"), [(None, SILVER), (GOLD, GOLD), (PLATINUM, GOLD)])
def test_a_tier_is_kept_for_ever_once_it_was_earned(earned, expected):
    for_ever = Rung(2, 2, Decimal(300), kept_for_ever=True)
    after = review(
        (SILVER, for_ever, PLATINUM),
        Holding(PLATINUM),
        Decimal(150),
        earned=earned,
        rules=TO_QUALIFIED,
        today=TODAY,
    )
    assert after.rung.rank == expected.rank


@pytest.mark.parametrize(
    ("window", "counted", "expected"),
    [
        ("rolling", [], 0),
        ("rolling", [(date(2024, 1, 1), 60), (date(2024, 12, 31), 50)], 110),
        ("rolling", [(date(2024, 1, 1), 60), (date(2025, 1, 1), 50)], 110),
        ("rolling", [(date(2024, 1, 1), 60), (date(2025, 1, 2), 50)], 60),
        ("calendar-year", [(date(2024, 12, 31), 60), (date(2025, 1, 1), 70)], 70),
        ("lifetime", [(date(2004, 1, 1), 60), (date(2025, 1, 2), 50)], 110),
    ],
)
def test_the_most_that_ever_counted_at_once(window, counted, expected):
    amounts = [(day, Decimal(amount)) for day, amount in counted]
    assert peak(amounts, Rules(window, 12, "never", 0)) == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2028, 3, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 31), 12, date(2025, 1, 31)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 1, 31), -1, date(2026, 2, 28)),
        (date(2026, 12, 5), -1, date(2027, 1, 5)),
    ],
)
def test_months_before(day, months, expected):
    assert months_before(day, months) == expected


@pytest.mark.parametrize(
    ("window", "expected"),
    [("rolling", date(2025, 12, 15)), ("calendar-year", date(2026, 1, 1)), ("lifetime", None)],
)
def test_window(window, expected):
    assert window_starts_on(Rules(window, 6, "never", 0), TODAY) == expected


START = date(2024, 1, 1)
ORDERS = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 400)), max_size=12).map(sorted)
RULES = st.builds(
    Rules,
    st.sampled_from(["rolling", "calendar-year", "lifetime"]),
    st.sampled_from([1, 2, 12]),
    st.sampled_from(["never", "one-rung", "to-qualified"]),
    st.sampled_from([0, 1, 30]),
)


def lived_day_by_day(ladder, rules, orders, until):
    """What a career must come to: every day's review, then that day's orders."""
    holding, counted, seen = Holding(), [], []
    for number in range(until + 1):
        today = START + timedelta(days=number)
        start = window_starts_on(rules, today) or date.min
        progress = sum((a for day, a in counted if day >= start), Decimal(0))
        holding = reviewed(holding, progress, rules=rules, today=today, ladder=ladder)
        for _day, amount in (order for order in orders if order[0] == number):
            seen.append(holding.rung)
            counted.append((today, Decimal(amount)))
            progress += amount
            holding = climb(ladder, holding, progress)
    return holding, seen


# Made good within the grace and then below again: a new grace begins.
@example([(0, 60), (20, 60), (33, 50)], Rules("rolling", 1, "to-qualified", 30), False, 70)
@given(ORDERS, RULES, st.booleans(), st.integers(0, 1300))
def test_a_replayed_career_ends_where_living_every_day_ends(orders, rules, for_ever, until):
    ladder = (Rung(1, 1, Decimal(100), kept_for_ever=for_ever), GOLD, PLATINUM)
    until = max([until, *(number for number, _amount in orders)])
    career, seen = Career(ladder, rules), []
    for number, amount in orders:
        day = START + timedelta(days=number)
        seen.append(career.live_until(day).rung)
        career.count(day, Decimal(amount))
    career.live_until(START + timedelta(days=until))
    assert (career.holding, seen) == lived_day_by_day(ladder, rules, orders, until)


@pytest.mark.parametrize(
    ("held", "progress", "expected"),
    [
        (None, "79.99", False),
        (None, "80", True),
        (None, "100", False),
        (SILVER, "80", False),
        (SILVER, "240", True),
        (PLATINUM, "990", False),
    ],
)
def test_near_the_next_rung(held, progress, expected):
    assert is_near(LADDER, held, Decimal(progress)) is expected


@pytest.mark.parametrize(
    ("rules", "within", "expected"),
    [
        # £38 of 1 July leave the window a year and a day later.
        (TO_QUALIFIED, 30, Fall(date(2026, 7, 2), Decimal(38))),
        (TO_QUALIFIED, 16, None),
        (replace(TO_QUALIFIED, grace_days=10), 30, Fall(date(2026, 7, 12), Decimal(38))),
        (replace(TO_QUALIFIED, downgrade="never"), 400, None),
        (replace(TO_QUALIFIED, window="lifetime"), 400, None),
    ],
)
def test_the_next_fall(rules, within, expected):
    counted = [(date(2025, 7, 1), Decimal(38)), (date(2025, 12, 1), Decimal(262))]
    fall = next_fall(LADDER, Holding(GOLD), counted, rules, TODAY, within=within)
    assert fall == expected


def test_a_fall_that_nothing_made_before_would_stop_is_none():
    rules = replace(TO_QUALIFIED, window="calendar-year")
    counted = [(date(2026, 2, 1), Decimal(300))]
    assert next_fall(LADDER, Holding(GOLD), counted, rules, TODAY, within=250) is None
    graceful = replace(rules, grace_days=30)
    fall = next_fall(LADDER, Holding(GOLD), counted, graceful, TODAY, within=250)
    assert fall == Fall(date(2027, 1, 31), Decimal(300))


def test_what_staff_keep_a_member_on_is_not_lost():
    counted = [(date(2025, 7, 1), Decimal(300))]
    pinned = Holding(GOLD, floor=GOLD)
    assert next_fall(LADDER, pinned, counted, TO_QUALIFIED, TODAY, within=60) is None
