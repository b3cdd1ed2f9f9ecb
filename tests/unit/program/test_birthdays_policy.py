"""Which birthdays there are, when each is celebrated, and when it may be changed."""

from datetime import date, timedelta

import pytest

from oscar_loyalty.program.members.policy import (
    Birth,
    celebrated_in,
    changeable_on,
    days_of_months,
    fault,
    meant,
    next_after,
    next_celebrated,
)

TODAY = date(2026, 11, 23)
LEAP_DAY = 229


@pytest.mark.parametrize(
    ("month_day", "year", "wrong"),
    [
        (101, None, None),
        (1231, None, None),
        (229, None, None),
        (229, 2024, None),
        (229, 2025, "leap-day"),
        (229, 1900, "leap-day"),
        (230, None, "day"),
        (431, None, "day"),
        (431, 1990, "day"),
        (0, None, "day"),
        (100, None, "day"),
        (132, None, "day"),
        (1301, None, "day"),
        (1200, None, "day"),
        (-101, None, "day"),
        (10**30, None, "day"),
        (305, 1990, None),
        (305, 1896, None),
        (305, 1895, "year"),
        (305, 99, "year"),
        (305, 0, "year"),
        (1123, 2026, None),
        (1124, 2026, "year"),
        (101, 2027, "year"),
        (101, 9999, "year"),
    ],
)
def test_what_can_be_a_birthday(month_day, year, wrong):
    assert fault(Birth(month_day, year), TODAY) == wrong


def test_there_are_366_days():
    days = [day for first, last in days_of_months() for day in range(first, last + 1)]
    assert len(days) == 366
    assert [day for day in range(1, 1400) if fault(Birth(day), TODAY) is None] == days


@pytest.mark.parametrize(
    ("year", "month_day", "day"),
    [
        (2026, 305, date(2026, 3, 5)),
        (2026, LEAP_DAY, date(2026, 2, 28)),
        (2028, LEAP_DAY, date(2028, 2, 29)),
        (2100, LEAP_DAY, date(2100, 2, 28)),
        (2028, 228, date(2028, 2, 28)),
        (2027, 1231, date(2027, 12, 31)),
    ],
)
def test_the_day_of_a_year(year, month_day, day):
    assert celebrated_in(year, month_day) == day


@pytest.mark.parametrize(
    ("case", "month_day", "since", "after_year", "day"),
    [
        ("later this year", 1224, TODAY, 0, date(2026, 12, 24)),
        ("today", 1123, TODAY, 0, date(2026, 11, 23)),
        ("yesterday", 1122, TODAY, 0, date(2027, 11, 22)),
        ("this year's was celebrated", 1224, TODAY, 2026, date(2027, 12, 24)),
        ("next year's was celebrated, ahead", 102, TODAY, 2027, date(2028, 1, 2)),
        ("last year's was celebrated", 102, TODAY, 2025, date(2027, 1, 2)),
        ("on the 28th", LEAP_DAY, date(2026, 2, 28), 0, date(2026, 2, 28)),
        ("on the 1st of March", LEAP_DAY, date(2027, 3, 1), 0, date(2028, 2, 29)),
        ("on the 28th of a leap year", LEAP_DAY, date(2028, 2, 28), 0, date(2028, 2, 29)),
    ],
)
def test_the_next_one(case, month_day, since, after_year, day):
    assert next_celebrated(month_day, since, after_year=after_year) == day


@pytest.mark.parametrize(
    ("case", "entered_on", "today", "day"),
    [
        ("it is to come", date(2025, 1, 1), date(2026, 2, 1), date(2026, 3, 5)),
        ("two weeks late", date(2025, 1, 1), date(2026, 3, 19), date(2026, 3, 5)),
        ("too late", date(2025, 1, 1), date(2026, 3, 20), date(2027, 3, 5)),
        ("years late", date(2020, 1, 1), date(2029, 1, 1), date(2029, 3, 5)),
        ("years late, and two weeks", date(2020, 1, 1), date(2029, 3, 19), date(2029, 3, 5)),
        ("it had to wait", date(2026, 3, 5), date(2026, 4, 4), date(2026, 3, 5)),
        ("it had to wait, late", date(2026, 3, 5), date(2026, 4, 18), date(2026, 3, 5)),
        ("it had to wait, too late", date(2026, 3, 5), date(2026, 4, 19), date(2027, 3, 5)),
    ],
)
def test_which_one_is_meant(case, entered_on, today, day):
    assert meant(305, date(2026, 3, 5), entered_on=entered_on, today=today) == day


def test_every_day_is_celebrated_once_in_every_year():
    for month_day in (101, 228, LEAP_DAY, 301, 1231):
        day, days = date(2023, 1, 1), []
        while day < date(2033, 1, 1):
            if next_celebrated(month_day, day) == day:
                days.append(day)
            day += timedelta(days=1)
        assert [day.year for day in days] == list(range(2023, 2033))


@pytest.mark.parametrize(
    ("changed_on", "day"),
    [
        (None, None),
        (date(2026, 3, 5), date(2027, 3, 5)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 2, 28), date(2028, 2, 28)),
    ],
)
def test_it_may_be_changed_again_a_year_later(changed_on, day):
    assert changeable_on(changed_on) == day


@pytest.mark.parametrize(
    ("case", "celebrated", "month_day", "day"),
    [
        ("none was", None, 1224, date(2026, 12, 24)),
        ("the same day", (2026, 305), 305, date(2027, 3, 5)),
        ("not again this year", (2026, 105), 1224, date(2027, 12, 24)),
        ("nor soon after it", (2026, 1120), 105, date(2028, 1, 5)),
        ("the three hundredth day", (2026, 1120), 916, date(2027, 9, 16)),
        ("a day before", (2026, 1120), 915, date(2028, 9, 15)),
        ("years ago", (2020, 1224), 1124, date(2026, 11, 24)),
        ("forgotten this year: today at the latest", (2026, None), 919, date(2027, 9, 19)),
        ("a day too soon for that", (2026, None), 918, date(2028, 9, 18)),
        ("forgotten: its last day at the latest", (2025, None), 101, date(2027, 1, 1)),
    ],
)
def test_the_first_after_another(case, celebrated, month_day, day):
    assert next_after(celebrated, month_day, today=TODAY) == day
