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
_MERGED_INTO = "user__loyalty_account__merged_into__user_id"

#: Customers, orders and money of a month.
Sums = tuple[int, int, Decimal]


def roll_up() -> RollUp | None:
    """Up to where orders were counted; None before the first."""
    return RollUp.objects.first()


def kept_sales(basis: Basis) -> QuerySet[Any]:
    """
    Customers' orders that stand, with the money of each that was kept, `sale_kept`.

    Members who were merged are one customer, as long as the one they were merged into is there.
    """
    return kept_sales_by_profile(basis).annotate(sale_customer=Coalesce(_MERGED_INTO, "user_id"))


def kept_sales_by_profile(basis: Basis) -> QuerySet[Any]:
    """The same, as if nobody had been merged."""
    return _kept(sales.of_customers(basis.currency, basis.time_zone))


def kept_sales_of_nobody(basis: Basis) -> QuerySet[Any]:
    """The same of orders that belong to no customer; nothing is rolled up for them."""
    return _kept(sales.of_nobody(basis.currency, basis.time_zone))


def kept_sales_of_all(basis: Basis) -> QuerySet[Any]:
    """The same of all orders, whosever they are."""
    return _kept(sales.of_all(basis.currency, basis.time_zone))


def merged() -> dict[Any, Any]:
    """Customers who were merged into another, each with the one; staff do it one by one."""
    found = Account.objects.filter(user__isnull=False, merged_into__user__isnull=False)
    return dict(found.values_list("user_id", "merged_into__user_id"))


def profiles_of(customers: Collection[Any]) -> set[Any]:
    """The customers with all whom they were merged with."""
    into = merged()
    ones = {into.get(customer, customer) for customer in customers}
    return {*customers, *ones, *(source for source, one in into.items() if one in ones)}


def _kept(orders: QuerySet[Any]) -> QuerySet[Any]:
    return orders.exclude(loyalty_reduced__stands=False).annotate(
        sale_kept=Coalesce("loyalty_reduced__kept", "sale_paid")
    )


def notes(*, limit: int) -> list[ChangedOrder]:
    """Notes about what has changed, oldest first."""
    return list(ChangedOrder.objects.order_by("pk")[:limit])


def noted() -> tuple[set[str], set[Any]]:
    """The order numbers, and the customers, about whom there are notes."""
    rows = list(ChangedOrder.objects.values_list("order_number", "customer_id"))
    return {number for number, _who in rows if number}, {who for _number, who in rows if who}


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
    counted = CustomerMonth.objects.filter(month=month)
    ids = sold.values_list("sale_customer").union(counted.values_list("customer_id"))
    # In any order: that of orders, by their date, is not among the columns.
    return (customer for (customer,) in ids.order_by().iterator())


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """What the owners of these accounts bought, month by month, and whether that is looked at."""
    owners = Account.objects.filter(pk__in=account_ids, user__isnull=False).values("user_id")
    tables = {"months": CustomerMonth, "recounts": ChangedOrder}
    return {
        name: bulk.rows_in(model.objects.filter(customer_id__in=owners))
        for name, model in tables.items()
    }


def _sums(rows: QuerySet[Any]) -> dict[int, Sums]:
    """SQLite adds money up as floats."""
    return {
        int(month): (customers, placed, Decimal(money).quantize(_CENT))
        for month, customers, placed, money in rows
    }
