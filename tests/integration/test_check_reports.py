"""`loyalty_check` finds roll-ups that are not what the orders say, and what mends them."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty.flows import books_audited, order_recalculated, sales_counted
from oscar_loyalty.models import CustomerMonth, Programme, ReducedOrder
from tests import comebacks, selling, world

pytestmark = pytest.mark.django_db

ORDERS = "reports say what orders say"
RETURNS = "reports know what came back of an order"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def shop(programme, bob, now):
    """Bob bought twice, months ago, and some of it came back; all was counted."""
    carol = world.customer("carol")
    long_ago = now - timedelta(days=100)
    for number, user in (("1", bob), ("2", carol)):
        world.place(user, "30.00", number=number, at=long_ago)
    kept = world.place(bob, "20.00", number="3", at=long_ago + timedelta(days=40))
    comebacks.refund(kept, "5.00")
    order_recalculated.run("3", at=now)
    sales_counted.run(at=now)
    assert found(now) == []
    return bob


def found(at):
    audit = books_audited.run(at=at)
    return [(one.rule, one.detail.partition(";")[0]) for one in audit.violations]


def about(user):
    return [(ORDERS, f"customer {user.pk}")]


@pytest.mark.parametrize(
    "changes",
    [
        {"spend": "29.99"},
        {"orders": 2, "orders_so_far": 2},
        {"orders_so_far": 7},
        {"next_month": None},
        {"cohort": 1},
    ],
    ids=str,
)
def test_a_month_that_says_something_else(shop, now, changes):
    first = CustomerMonth.objects.filter(customer=shop).order_by("month")[:1]
    CustomerMonth.objects.filter(pk__in=first.values("pk")).update(**changes)
    assert found(now) == about(shop)


def test_a_month_that_is_missing(shop, now):
    CustomerMonth.objects.filter(customer=shop).latest("month").delete()
    assert found(now) == about(shop)


def test_a_month_without_orders(shop, now):
    orders = get_model("order", "Order").objects.filter(number="2")
    carol = orders.get().user
    orders.delete()
    assert set(about(carol)) == {one for one in found(now) if one[0] == ORDERS}


def test_what_came_back_is_not_known(shop, now):
    ReducedOrder.objects.all().delete()
    assert found(now) == [(RETURNS, "order 3"), *about(shop)]


def test_what_did_not_come_back_is(shop, now):
    ReducedOrder.objects.create(
        order=get_model("order", "Order").objects.get(number="1"), kept=1, stands=True
    )
    assert found(now) == [(RETURNS, "order 1"), *about(shop)]


def test_nobody_is_late_before_the_due_jobs_have_run(shop, now):
    world.place(shop, "5.00", number="4", at=now - timedelta(days=50))
    comebacks.refund(get_model("order", "Order").objects.get(number="1"), "5.00")
    order_recalculated.run("1", at=now)
    assert found(now) == []
    Programme.objects.update(time_zone="Asia/Tehran")
    assert found(now) == []


def test_one_account_is_audited_without_all_orders(shop, now):
    CustomerMonth.objects.all().delete()
    audit = books_audited.run(at=now, account_id=shop.loyalty_account.pk)
    assert audit.violations == []


def test_counting_anew_mends_all_and_looking_changes_nothing(shop, now):
    right = selling.rolled_up()
    CustomerMonth.objects.filter(customer=shop).update(spend=1)
    ReducedOrder.objects.update(kept=2)
    wrong, out = selling.rolled_up(), StringIO()
    with pytest.raises(SystemExit):
        call_command("loyalty_check", stdout=out)
    assert (
        f"VIOLATED {ORDERS}: customer {shop.pk}; `loyalty_run --recount` counts" in out.getvalue()
    )
    assert selling.rolled_up() == wrong
    out = StringIO()
    call_command("loyalty_run", "--recount", stdout=out)
    assert "orders counted anew: 3" in out.getvalue()
    assert selling.rolled_up() == right
    assert found(now) == []
