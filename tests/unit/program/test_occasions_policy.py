"""When occasions are: the dates of almanacs, beside those of our calendars."""

from datetime import date, timedelta
from itertools import islice

import pytest

from oscar_loyalty.program.occasions.policy import (
    Feast,
    Occurrence,
    due,
    is_day,
    named,
    occurrences,
)

#: As almanacs print them, for the years from 2025 on.
ALMANAC = {
    "new-year": ["2025-01-01", "2026-01-01", "2027-01-01", "2028-01-01", "2029-01-01"],
    "nowruz": [
        *("2025-03-21", "2026-03-21", "2027-03-21", "2028-03-20", "2029-03-20", "2030-03-21"),
        *("2031-03-21", "2032-03-20", "2033-03-20", "2034-03-21", "2035-03-21"),
    ],
    "yalda": [
        *("2025-12-21", "2026-12-21", "2027-12-21", "2028-12-20", "2029-12-20", "2030-12-21"),
        *("2031-12-21", "2032-12-20", "2033-12-20", "2034-12-21", "2035-12-21"),
    ],
    # Twice in 2033.
    "eid-al-fitr": [
        *("2025-03-30", "2026-03-20", "2027-03-09", "2028-02-26", "2029-02-14", "2030-02-04"),
        *("2031-01-24", "2032-01-14", "2033-01-02", "2033-12-23", "2034-12-12", "2035-12-01"),
    ],
    "eid-al-adha": [
        *("2025-06-06", "2026-05-27", "2027-05-16", "2028-05-05", "2029-04-24", "2030-04-13"),
        *("2031-04-02", "2032-03-22", "2033-03-11", "2034-03-01", "2035-02-18"),
    ],
    "easter-western": [
        *("2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21"),
        *("2031-04-13", "2032-03-28", "2033-04-17", "2034-04-09", "2035-03-25"),
    ],
    "easter-orthodox": [
        *("2025-04-20", "2026-04-12", "2027-05-02", "2028-04-16", "2029-04-08", "2030-04-28"),
        *("2031-04-13", "2032-05-02", "2033-04-24", "2034-04-09", "2035-04-29"),
    ],
}
NEW_YEAR = date(2025, 1, 1)
EID = Feast("eid-al-fitr", announced=date(2027, 3, 10))


def kept(feast, since, count):
    return [str(one.kept_date) for one in islice(occurrences(feast, since=since), count)]


@pytest.mark.parametrize("what", ALMANAC)
def test_as_the_almanac_has_it(what):
    dates = ALMANAC[what]
    assert kept(Feast(what), NEW_YEAR, len(dates)) == dates


@pytest.mark.parametrize("what", ALMANAC)
def test_from_every_day_the_next_one_is_found(what):
    dates = [date.fromisoformat(one) for one in ALMANAC[what]]
    for offset in range((dates[-1] - NEW_YEAR).days):
        today = NEW_YEAR + timedelta(days=offset)
        upcoming = next(one for one in dates if one >= today)
        assert next(occurrences(Feast(what), since=today)).kept_date == upcoming


@pytest.mark.parametrize(
    ("month", "day", "dates"),
    [
        (5, 12, ["2027-05-12", "2028-05-12", "2029-05-12"]),
        (2, 29, ["2027-02-28", "2028-02-29", "2029-02-28"]),
        (12, 31, ["2026-12-31", "2027-12-31", "2028-12-31"]),
    ],
)
def test_a_fixed_date(month, day, dates):
    assert kept(Feast("fixed", month, day), date(2026, 12, 31), 3) == dates


@pytest.mark.parametrize(
    ("month", "day", "there"),
    [
        (2, 29, True),
        (2, 30, False),
        (4, 31, False),
        (1, 31, True),
        (13, 1, False),
        (1, 10**30, False),
    ],
)
def test_days_that_there_are(month, day, there):
    assert is_day(month, day) is there


class TestAnnounced:
    def test_it_counts_for_its_year_alone(self):
        assert kept(EID, date(2026, 1, 1), 3) == ["2026-03-20", "2027-03-10", "2028-02-26"]

    def test_it_is_the_same_feast(self):
        after = date(2027, 3, 10)
        assert next(occurrences(EID, since=after)) == Occurrence(date(2027, 3, 9), after)
        assert named(EID, date(2027, 3, 9)) == Occurrence(date(2027, 3, 9), after)
        assert named(EID, after) is None

    @pytest.mark.parametrize("days", [-8, 8, 100])
    def test_further_than_a_week_it_is_about_nothing(self, days):
        feast = Feast("eid-al-fitr", announced=date(2027, 3, 9) + timedelta(days=days))
        assert kept(feast, date(2027, 1, 1), 1) == ["2027-03-09"]

    def test_across_the_turn_of_the_year(self):
        feast = Feast("fixed", 12, 30, announced=date(2028, 1, 2))
        assert kept(feast, date(2028, 1, 1), 2) == ["2028-01-02", "2028-12-30"]

    def test_before_the_calendars_day(self):
        feast = Feast("eid-al-fitr", announced=date(2027, 3, 8))
        assert kept(feast, date(2027, 3, 8), 1) == ["2027-03-08"]
        # Over, though the calendar says tomorrow.
        assert kept(feast, date(2027, 3, 9), 1) == ["2028-02-26"]
        assert named(feast, date(2027, 3, 9)).kept_date == date(2027, 3, 8)


@pytest.mark.parametrize(
    ("today", "days_ahead", "is_due"),
    [
        ("2027-03-02", 7, False),
        ("2027-03-03", 7, True),
        ("2027-03-09", 7, True),
        ("2027-03-10", 7, True),
        ("2027-03-11", 7, False),
        ("2027-03-09", 0, False),
        ("2027-03-10", 0, True),
    ],
)
def test_due_from_so_many_days_before_until_the_day_itself(today, days_ahead, is_due):
    found = due(EID, days_ahead=days_ahead, today=date.fromisoformat(today))
    assert found == (Occurrence(date(2027, 3, 9), date(2027, 3, 10)) if is_due else None)


@pytest.mark.parametrize("what", ["eid-al-fitr", "eid-al-adha"])
def test_where_the_tables_end_there_is_no_date(what):
    assert len(kept(Feast(what), date(2075, 1, 1), 10)) == 3
    for since in (date(1, 1, 1), date(1900, 1, 1), date(2077, 11, 16), date(2100, 1, 1), date.max):
        assert kept(Feast(what), since, 3) == []
        assert due(Feast(what), days_ahead=7, today=since) is None


@pytest.mark.parametrize("what", ALMANAC)
def test_no_day_is_too_early_or_too_late(what):
    for since in (date.min, date(600, 1, 1), date(9999, 1, 1), date.max):
        assert len(kept(Feast(what), since, 3)) in (0, 1, 3)
