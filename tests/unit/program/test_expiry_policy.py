"""Until when points are good: tables of days that a merchant could check with a calendar."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscar_loyalty.program.terms.policy import Lifetime, fixed_days, is_tighter, months_after
from tests.unit.program.terms import TERMS

NEVER = replace(TERMS, time_zone="UTC")
MONTHS = replace(NEVER, expiry="after-earning")
FIXED = replace(NEVER, expiry="fixed-dates", expiry_dates="12-31, 06-30")
DORMANT = replace(NEVER, expiry="inactivity")


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-15", 1, "2026-02-15"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-03-31", 1, "2026-04-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2026-01-01", 120, "2036-01-01"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-31", -2, "2025-11-30"),
    ],
)
def test_months_end_where_they_should(day, months, expected):
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("written", "earned_on", "expected"),
    [
        ("12-31", "2026-03-05", "2026-12-31"),
        ("12-31", "2026-12-30", "2026-12-31"),
        ("12-31", "2026-12-31", "2026-12-31"),
        ("12-31", "2027-01-01", "2027-12-31"),
        ("12-31, 06-30", "2026-03-05", "2026-06-30"),
        ("12-31, 06-30", "2026-06-30", "2026-06-30"),
        ("12-31, 06-30", "2026-07-01", "2026-12-31"),
        ("06-30", "2026-07-01", "2027-06-30"),
        ("02-29", "2026-01-01", "2026-02-28"),
        ("02-29", "2028-01-01", "2028-02-29"),
        ("02-29", "2028-02-29", "2028-02-29"),
        ("02-28, 02-29", "2028-02-29", "2028-02-29"),
        ("02-28, 02-29", "2027-02-28", "2027-02-28"),
    ],
)
def test_fixed_days_come_round(written, earned_on, expected):
    life = Lifetime("fixed-dates", 12, fixed_days(written))
    assert life.last_day(date.fromisoformat(earned_on)) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        (" , ", ()),
        ("12-31", ((12, 31),)),
        ("12-31, 06-30,12-31", ((6, 30), (12, 31))),
        ("02-29", ((2, 29),)),
    ],
)
def test_fixed_days_are_read(text, expected):
    assert fixed_days(text) == expected


@pytest.mark.parametrize(
    "text",
    ["13-01", "02-30", "1-1", "31.12.", "12-31; 06-30", "00-10", "04-31", "١٢-٣١", "12-31-01"],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError, match=r"day|month|-|\."):
        fixed_days(text)


lifetimes = st.one_of(
    st.builds(Lifetime, st.sampled_from(["after-earning", "inactivity"]), st.integers(1, 120)),
    st.builds(
        Lifetime,
        st.just("fixed-dates"),
        st.just(12),
        st.sets(st.sampled_from(fixed_days("01-01,02-28,02-29,03-31,06-30,12-31")), min_size=1).map(
            lambda days: tuple(sorted(days))
        ),
    ),
)
days = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@given(lifetimes, days)
def test_the_first_good_day_parts_the_good_days_from_the_lapsed(life, today):
    """What a sweep compares with is what the account page computes day by day."""
    first = life.first_good_day(today)
    assert life.last_day(first) >= today
    assert life.last_day(first - timedelta(days=1)) < today


@given(lifetimes, days, st.integers(0, 400))
def test_points_earned_later_never_lapse_sooner(life, earned_on, later):
    """So spending what was earned first is spending what lapses first."""
    assert life.last_day(earned_on) <= life.last_day(earned_on + timedelta(days=later))


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        # A lot of 31 January is good until the end of 28 February, wherever the programme lives.
        ("UTC", "2026-03-01T00:00", "2026-02-01T00:00"),
        ("UTC", "2026-02-28T23:59", "2026-01-28T00:00"),
        ("Pacific/Auckland", "2026-02-28T10:59", "2026-01-27T11:00"),
        ("Pacific/Auckland", "2026-02-28T11:00", "2026-01-31T11:00"),
        ("America/New_York", "2026-03-01T04:59", "2026-01-28T05:00"),
        ("America/New_York", "2026-03-01T05:00", "2026-02-01T05:00"),
        # The clock goes forward on 29 March in London: midnight of the 30th is 23:00 UTC.
        ("Europe/London", "2026-04-29T22:59", "2026-03-29T00:00"),
        ("Europe/London", "2026-04-29T23:00", "2026-03-29T23:00"),
        # Clocks in Santiago skip midnight on 6 September 2026: the day begins at one, 04:00 UTC.
        ("America/Santiago", "2026-10-07T03:00", "2026-09-07T03:00"),
        ("America/Santiago", "2026-10-07T02:59", "2026-09-06T04:00"),
    ],
)
def test_a_lot_is_good_to_the_end_of_its_last_day_where_the_programme_lives(zone, at, expected):
    terms = replace(MONTHS, expiry_months=1, time_zone=zone)
    # A midnight that was skipped equals nothing but itself as long as it is in its zone.
    assert terms.lapsed_before(moment(at)).astimezone(timezone.utc) == moment(expected)


moments = st.datetimes(
    moment("2020-01-01").replace(tzinfo=None),
    moment("2030-01-01").replace(tzinfo=None),
    timezones=st.just(timezone.utc),
)


@given(
    st.sampled_from(["UTC", "Europe/London", "America/Santiago", "Africa/Cairo", "Asia/Kathmandu"]),
    moments,
    moments,
    st.integers(1, 24),
)
def test_the_sweep_and_the_page_agree(zone, earned_at, at, months):
    for terms in (MONTHS, FIXED, DORMANT):
        terms = replace(terms, time_zone=zone, expiry_months=months)
        gone = terms.good_until(earned_at) < terms.local_date(at)
        assert (earned_at < terms.lapsed_before(at)) == gone


def test_what_never_lapses_never_lapses():
    at = moment("2026-03-01T12:00")
    for terms in (NEVER, replace(FIXED, expiry_dates="")):
        assert terms.lapsed_before(at) is None
        assert terms.good_until(at) is None


def test_a_tier_has_months_of_its_own():
    at = moment("2026-03-01T12:00")
    assert MONTHS.lapsed_before(at, months=24) == moment("2024-03-01T00:00")
    assert MONTHS.good_until(at, months=24) == date(2028, 3, 1)


def test_activity_keeps_older_points_alive_and_younger_ones_need_none():
    january, march = moment("2026-01-10T12:00"), moment("2026-03-10T12:00")
    assert DORMANT.good_until(january, active_at=march) == date(2027, 3, 10)
    assert DORMANT.good_until(march, active_at=january) == date(2027, 3, 10)
    assert DORMANT.good_until(january) == date(2027, 1, 10)


class TestGrace:
    tightened_at = moment("2026-06-10T15:00")
    terms = replace(MONTHS, expiry_tightened_at=tightened_at, expiry_grace_days=30)

    def test_older_points_stay_through_the_last_day_of_grace(self):
        assert self.terms.good_until(moment("2020-01-01T12:00")) == date(2026, 7, 10)
        assert self.terms.spared_before(moment("2026-07-10T23:59")) == self.tightened_at
        assert self.terms.spared_before(moment("2026-07-11T00:00")) is None

    def test_points_that_live_longer_than_the_grace_are_not_cut(self):
        assert self.terms.good_until(moment("2026-05-01T12:00")) == date(2027, 5, 1)

    def test_points_that_come_later_know_the_terms(self):
        terms = replace(self.terms, expiry="fixed-dates", expiry_dates="06-15")
        assert terms.good_until(self.tightened_at) == date(2026, 6, 15)
        assert terms.good_until(self.tightened_at - timedelta(seconds=1)) == date(2026, 7, 10)

    def test_without_days_of_grace_the_day_itself_is_still_good(self):
        terms = replace(self.terms, expiry_grace_days=0)
        assert terms.good_until(moment("2020-01-01T12:00")) == date(2026, 6, 10)

    def test_points_with_a_day_of_their_own_stay_too(self):
        due = date(2026, 6, 20)
        assert self.terms.spared_until(due, self.tightened_at) == due
        earlier = self.tightened_at - timedelta(seconds=1)
        assert self.terms.spared_until(due, earlier) == date(2026, 7, 10)

    def test_a_step_to_another_tier_gives_the_same_grace(self):
        changed_at = moment("2026-08-01T12:00")
        old = self.terms.good_until(moment("2020-01-01T12:00"), months=1, changed_at=changed_at)
        assert old == date(2026, 8, 31)


@pytest.mark.parametrize(
    ("case", "before", "after", "expected"),
    [
        ("no programme before", None, MONTHS, True),
        ("no expiry", None, NEVER, False),
        ("switched on", NEVER, MONTHS, True),
        ("switched off", MONTHS, NEVER, False),
        ("the same", MONTHS, MONTHS, False),
        ("shorter", MONTHS, replace(MONTHS, expiry_months=11), True),
        ("longer", MONTHS, replace(MONTHS, expiry_months=13), False),
        ("another kind", MONTHS, FIXED, True),
        ("one day more", FIXED, replace(FIXED, expiry_dates="12-31,06-30,03-31"), True),
        ("one day less", FIXED, replace(FIXED, expiry_dates="12-31"), False),
        ("one activity more", DORMANT, replace(DORMANT, active_by_spending=True), False),
        (
            "another activity",
            DORMANT,
            replace(DORMANT, active_by_orders=False, active_by_spending=True),
            True,
        ),
        ("the programme awakes", replace(MONTHS, active=False), MONTHS, True),
        ("it awakes without expiry", replace(NEVER, active=False), NEVER, True),
        ("the programme falls asleep", MONTHS, replace(MONTHS, active=False), False),
    ],
)
def test_what_tightens_the_terms(case, before, after, expected):
    assert is_tighter(before, after) is expected


@pytest.mark.parametrize(
    ("days", "at", "expected"),
    [
        (30, "2026-01-01T14:03", "2026-02-01T00:00"),
        (1, "2026-01-01T23:59", "2026-01-03T00:00"),
        # Nothing is promised, so it ends when it would have.
        (0, "2026-01-01T14:03", "2026-01-01T14:03"),
    ],
)
def test_what_comes_back_is_good_for_whole_days(days, at, expected):
    terms = replace(NEVER, return_grace_days=days)
    assert terms.end_of_return_grace(moment(at)) == moment(expected)
