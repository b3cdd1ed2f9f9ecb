"""The only writer of the roll-ups."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from oscar_loyalty import bulk
from oscar_loyalty.program.reports.models import (
    ChangedOrder,
    CustomerMonth,
    LifetimeModel,
    ReducedOrder,
    RollUp,
)
from oscar_loyalty.program.reports.policy.estimates.outlook import Outlook
from oscar_loyalty.program.reports.policy.tables import Basis
from oscar_loyalty.program.reports.queries import counting

_COLUMNS = (
    "customer",
    "month",
    "cohort",
    "previous_month",
    "next_month",
    "orders",
    "spend",
    "orders_so_far",
    "spend_so_far",
    "first_at",
    "last_at",
)
#: SQLite adds money up as floats, hence the rounding, which elsewhere changes nothing.
_MONTHS = """
    SELECT customer, month, MIN(month) OVER whole, LAG(month) OVER so_far, LEAD(month) OVER so_far,
           orders, spend, SUM(orders) OVER so_far, ROUND(SUM(spend) OVER so_far, 2),
           first_at, last_at
      FROM (SELECT sale_customer AS customer, sale_month AS month, COUNT(*) AS orders,
                   ROUND(SUM(sale_kept), 2) AS spend, MIN(sale_at) AS first_at,
                   MAX(sale_at) AS last_at
              FROM ({sales}) AS sale
             GROUP BY sale_customer, sale_month) AS bought
    WINDOW whole AS (PARTITION BY customer), so_far AS (PARTITION BY customer ORDER BY month)
"""


def note_changed(order_number: str) -> None:
    """Let an order be counted anew: what it counts for may be something else by now."""
    ChangedOrder.objects.create(order_number=order_number)


def lock() -> RollUp:
    """The row of whoever counts, locked; made where it is missing."""
    RollUp.objects.get_or_create(singleton=1)
    return RollUp.objects.select_for_update().get(singleton=1)


def begin_anew(basis: Basis, *, counted_to: int) -> None:
    """Note that everything is being counted from the beginning, and by what."""
    row = lock()
    row.currency, row.time_zone = basis.currency, basis.time_zone
    row.counted_to, row.counted_at, row.swept_on = counted_to, None, None
    row.save()


def note_counted(*, at: datetime) -> None:
    """Note that all orders there are were counted."""
    RollUp.objects.filter(singleton=1).update(counted_at=at)


def note_counted_to(order_id: int) -> None:
    """Note up to which order they were."""
    RollUp.objects.filter(singleton=1).update(counted_to=order_id)


def note_swept(day: date) -> None:
    """Note that what signals may have missed was looked for that day."""
    RollUp.objects.filter(singleton=1).update(swept_on=day)


def forget_notes(ids: Collection[int]) -> None:
    """Drop notes about orders that have been counted anew."""
    ChangedOrder.objects.filter(pk__in=ids).delete()


def keep(order_ids: Collection[int], reduced: Mapping[int, Decimal | None]) -> None:
    """Note which of these orders are reduced, and what was kept; None of what stands no more."""
    ReducedOrder.objects.filter(pk__in=order_ids).delete()
    ReducedOrder.objects.bulk_create(
        ReducedOrder(order_id=pk, kept=kept or Decimal(0), stands=kept is not None)
        for pk, kept in reduced.items()
    )


def count(basis: Basis, customers: Collection[Any]) -> None:
    """Write down anew what these customers bought, month by month."""
    # Of nobody there is no statement.
    if customers:
        _count(
            CustomerMonth.objects.filter(customer_id__in=customers),
            counting.kept_sales(basis).filter(sale_customer__in=customers),
        )


def count_between(basis: Basis, after: Any, last: Any) -> None:
    """The same for all customers whose ids lie beyond `after` up to `last`; None for no limit."""
    rows, orders = CustomerMonth.objects.all(), counting.kept_sales(basis)
    if after is not None:
        rows, orders = rows.filter(customer_id__gt=after), orders.filter(sale_customer__gt=after)
    if last is not None:
        rows, orders = rows.filter(customer_id__lte=last), orders.filter(sale_customer__lte=last)
    _count(rows, orders)


def keep_outlook(outlook: Outlook, *, at: datetime) -> None:
    """Note what customers may still be worth; of older notes only the parameters stay."""
    LifetimeModel.objects.filter(fitted_at__lt=at).update(expected={})
    expected = {
        month: (one.customers, one.orders, one.spend) for month, one in outlook.expected.items()
    }
    LifetimeModel.objects.update_or_create(
        fitted_at=at, defaults={"parameters": outlook.parameters, "expected": expected}
    )


def _count(rows: QuerySet[CustomerMonth], orders: QuerySet[Any]) -> None:
    rows.delete()
    sold = orders.values("sale_customer", "sale_month", "sale_at", "sale_kept")
    found, params = sold.query.sql_with_params()
    bulk.insert_found(CustomerMonth, _COLUMNS, _MONTHS.format(sales=found), params)
