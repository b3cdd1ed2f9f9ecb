"""Whom an apology concerns, and whom it reaches."""

from datetime import datetime, timedelta, timezone

import pytest

from oscar_loyalty.program.apologies.policy import Case, Reader, why_not

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LATER = NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("case", "other", "expected"),
    [
        (Case(NOON, "1"), None, Case(NOON, "1", 1)),
        (Case(NOON, "1"), Case(LATER, "2"), Case(LATER, "2", 2)),
        (Case(LATER, "2", 3), Case(NOON, "1", 4), Case(LATER, "2", 7)),
        (Case(NOON, "1"), Case(NOON, "2"), Case(NOON, "2", 2)),
    ],
)
def test_two_cases_are_one_with_the_last_order(case, other, expected):
    assert case.joined(other) == expected


@pytest.mark.parametrize(
    ("blocked", "reachable", "wanted", "reason"),
    [
        (False, True, True, None),
        (True, True, True, "blocked"),
        (False, False, True, "no-address"),
        (False, True, False, "declined"),
        (True, False, False, "blocked"),
        (False, False, False, "no-address"),
    ],
)
def test_the_first_reason_is_told(blocked, reachable, wanted, reason):
    assert why_not(Reader(blocked, reachable, wanted)) == reason
