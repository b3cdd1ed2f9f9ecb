"""Orders rolled up by customer and month: always what the orders themselves would say."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from oscar.core.loading import get_model

from oscar_loyalty.errors import ReportRefused
from oscar_loyalty.flows import due_jobs, order_claimed, report_made, sales_counted
from oscar_loyalty.models import ChangedOrder, CustomerMonth, Programme, ReducedOrder, RollUp
from oscar_loyalty.program.reports.policy.periods import month_of
from tests import selling, world
from tests.world import MARCH, NEW_YEAR

AT = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)
LAST_YEAR = datetime(2025, 2, 10, 12, tzinfo=timezone.utc)


@pytest.fixture
def shop(programme, bob):
    """Bob bought in February 2025, twice in January 2026, and in March; all were counted."""
    carol = world.customer("carol")
    world.unsignalled(bob, "100.00", number="last-year", at=LAST_YEAR)
    world.unsignalled(bob, "20.10", number="january", at=NEW_YEAR)
    world.unsignalled(bob, "0.20", number="small", at=NEW_YEAR + timedelta(days=1))
    world.unsignalled(bob, "40.00", number="march", at=MARCH)
    world.unsignalled(carol, "7.50", number="carol", at=MARCH)
    world.unsignalled(None, "500.00", number="guest", at=MARCH)
    world.unsignalled(bob, "900.00", number="dollars", at=MARCH, currency="USD")
    sales_counted.run(at=AT)
    return bob


def months(user):
    rows = CustomerMonth.objects.filter(customer=user).order_by("month")
    return list(rows.values_list("month", "orders", "spend", "orders_so_far", "spend_so_far"))


FEBRUARY_2025, JANUARY, MARCH_2026 = (month_of(at.date()) for at in (LAST_YEAR, NEW_YEAR, MARCH))


def test_each_month_stands_beside_what_came_before(shop):
    assert months(shop) == [
        (FEBRUARY_2025, 1, Decimal("100.00"), 1, Decimal("100.00")),
        (JANUARY, 2, Decimal("20.30"), 3, Decimal("120.30")),
        (MARCH_2026, 1, Decimal("40.00"), 4, Decimal("160.30")),
    ]
    january = CustomerMonth.objects.get(customer=shop, month=JANUARY)
    assert (january.cohort, january.previous_month) == (FEBRUARY_2025, FEBRUARY_2025)
    assert january.next_month == MARCH_2026
    assert (january.first_at, january.last_at) == (NEW_YEAR, NEW_YEAR + timedelta(days=1))


def test_the_clock_of_the_programme_says_which_month_it_is(programme, bob):
    Programme.objects.update(time_zone="America/New_York")
    world.unsignalled(bob, "5.00", at=datetime(2026, 2, 1, 3, tzinfo=timezone.utc))
    sales_counted.run(at=AT)
    assert [row[0] for row in months(bob)] == [JANUARY]
    Programme.objects.update(time_zone="Asia/Tehran")
    sales_counted.run(at=AT)
    assert [row[0] for row in months(bob)] == [JANUARY + 1]


def refund(number, amount):
    """Money goes back as Oscar's payment source writes it down."""
    order = get_model("order", "Order").objects.get(number=number)
    kind, _made = get_model("payment", "SourceType").objects.get_or_create(name="Card")
    source = get_model("payment", "Source").objects.create(order=order, source_type=kind)
    source.create_deferred_transaction("Refund", Decimal(amount))
    source.transactions.create(txn_type="Refund", amount=Decimal(amount))


