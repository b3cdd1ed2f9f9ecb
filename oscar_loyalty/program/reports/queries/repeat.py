"""How many customers buy again."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.reports.policy.periods import first_day
from oscar_loyalty.program.reports.policy.tables import (
    Chart,
    Column,
    Report,
    Row,
    Scope,
    Table,
    share,
)
from oscar_loyalty.program.reports.queries import months

COLUMNS = (
    Column("month", _("Month"), "month"),
    Column("buyers", _("Customers who ordered")),
    Column("again", _("Of these, not for the first time")),
    Column("rate", _("Repeat purchase rate"), "share"),
)
#: More than one order by the end of the row's month.
AGAIN = Q(orders_so_far__gte=2)


def table(scope: Scope) -> Table:
    period = scope.period.months
    found = months.within(scope)
    buyers, again = months.by_month(found), months.by_month(found.filter(AGAIN))
    rows = [
        {"month": first_day(month), **_row(buyers.get(month, 0), again.get(month, 0))}
        for month in period
    ]
    each_once = found.filter(months.last_before(period.stop))
    total = _row(each_once.count(), each_once.filter(AGAIN).count())
    return Table(COLUMNS, rows, total, Chart("line", "month", ("rate",)))


def _row(buyers: int, again: int) -> Row:
    return {"buyers": buyers, "again": again, "rate": share(again, buyers)}


REPORT = Report(
    "repeat",
    _("How many customers buy again?"),
    _(
        "The repeat purchase rate is the part of the customers who ordered in the time whose "
        "orders by its end were two or more, whenever the first was."
    ),
    table,
)
