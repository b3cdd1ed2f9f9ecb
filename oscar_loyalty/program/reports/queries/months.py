"""Customers' months: the sets that reports count."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from oscar_loyalty.program.reports.models import CustomerMonth
from oscar_loyalty.program.reports.policy.periods import ACTIVE_MONTHS
from oscar_loyalty.program.reports.policy.tables import Scope
from oscar_loyalty.program.reports.queries import segments

_CENT = Decimal("0.01")


def of(scope: Scope) -> QuerySet[CustomerMonth]:
    """All months of the customers that are asked about."""
    return CustomerMonth.objects.filter(segments.of(scope.segment))


def customers_in_all() -> int:
    """How many customers have ever ordered."""
    return CustomerMonth.objects.filter(previous_month=None).count()


def within(scope: Scope) -> QuerySet[CustomerMonth]:
    """Those in the period."""
    period = scope.period.months
    return of(scope).filter(month__gte=period.start, month__lt=period.stop).order_by()


def last_before(month: int) -> Q:
    """One row for each customer who had ordered before that month: their last one."""
    return Q(month__lt=month) & (Q(next_month=None) | Q(next_month__gte=month))


def active_before(month: int) -> Q:
    """One row for each who had ordered in the twelve months before that one: their last one."""
    return Q(month__gte=month - ACTIVE_MONTHS) & last_before(month)


def by_month(rows: QuerySet[Any]) -> dict[int, int]:
    """How many rows there are of each month."""
    counted = rows.order_by().values("month").annotate(rows=Count("pk"))
    return dict(counted.values_list("month", "rows"))


def cents(amount: Any) -> Decimal:
    """A sum of money; SQLite adds it up as floats, and none is nothing."""
    return Decimal(amount or 0).quantize(_CENT)


def grouped(found: QuerySet[Any], by: Sequence[str], summed: Sequence[str] = ()) -> list[Any]:
    """
    How many rows a query finds of each kind, and their sums: those of `by`, number, sums.

    For queries whose own columns are sums or windows already.
    """
    inner, params = found.query.sql_with_params()
    quoted = [connection.ops.quote_name(name) for name in by]
    columns = [*quoted, "COUNT(*)", *(f"SUM({connection.ops.quote_name(one)})" for one in summed)]
    statement = f"SELECT {', '.join(columns)} FROM ({inner}) AS found GROUP BY {', '.join(quoted)}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()
