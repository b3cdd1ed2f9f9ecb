"""How many customers are lost."""

from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.reports.policy.tables import (
    Column,
    Report,
    Row,
    Scope,
    Table,
    share,
)
from oscar_loyalty.program.reports.queries import staying
from oscar_loyalty.program.reports.queries.staying import Stay

COLUMNS = (
    Column("month", _("Month"), "month"),
    Column("start", _("Customers at the start")),
    Column("lost", _("Lost")),
    Column("rate", _("Churn rate"), "share"),
)


def table(scope: Scope) -> Table:
    return staying.table(scope, COLUMNS, _row)


def _row(stay: Stay) -> Row:
    return {"start": stay.start, "lost": stay.lost, "rate": share(stay.lost, stay.start)}


REPORT = Report(
    "churn",
    _("How many customers are lost?"),
    _(
        "The churn rate is the part of the customers at the start of the time who are none any "
        "more at its end. A customer is who has ordered within the twelve months before."
    ),
    table,
)
