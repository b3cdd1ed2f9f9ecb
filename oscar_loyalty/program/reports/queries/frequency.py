"""How often customers order."""

from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.reports.policy.periods import first_day
from oscar_loyalty.program.reports.policy.tables import (
    Chart,
    Column,
    Report,
    Row,
    Scope,
    Table,
    per,
)
from oscar_loyalty.program.reports.queries import months

COLUMNS = (
    Column("month", _("Month"), "month"),
    Column("orders", _("Orders")),
    Column("customers", _("Customers who ordered")),
    Column("frequency", _("Orders of each"), "ratio"),
)


def table(scope: Scope) -> Table:
    found = months.within(scope)
    sums = found.values("month").annotate(placed=Sum("orders"), customers=Count("pk"))
    known = {month: row for month, *row in sums.values_list("month", "placed", "customers")}
    rows = [
        {"month": first_day(month), **_row(*known.get(month, (0, 0)))}
        for month in scope.period.months
    ]
    placed = sum(orders for orders, _customers in known.values())
    each_once = found.filter(months.last_before(scope.period.months.stop))
    total = _row(placed, each_once.count())
    return Table(COLUMNS, rows, total, Chart("line", "month", ("frequency",)))


def _row(orders: int, customers: int) -> Row:
    return {"orders": orders, "customers": customers, "frequency": per(orders, customers)}


REPORT = Report(
    "frequency",
    _("How often do customers order?"),
    _(
        "The purchase frequency is the number of orders, divided by the number of customers who "
        "placed them. Who ordered in several months counts once for the whole time."
    ),
    table,
)
