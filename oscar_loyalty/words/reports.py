"""What stands around the table of a report."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from oscar_loyalty.program.reports.policy.periods import Period
from oscar_loyalty.program.reports.policy.tables import Basis, Report, Row, Table
from oscar_loyalty.words import figures


def period(asked: Period, report: Report) -> str:
    """The time that a report is about."""
    if report.rolled_up:
        first, last = (date_format(day, "YEAR_MONTH_FORMAT") for day in (asked.first, asked.last))
    else:
        first, last = (date_format(day, "DATE_FORMAT") for day in (asked.first, asked.last))
    if first == last:
        return str(first)
    return _("%(first)s to %(last)s") % {"first": first, "last": last}


def how_counted(report: Report, table: Table, basis: Basis) -> list[str]:
    """How its figures are counted, in paragraphs."""
    rolled_up = _of_orders(basis) if report.rolled_up else ""
    return [text for text in (str(report.counted), table.note, rolled_up) if text]


def lines(table: Table) -> list[list[str]]:
    """The table as a file has it: its headings, then its rows."""
    rows = [
        [figures.plain(row.get(column.name), column) for column in table.columns]
        for row in rows_of(table)
    ]
    return [[str(column.title) for column in table.columns], *rows]


def nothing() -> str:
    """That there is nothing to see."""
    return _("There is nothing to count in this time.")


def rows_of(table: Table) -> list[Row]:
    """The rows, and the last one under a name that says what it is."""
    if table.total is None:
        return list(table.rows)
    first = table.columns[0]
    name = _("The whole time") if first.kind == "month" else _("All together")
    return [*table.rows, {**table.total, first.name: name}]


def _of_orders(basis: Basis) -> str:
    return _(
        "Counted are orders of customers with an account, in %(currency)s, with the money that was "
        "kept of them after refunds and returns. Orders that were cancelled or wholly refunded do "
        "not count, and those of guests and of profiles that were deleted belong to no customer. "
        "Months are those of the calendar, by the clock of %(time_zone)s; one that is not over "
        "counts as if it ended now."
    ) % {"currency": basis.currency, "time_zone": basis.time_zone}
