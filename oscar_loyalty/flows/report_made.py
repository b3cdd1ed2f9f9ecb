"""Somebody asks for a report."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from oscar_loyalty.errors import ReportRefused
from oscar_loyalty.flows import sales_counted
from oscar_loyalty.program.reports.policy import periods
from oscar_loyalty.program.reports.policy.periods import Period
from oscar_loyalty.program.reports.policy.tables import ALL, Report, Scope, Table
from oscar_loyalty.program.reports.queries import REPORTS, counting, segments

#: Days near the ends of the calendar cannot be converted between time zones.
FIRST_YEAR = 1990


@dataclass(frozen=True)
class Made:
    """A report with its table, for what, and as things were at which moment."""

    report: Report
    scope: Scope
    table: Table
    counted_at: datetime


def run(
    name: str,
    *,
    first: date | None = None,
    last: date | None = None,
    segment: str = ALL,
    at: datetime,
) -> Made:
    """
    Answer the question of a report for the days from `first` to `last`, of a part of the customers.

    Without days it is about the last twelve months.

    :raises ReportRefused: if there is no such report or segment, or no such time has been.
    """
    report = REPORTS.get(name)
    if report is None:
        raise ReportRefused(
            _("There is no report “%(name)s”; there are: %(names)s.")
            % {"name": name, "names": ", ".join(REPORTS)}
        )
    basis = sales_counted.current_basis()
    period = _period(first, last, basis.local_date(at))
    scope = Scope(
        period.in_whole_months if report.rolled_up else period,
        _segment(report, segment),
        basis,
        at,
    )
    counted_at = _orders_counted_at() if report.rolled_up else at
    return Made(report, scope, report.table(scope), counted_at)


def _orders_counted_at() -> datetime:
    row = counting.roll_up()
    if row is None or row.counted_at is None:
        raise ReportRefused(_("The orders have not been counted yet; the due jobs will do it."))
    return row.counted_at


def _period(first: date | None, last: date | None, today: date) -> Period:
    if any(day and day.year < FIRST_YEAR for day in (first, last)):
        raise ReportRefused(_("There are no orders from such a day."))
    if first and last and last < first:
        raise ReportRefused(_("The time ends before it begins."))
    if first and first > today:
        raise ReportRefused(_("The time has not begun yet."))
    last = min(last or today, today)
    return Period(first or periods.usual(last).first, last)


def _segment(report: Report, segment: str) -> str:
    known = dict(segments.choices())
    if segment not in known:
        raise ReportRefused(
            _("There is no segment “%(name)s”; there are: %(names)s.")
            % {"name": segment, "names": ", ".join(known)}
        )
    if segment != ALL and not report.segmented:
        raise ReportRefused(_("This report is always about all customers."))
    return segment
