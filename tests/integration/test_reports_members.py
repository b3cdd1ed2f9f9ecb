"""Members beside customers who are none, and were like them before they joined."""

from datetime import date
from fractions import Fraction

import pytest

from oscar_loyalty.flows import sales_counted
from oscar_loyalty.models import Account
from tests import world
from tests.integration.ageing import on
from tests.selling import asked

AT = on("2026-06-15")
FIRST = date(2026, 2, 1)


def customer(*bought, joined=None):
    """Orders by day and money; a member from some day on, or none."""
    user = world.customer()
    for day, amount in bought:
        world.unsignalled(user, amount, at=on(day))
    if joined:
        Account.objects.filter(user=user).update(joined_at=on(joined))
    else:
        world.forget_membership(user)


@pytest.fixture
def shop(programme):
    """Four who joined in February, and whom there is to compare them with."""
    once, twice = ("2025-11-03", "20.00"), (("2025-10-03", "30.00"), ("2025-12-03", "34.00"))
    # Orders of the month itself are on neither side: with them many join.
    joining = ("2026-02-10", "99.00")
    customer(once, joining, ("2026-03-03", "10.00"), ("2026-05-03", "30.00"), joined="2026-02-10")
    customer(once, joined="2026-02-11")
    customer(*twice, ("2026-04-03", "60.00"), joined="2026-02-12")
    customer(("2025-11-03", "500.00"), ("2026-04-03", "7.00"), joined="2026-02-12")
    customer(("2024-11-03", "20.00"), ("2026-04-03", "7.00"), joined="2026-02-12")
    customer(once, ("2026-03-03", "15.00"))
    customer(("2025-09-03", "31.99"), joining)
    customer(("2025-09-03", "16.00"))
    customer(("2025-09-03", "32.00"), ("2026-03-03", "1000.00"))
    customer(*twice, ("2026-03-03", "12.00"), ("2026-03-04", "8.00"))
    customer(*twice)
    sales_counted.run(at=AT)


def test_those_who_joined_beside_others_like_them(shop):
    rows, whole = asked("members", FIRST, at=AT)
    # Members, with their like, orders of each and of their like, money of each and of their like.
    # One in three like the first two ordered again, for £15; and those like the third, on average.
    february = (4, 3, 1, Fraction(5, 9), Fraction(100, 3), Fraction(20, 3))
    assert rows[0] == (date(2026, 2, 1), *february)
    assert rows[1:] == [
        (date(2026, month, 1), 0, 0, None, None, None, None) for month in (3, 4, 5, 6)
    ]
    assert whole[1:] == february


def test_it_ends_with_the_time(shop):
    _rows, whole = asked("members", FIRST, date(2026, 3, 31), at=AT)
    assert whole[3:] == (Fraction(1, 3), Fraction(5, 9), Fraction(10, 3), Fraction(20, 3))
