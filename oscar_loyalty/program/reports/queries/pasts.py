"""Customers' pasts by days with orders, and what was made of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from oscar_loyalty.program.reports.models import LifetimeModel
from oscar_loyalty.program.reports.policy.tables import Basis
from oscar_loyalty.program.reports.queries import counting, months

CHUNK = 2000
#: A day counts once, however many orders it has; what the first one brought is nobody's habit yet.
_PASTS = """
    SELECT COUNT(*) - 1, MIN(day), MAX(day), SUM(CASE WHEN place > 1 THEN spend ELSE 0 END)
      FROM (SELECT sale_customer AS customer, sale_day AS day, SUM(sale_kept) AS spend,
                   ROW_NUMBER() OVER (PARTITION BY sale_customer ORDER BY sale_day) AS place
              FROM ({sales}) AS sale
             GROUP BY sale_customer, sale_day) AS days
     GROUP BY customer
     ORDER BY customer
"""


@dataclass(frozen=True)
class Past:
    """A customer's days with orders: the first, how many others, the last, and their money."""

    first: date
    repeats: int
    last: date
    spent: Decimal


def all_of_them(basis: Basis, *, before: datetime) -> Iterator[Past]:
    """Every customer who has ordered before then, bit by bit."""
    sales = counting.kept_sales(basis).filter(sale_at__lt=before)
    found, params = sales.values("sale_customer", "sale_day", "sale_kept").query.sql_with_params()
    with connection.chunked_cursor() as cursor:
        cursor.execute(_PASTS.format(sales=found), params)
        while rows := cursor.fetchmany(CHUNK):
            for repeats, first, last, spent in rows:
                yield Past(_day(first), repeats, _day(last), months.cents(spent))


def outlook() -> LifetimeModel | None:
    """The newest of what was made of them."""
    return LifetimeModel.objects.order_by("-fitted_at").first()


def _day(value: Any) -> date:
    """SQLite has no days."""
    return date.fromisoformat(value) if isinstance(value, str) else value
