"""Members who were merged are one customer to the reports, for as long as both are there."""

from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model

from oscar_loyalty.flows import (
    accounts_merged,
    member_erased,
    profile_deleted,
    report_made,
    sales_counted,
)
from oscar_loyalty.models import ChangedOrder, CustomerMonth
from oscar_loyalty.program.reports.policy.periods import month_of
from tests import comebacks, selling, world
from tests.functional.desk import owner
from tests.integration.ageing import on
from tests.selling import asked

AT = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)
FIRST, LAST = date(2026, 1, 1), date(2026, 5, 31)
JANUARY, MARCH = (month_of(date(2026, month, 1)) for month in (1, 3))


@pytest.fixture
def two(programme):
    """Dora bought in January and in March, and as Dolly in March; all were counted."""
    owner()
    dora, dolly = world.customer("dora"), world.customer("dolly")
    world.unsignalled(dora, "10.00", number="first", at=on("2026-01-10"))
    world.unsignalled(dora, "20.00", number="second", at=on("2026-03-10"))
    world.unsignalled(dolly, "5.50", number="other", at=on("2026-03-20"))
    sales_counted.run(at=AT)
    return dora, dolly


@pytest.fixture
def one(two):
    merge(*two)
    return two


def merge(gone, stays):
    accounts = (gone.loyalty_account.pk, stays.loyalty_account.pk)
    actor = get_user_model().objects.get(username="owner")
    accounts_merged.run(*accounts, note="Same", actor_id=actor.pk, at=AT)
    sales_counted.run(at=AT)


def months():
    rows = CustomerMonth.objects.order_by("customer__username", "month")
    return list(rows.values_list("customer__username", "month", "orders", "spend"))


def assert_exact():
    """Counting everything from the beginning comes to the same."""
    assert selling.rolled_up() == selling.counted_anew(AT)
    assert not ChangedOrder.objects.exists()


TOGETHER = [("dolly", JANUARY, 1, Decimal("10.00")), ("dolly", MARCH, 2, Decimal("25.50"))]


def test_a_merge_makes_one_customer_of_two(two):
    assert asked("repeat", FIRST, LAST, at=AT)[1][1:3] == (2, 1)
    merge(*two)
    assert months() == TOGETHER
    assert_exact()
    assert asked("repeat", FIRST, LAST, at=AT)[1][1:3] == (1, 1)
    assert asked("order-value", FIRST, LAST, at=AT)[1][-2] == Decimal("35.50")


def test_orders_of_either_are_that_customers(one, django_capture_on_commit_callbacks):
    dora, _dolly = one
    order = world.unsignalled(dora, "4.00", number="later", at=on("2026-03-30"))
    sales_counted.run(at=AT)
    assert months() == [TOGETHER[0], ("dolly", MARCH, 3, Decimal("29.50"))]
    with django_capture_on_commit_callbacks(execute=True):
        comebacks.refund(order, "4.00")
    sales_counted.run(at=AT)
    assert months() == TOGETHER
    assert_exact()


def test_who_was_merged_before_goes_along(one):
    emma = world.customer("emma")
    merge(one[1], emma)
    assert {row[0] for row in months()} == {"emma"}
    assert_exact()


@pytest.mark.parametrize(
    ("leaves", "left"),
    [
        ("dora", [("dolly", MARCH, 1, Decimal("5.50"))]),
        (
            "dolly",
            [("dora", JANUARY, 1, Decimal("10.00")), ("dora", MARCH, 1, Decimal("20.00"))],
        ),
    ],
)
def test_one_of_them_deletes_the_profile(one, leaves, left):
    next(user for user in one if user.username == leaves).delete()
    sales_counted.run(at=AT)
    assert months() == left
    assert_exact()


def test_whose_profile_alone_had_orders_leaves_nothing_behind(two):
    dora, dolly = two
    dolly.orders.all().delete()
    merge(dora, dolly)
    assert {row[0] for row in months()} == {"dolly"}
    dora.delete()
    sales_counted.run(at=AT)
    assert months() == []
    assert_exact()


def test_once_the_member_is_erased_nobody_knows_that_they_are_one(one):
    member_erased.run(one[1].loyalty_account.pk, at=AT)
    sales_counted.run(at=AT)
    assert {(name, spend) for name, _month, _orders, spend in months()} == {
        ("dolly", Decimal("5.50")),
        ("dora", Decimal("10.00")),
        ("dora", Decimal("20.00")),
    }
    assert_exact()


def test_who_was_merged_is_no_visitor(two):
    emma = world.customer("emma")
    get_user_model().objects.update(date_joined=on("2025-12-01"))
    asked_for = {"first": FIRST, "last": LAST, "at": AT}
    visited = report_made.run("stages", **asked_for).table.total["visited"]
    merge(emma, two[1])
    assert report_made.run("stages", **asked_for).table.total["visited"] == visited - 1


def test_a_profile_that_is_gone_already_is_noted_late(one, monkeypatch):
    _dora, dolly = one
    monkeypatch.setattr(profile_deleted, "run", lambda *args, **kwargs: None)
    dolly.delete()
    monkeypatch.undo()
    profile_deleted.run_missed(at=AT)
    sales_counted.run(at=AT)
    assert {row[0] for row in months()} == {"dora"}
    assert_exact()
