"""What customers are worth, as learned from the CDNOW sample's first 39 weeks."""

from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from oscar_loyalty.flows import lifetime_fitted, report_made, sales_counted
from oscar_loyalty.models import LifetimeModel
from sandbox.replay import cdnow as file
from tests import cdnow, selling
from tests.conftest import missing
from tests.selling import asked

AT = datetime(1997, 9, 30, 20, tzinfo=timezone.utc)
FIRST, LAST = date(1997, 1, 1), AT.date()
WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    path = cdnow.file("CDNOW_sample.txt") or missing(cdnow.MISSING)
    purchases = [one for one in file.read(path, today=date(1998, 7, 1)) if one.date <= LAST]
    with django_db_blocker.unblock(), selling.undone():
        selling.sell(purchases)
        sales_counted.run(at=AT)
        lifetime_fitted.run(at=AT)
        yield purchases


def test_the_due_job_learns_what_was_published(db, shop):
    found = LifetimeModel.objects.get().parameters
    rounded = {name: round(value, 3) for name, value in found.items()}
    assert {name: rounded[name] for name in ("r", "alpha", "a", "b")} == {
        "r": 0.243,
        "alpha": 4.414,
        "a": 0.793,
        "b": 2.426,
    }
    # In their note on the model, Fader and Hardie give p = 6.25, q = 3.74 and γ = 15.44.
    assert [round(found[name], 2) for name in ("p", "q", "v")] == [6.25, 3.74, 15.44]


def test_the_value_so_far_is_what_was_paid(db, shop):
    spent, came = defaultdict(list), {}
    for one in sorted(shop, key=lambda one: one.date):
        month = came.setdefault(one.customer, one.date.replace(day=1))
        spent[month].append(one)
    rows, whole = asked("lifetime-value", FIRST, LAST, at=AT)
    for row, month in zip(rows, sorted(spent), strict=True):
        customers, money = len({one.customer for one in spent[month]}), paid(spent[month])
        orders = Fraction(len(spent[month]), customers)
        assert row[:5] == (month, customers, orders, money, Fraction(money) / customers)
    assert whole[3] == paid(shop)


def paid(purchases):
    return sum((one.paid for one in purchases), Decimal(0))


def test_the_value_expected_follows_from_both_models(db, shop):
    rows, whole = asked("lifetime-value", FIRST, LAST, at=AT)
    for row in [*rows, whole]:
        *_so_far, orders, value = row
        assert Fraction(5, 10) < orders < Fraction(12, 10)
        assert 30 * orders < value < 42 * orders
    note = report_made.run("lifetime-value", first=FIRST, last=LAST, at=AT).table.note
    assert note == (
        "The expectation was learned on Sept. 30, 1997: r = 0.243, alpha = 4.414, a = 0.793, "
        "b = 2.426, p = 6.250, q = 3.744, v = 15.444."
    )


def test_it_is_learned_once_a_week(db, shop):
    assert lifetime_fitted.run(at=AT + WEEK - timedelta(seconds=1)) == 0
    assert lifetime_fitted.run(at=AT + WEEK) == 2357
    before, now = LifetimeModel.objects.order_by("fitted_at")
    assert before.expected == {}
    assert before.parameters["r"] != now.parameters["r"]
    assert sum(customers for customers, *_ahead in now.expected.values()) == 2357
