"""What the roll-ups are made from, and how far they have come."""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce

from oscar_loyalty import bulk
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.program.reports.models import (
    ChangedOrder,
    CustomerMonth,
    ReducedOrder,
    RollUp,
)
from oscar_loyalty.program.reports.policy.tables import Basis
from oscar_loyalty.shop import sales

_CENT = Decimal("0.01")

#: Customers, orders and money of a month.
Sums = tuple[int, int, Decimal]


def roll_up() -> RollUp | None:
    """Up to where orders were counted; None before the first."""
    return RollUp.objects.first()


def kept_sales(basis: Basis) -> QuerySet[Any]:
    """Customers' orders that stand, with the money of each that was kept, `sale_kept`."""
    return _kept(sales.of_customers(basis.currency, basis.time_zone))


def kept_sales_of_nobody(basis: Basis) -> QuerySet[Any]:
    """The same of orders that belong to no customer; nothing is rolled up for them."""
    return _kept(sales.of_nobody(basis.currency, basis.time_zone))


def _kept(orders: QuerySet[Any]) -> QuerySet[Any]:
    return orders.exclude(loyalty_reduced__stands=False).annotate(
        sale_kept=Coalesce("loyalty_reduced__kept", "sale_paid")
    )


def notes(*, limit: int) -> list[tuple[int, str]]:
    """Notes about orders that have changed, oldest first: id and order number."""
    return list(ChangedOrder.objects.order_by("pk").values_list("pk", "order_number")[:limit])


def reduced(numbers: QuerySet[Any] | None = None) -> Iterator[str]:
    """Numbers of orders of which something had come back; of those alone where some are given."""
    rows = ReducedOrder.objects.order_by("pk")
    rows = rows.filter(order__number__in=numbers) if numbers is not None else rows
    return rows.values_list("order__number", flat=True).iterator()


def kept_of(order_ids: Collection[int]) -> dict[int, Decimal | None]:
    """What was kept of those of the orders that are reduced; None of one that does not stand."""
    rows = ReducedOrder.objects.filter(order_id__in=order_ids)
    return {
        pk: kept if stands else None
        for pk, kept, stands in rows.values_list("pk", "kept", "stands")
    }


def counted_by_month(first: int) -> dict[int, Sums]:
    """What the roll-ups say of each month from that one on."""
    rows = CustomerMonth.objects.filter(month__gte=first).values("month")
    found = rows.annotate(
        customers=Count("pk"), placed=Sum("orders"), money=Sum("spend")
    ).values_list("month", "customers", "placed", "money")
    return _sums(found)


def sold_by_month(basis: Basis, *, since: datetime) -> dict[int, Sums]:
    """What the orders themselves say of each month since then."""
    rows = kept_sales(basis).filter(sale_at__gte=since).values("sale_month")
    found = rows.annotate(
        customers=Count("sale_customer", distinct=True), placed=Count("pk"), money=Sum("sale_kept")
    ).values_list("sale_month", "customers", "placed", "money")
    return _sums(found)


def customers_of(basis: Basis, month: int, *, since: datetime, before: datetime) -> Iterator[Any]:
    """Customers who have ordered in a month, by their orders or by the roll-ups."""
    sold = sales.of_customers(basis.currency, basis.time_zone)
    sold = sold.filter(sale_at__gte=since, sale_at__lt=before)
    counted = CustomerMonth.objects.filter(month=month).order_by()
    ids = sold.values_list("sale_customer").union(counted.values_list("customer_id"))
    return (customer for (customer,) in ids.iterator())


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """What the owners of these accounts bought, month by month."""
    owners = Account.objects.filter(pk__in=account_ids, user__isnull=False)
    found = CustomerMonth.objects.filter(customer_id__in=owners.values("user_id"))
    return {"months": bulk.rows_in(found)}


def _sums(rows: QuerySet[Any]) -> dict[int, Sums]:
    """SQLite adds money up as floats."""
    return {
        int(month): (customers, placed, Decimal(money).quantize(_CENT))
        for month, customers, placed, money in rows
    }
