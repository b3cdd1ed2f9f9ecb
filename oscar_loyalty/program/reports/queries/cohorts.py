"""What becomes of the customers who came in a month."""

from collections.abc import Mapping

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.reports.policy.periods import first_day, month_of
from oscar_loyalty.program.reports.policy.tables import Column, Report, Row, Scope, Table, share
from oscar_loyalty.program.reports.queries import months

COLUMNS = (
    Column("month", _("First order"), "month"),
    Column("customers", _("Customers")),
)


def table(scope: Scope) -> Table:
    period = scope.period.months
    # Of months that have not begun nobody can tell.
    end = min(period.stop, month_of(scope.basis.local_date(scope.at)) + 1)
    found = months.within(scope).filter(cohort__gte=period.start)
    counted = found.values("cohort", "month").annotate(customers=Count("pk"))
    cells = {
        (cohort, month - cohort): customers
        for cohort, month, customers in counted.values_list("cohort", "month", "customers")
    }
    oldest = min((cohort for cohort, _step in cells), default=end)
    steps = range(1, end - oldest)
    columns = [Column(f"month_{step}", f"+{step}", "share", heat=True) for step in steps]
    rows = [_row(cohort, end, cells, steps) for cohort in period if cells.get((cohort, 0))]
    return Table([*COLUMNS, *columns], rows, _together(period, end, cells, steps))


def _row(cohort: int, end: int, cells: Mapping[tuple[int, int], int], steps: range) -> Row:
    size = cells[cohort, 0]
    ordered = {
        f"month_{step}": share(cells.get((cohort, step), 0), size) if cohort + step < end else None
        for step in steps
    }
    return {"month": first_day(cohort), "customers": size, **ordered}


def _together(period: range, end: int, cells: Mapping[tuple[int, int], int], steps: range) -> Row:
    """All cohorts that are old enough for a column, as one."""
    row: dict[str, object] = {"customers": sum(cells.get((cohort, 0), 0) for cohort in period)}
    for step in steps:
        old = [cohort for cohort in period if cohort + step < end]
        ordered, size = (
            sum(cells.get((cohort, after), 0) for cohort in old) for after in (step, 0)
        )
        row[f"month_{step}"] = share(ordered, size)
    return row


REPORT = Report(
    "cohorts",
    _("Do customers who came together stay?"),
    _(
        "A line is about the customers whose first order was in its month. Under +1 stands the "
        "part of them who ordered in the month after, under +2 in the one after that, and so on, "
        "however often. The last line takes together all who have been here for that long."
    ),
    table,
)
