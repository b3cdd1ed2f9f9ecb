"""How many customers stay."""

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
    Column("end", _("Customers at the end")),
    Column("gained", _("Gained")),
    Column("kept", _("Kept")),
    Column("rate", _("Retention rate"), "share"),
)


def table(scope: Scope) -> Table:
    return staying.table(scope, COLUMNS, _row)


def _row(stay: Stay) -> Row:
    return {
        "start": stay.start,
        "end": stay.end,
        "gained": stay.gained,
        "kept": stay.kept,
        "rate": share(stay.kept, stay.start),
    }


REPORT = Report(
    "retention",
    _("How many customers stay?"),
    _(
        "The retention rate is (E − N) / S × 100: customers at the end of the time, without those "
        "gained in it, as a part of those at its start. A customer is who has ordered within the "
        "twelve months before; whoever orders after a longer break is gained anew."
    ),
    table,
)
