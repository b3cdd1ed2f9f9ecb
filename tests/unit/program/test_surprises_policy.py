"""Who is surprised: worked out once more, from the recorded seed alone."""

from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from oscar_loyalty.program.surprises.policy import (
    NUMBERS,
    affordable,
    limit,
    money_of,
    month_of,
    number,
    winners,
)

SEED = "00112233445566778899aabbccddeeff" * 2
NOVEMBER = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("account_id", "first_bytes"),
    # printf '%s' ID | openssl dgst -sha256 -mac HMAC -macopt hexkey:SEED
    [
        (1, "93ae4ee867915c7d"),
        (2, "2b055d173b62f2ac"),
        (57, "f2810cd0b1b18f98"),
        (1_000_000, "5a7503cbfcbd0dc4"),
    ],
)
def test_a_number_as_another_program_finds_it(account_id, first_bytes):
    assert number(SEED, account_id) == int(first_bytes, 16)


def test_another_seed_is_another_draw():
    accounts = range(1, 101)
    other = SEED.replace("0", "f")
    first, second = (
        winners(((number(seed, one), one) for one in accounts), places=10) for seed in (SEED, other)
    )
    assert first != second
    assert len(set(first)) == len(set(second)) == 10


@pytest.mark.parametrize(
    ("chance", "day", "part"),
    [
        ("30", NOVEMBER, Fraction(1, 100)),
        ("31", date(2026, 12, 1), Fraction(1, 100)),
        ("100", date(2027, 2, 1), Fraction(1, 28)),
        ("0.01", date(2028, 2, 29), Fraction(1, 290_000)),
    ],
)
def test_each_day_has_its_part_of_the_chance(chance, day, part):
    assert limit(Decimal(chance), day) == part * NUMBERS // 1


def test_as_many_win_as_the_chance_says():
    """300,000 tickets at one in a hundred: 3,000, give or take five standard deviations."""
    bound = limit(Decimal(30), NOVEMBER)
    won = sum(number(SEED, account_id) < bound for account_id in range(300_000))
    assert 2728 < won < 3272


def test_nobody_is_preferred():
    """By the last digit of the account, each a tenth."""
    bound = limit(Decimal(100), NOVEMBER)
    won = Counter(one % 10 for one in range(300_000) if number(SEED, one) < bound)
    assert all(840 < won[digit] < 1160 for digit in range(10))


def test_the_lowest_numbers_win():
    tickets = [(30, 1), (10, 2), (20, 3), (20, 4)]
    assert winners(tickets, places=3) == [2, 3, 4]
    assert winners(tickets, places=0) == []
    assert winners(tickets, places=9) == [2, 3, 4, 1]


@pytest.mark.parametrize(
    ("budget", "spent", "cost", "places"),
    [
        ("100", "0", "5", 20),
        ("100", "96", "5", 0),
        ("100", "95", "5", 1),
        ("100", "0", "33.34", 2),
        ("0", "0", "0.01", 0),
        ("10", "20", "5", 0),
    ],
)
def test_what_the_budget_pays(budget, spent, cost, places):
    assert affordable(Decimal(budget), Decimal(spent), Decimal(cost)) == places


@pytest.mark.parametrize(
    ("points", "worth", "cost"),
    [
        (500, Fraction(1, 100), "5"),
        (1, Fraction(1, 100), "0.01"),
        (1, Fraction(1, 1000), "0.01"),
        (100, Fraction(1, 3), "33.34"),
    ],
)
def test_what_points_cost(points, worth, cost):
    assert money_of(points, worth) == Decimal(cost)


@pytest.mark.parametrize(
    ("day", "first", "following"),
    [
        (date(2026, 11, 23), date(2026, 11, 1), date(2026, 12, 1)),
        (date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
        (date(2028, 2, 29), date(2028, 2, 1), date(2028, 3, 1)),
    ],
)
def test_months(day, first, following):
    assert month_of(day) == (first, following)
