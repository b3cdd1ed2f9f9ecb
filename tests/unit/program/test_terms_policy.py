"""What follows from the terms: worth, days, and when points become spendable."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from oscar_loyalty.program.terms.policy import returned_share
from tests.unit.program.terms import TERMS

PLACED_AT = datetime(2026, 3, 28, 18, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("points", "value_points", "value_amount", "expected"),
    [
        (0, 100, "1.00", "0.00"),
        (99, 100, "1.00", "0.99"),
        (1, 300, "1.00", "0.00"),
        (299, 300, "1.00", "0.99"),
        (300, 300, "1.00", "1.00"),
        (10**12, 7, "2.50", "357142857142.85"),
        (-50, 100, "1.00", "-0.50"),
    ],
)
def test_worth_is_rounded_down(points, value_points, value_amount, expected):
    terms = replace(TERMS, value_points=value_points, value_amount=Decimal(value_amount))
    assert terms.worth(points) == Decimal(expected)


def test_the_rate_is_exact():
    assert replace(TERMS, earn_points=2, earn_amount=Decimal("0.30")).rate == Fraction(20, 3)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", date(2026, 3, 28)),
        ("Asia/Tehran", date(2026, 3, 28)),
        ("Pacific/Auckland", date(2026, 3, 29)),
        ("America/Los_Angeles", date(2026, 3, 28)),
    ],
)
def test_the_day_is_that_of_the_programme(zone, expected):
    assert replace(TERMS, time_zone=zone).local_date(PLACED_AT) == expected


def test_midnight_before_and_after_the_clocks_change():
    # In London the clocks go forward on 29 March 2026 at one in the morning.
    before, after = TERMS.midnight(date(2026, 3, 29)), TERMS.midnight(date(2026, 3, 30))
    assert before == datetime(2026, 3, 29, 0, tzinfo=timezone.utc)
    assert after == datetime(2026, 3, 29, 23, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("spendable", "expected"),
    [
        ("at-once", PLACED_AT),
        ("after-days", PLACED_AT + timedelta(days=14)),
        ("on-status", None),
    ],
)
def test_when_points_become_spendable(spendable, expected):
    terms = replace(TERMS, spendable=spendable, spendable_after_days=14)
    assert terms.available_at(PLACED_AT) == expected


@pytest.mark.parametrize(
    ("spendable", "status", "expected"),
    [
        ("on-status", "Complete", True),
        ("on-status", "Pending", False),
        ("at-once", "Complete", False),
    ],
)
def test_only_a_programme_that_waits_for_a_status_heeds_it(spendable, status, expected):
    terms = replace(TERMS, spendable=spendable, spendable_status="Complete")
    assert terms.spendable_in(status) is expected


@pytest.mark.parametrize(
    ("earn", "value", "expected"),
    [
        ((1, "1.00"), (100, "1.00"), Fraction(1, 100)),
        ((10, "1.00"), (10, "1.00"), Fraction(1)),
        ((3, "0.50"), (200, "5.00"), Fraction(3, 20)),
    ],
)
def test_the_share_of_a_price_that_comes_back(earn, value, expected):
    shares = returned_share(earn[0], Decimal(earn[1]), value[0], Decimal(value[1]))
    assert shares == expected
