"""How customers' months follow from their orders, and whether they do."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from oscar_loyalty.program.reports.models import CustomerMonth
from oscar_loyalty.program.reports.policy.tables import Basis
from oscar_loyalty.program.reports.queries import counting

#: The columns of a customer's months, as `months_in` finds them.
COLUMNS = (
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
#: Whose months are not what their orders come to, in either way.
_DIFFERENT = """
    WITH sold ({names}) AS ({months}), counted AS (SELECT {columns} FROM {table})
    SELECT {customer} FROM (SELECT * FROM sold EXCEPT SELECT * FROM counted) AS missing
     UNION
    SELECT {customer} FROM (SELECT * FROM counted EXCEPT SELECT * FROM sold) AS wrong
"""


def months_in(orders: QuerySet[Any]) -> tuple[str, Sequence[Any]]:
    """The statement that works out customers' months from their orders, with its parameters."""
    sold = orders.values("sale_customer", "sale_month", "sale_at", "sale_kept")
    found, params = sold.query.sql_with_params()
    return _MONTHS.format(sales=found), params


def wrong(basis: Basis) -> list[Any]:
    """The customers of whom the roll-ups say something else than their orders."""
    quoted, meta = connection.ops.quote_name, CustomerMonth._meta
    columns = ", ".join(quoted(meta.get_field(name).column) for name in COLUMNS)
    months, params = months_in(counting.kept_sales(basis))
    statement = _DIFFERENT.format(
        names=columns,
        months=months,
        columns=columns,
        table=quoted(meta.db_table),
        customer=quoted(meta.get_field("customer").column),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [customer for (customer,) in cursor.fetchall()]