def test_last_years_order_is_refunded_today(shop, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        refund("last-year", "30.01")
    assert list(ChangedOrder.objects.values_list("order_number", flat=True)) == ["last-year"]
    assert sales_counted.run(at=AT) == 1
    assert months(shop)[0] == (FEBRUARY_2025, 1, Decimal("69.99"), 1, Decimal("69.99"))
    assert months(shop)[-1][-1] == Decimal("130.29")
    assert not ChangedOrder.objects.exists()
    assert selling.rolled_up() == selling.counted_anew(AT)


def test_an_order_that_is_wholly_refunded_was_none(shop, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        refund("last-year", "100.00")
    sales_counted.run(at=AT)
    assert [row[:2] for row in months(shop)] == [(JANUARY, 2), (MARCH_2026, 1)]
    january = CustomerMonth.objects.get(customer=shop, month=JANUARY)
    assert (january.cohort, january.previous_month) == (JANUARY, None)
    assert selling.rolled_up() == selling.counted_anew(AT)


def test_an_order_is_cancelled_and_reinstated(shop):
    order = get_model("order", "Order").objects.get(number="march")
    order.set_status("Cancelled")
    sales_counted.run(at=AT)
    assert [row[0] for row in months(shop)] == [FEBRUARY_2025, JANUARY]
    order.set_status("Pending")
    sales_counted.run(at=AT)
    assert [row[0] for row in months(shop)] == [FEBRUARY_2025, JANUARY, MARCH_2026]
    assert not ReducedOrder.objects.exists()


def test_new_orders_are_found_by_themselves(shop):
    order = world.place(shop, "11.00", at=AT)
    assert not ChangedOrder.objects.exists(), "a checkout writes nothing for reports"
    assert sales_counted.run(at=AT) == 1
    assert months(shop)[-1][1:3] == (1, Decimal("11.00"))
    assert sales_counted.run(at=AT) == 0
    order.delete()
    sales_counted.run(at=AT)
    assert months(shop)[-1][1:3] == (1, Decimal("11.00")), "nobody says that an order was deleted"
    sales_counted.run(at=AT + timedelta(days=1))
    assert months(shop)[-1][0] == MARCH_2026


def test_the_sweep_finds_what_no_signal_told(shop):
    late = AT - timedelta(days=3)
    world.unsignalled(shop, "60.00", number="late", at=late)
    sales_counted.run(at=AT)
    orders = get_model("order", "Order").objects
    orders.filter(number="late").update(status="Cancelled")
    sales_counted.run(at=AT)
    assert months(shop)[-1][1:3] == (1, Decimal("60.00"))
    sales_counted.run(at=AT + timedelta(days=1))
    assert months(shop)[-1][0] == MARCH_2026
    orders.filter(number="late").update(status="Pending", total_incl_tax="61.00")
    sales_counted.run(at=AT + timedelta(days=2))
    assert months(shop)[-1][1:3] == (1, Decimal("61.00"))
    assert selling.rolled_up() == selling.counted_anew(AT)


def test_who_deletes_their_profile_is_nobodys_customer(shop):
    shop.delete()
    assert set(CustomerMonth.objects.values_list("customer__username", flat=True)) == {"carol"}
    assert selling.rolled_up() == selling.counted_anew(AT)


def test_a_claimed_order_becomes_the_customers(shop):
    order_claimed.run("guest", shop.pk, at=MARCH)
    sales_counted.run(at=AT)
    assert months(shop)[-1][1:3] == (2, Decimal("540.00"))


def test_counting_that_broke_off_begins_anew(shop, monkeypatch):
    before = selling.rolled_up()
    with pytest.raises(RuntimeError), monkeypatch.context() as broken:
        broken.setattr(sales_counted.orders, "customers_after", _power_cut)
        sales_counted.run_anew(at=AT)
    with pytest.raises(ReportRefused):
        report_made.run("retention", at=AT)
    sales_counted.run(at=AT)
    assert selling.rolled_up() == before
    assert RollUp.objects.get().counted_at == AT


def _power_cut(*args, **kwargs):
    raise RuntimeError


def test_it_is_one_of_the_due_jobs(programme, bob):
    world.unsignalled(bob, "5.00", at=MARCH)
    assert due_jobs.run(at=AT)["orders counted for the reports"] == 1
    assert months(bob) == [(MARCH_2026, 1, Decimal("5.00"), 1, Decimal("5.00"))]


def test_a_note_that_comes_while_its_order_is_counted_stays(shop, monkeypatch):
    sales_counted.reports.note_changed("march")
    forget = sales_counted.reports.forget_notes

    def and_another_comes(ids):
        forget(ids)
        if not noted:
            noted.append(sales_counted.reports.note_changed("march"))

    noted = []
    monkeypatch.setattr(sales_counted.reports, "forget_notes", and_another_comes)
    assert sales_counted.run(at=AT) == 2
    assert not ChangedOrder.objects.exists()


def test_of_a_young_shop_nothing_is_expected(programme, bob):
    world.unsignalled(bob, "5.00", at=MARCH)
    assert due_jobs.run(at=AT)["customers whose value was estimated"] == 1
    (row,), whole = selling.asked("lifetime-value", at=AT)
    assert row[1:] == (1, 1, Decimal("5.00"), 5, None, None)
    assert whole[1:] == row[1:]
    note = report_made.run("lifetime-value", at=AT).table.note
    assert note.startswith("Too few customers have come again")


def test_nothing_is_expected_of_a_part(programme):
    sales_counted.run(at=AT)
    with pytest.raises(ReportRefused, match="always about all customers"):
        report_made.run("lifetime-value", segment="members", at=AT)
