"""Who was a customer when, who stayed, who came and who went."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import F, Q

from oscar_loyalty.program.reports.policy.periods import ACTIVE_MONTHS, first_day
from oscar_loyalty.program.reports.policy.tables import Chart, Column, Row, Scope, Table
from oscar_loyalty.program.reports.queries import months


@dataclass(frozen=True)
class Stay:
    """Customers at the start and at the end of a time, and how many of these were gained in it."""

    start: int
    end: int
    gained: int

    @property
    def kept(self) -> int:
        """Those of the start who still are customers at the end."""
        return self.end - self.gained

    @property
    def lost(self) -> int:
        """Those of the start who are not."""
        return self.start - self.kept


def table(scope: Scope, columns: Sequence[Column], figures: Callable[[Stay], Row]) -> Table:
    """What the columns say of each month, and of the period."""
    rows = [{"month": first_day(month), **figures(stay)} for month, stay in by_month(scope).items()]
    return Table(columns, rows, figures(over_all(scope)), Chart("line", "month", ("rate",)))


def by_month(scope: Scope) -> dict[int, Stay]:
    """
    For each month of the period.

    Whoever ordered in a month is a customer at its end. They are lost at the end of the twelfth
    month after it, unless they have ordered meanwhile; and gained by an order that no other came
    before in the twelve months.
    """
    rows, period = months.of(scope), scope.period.months
    in_period = Q(month__gte=period.start, month__lt=period.stop)
    is_gain = Q(previous_month=None) | Q(previous_month__lt=F("month") - ACTIVE_MONTHS)
    gained = months.by_month(rows.filter(in_period & is_gain))
    ending = Q(month__gte=period.start - ACTIVE_MONTHS, month__lt=period.stop - ACTIVE_MONTHS)
    is_loss = Q(next_month=None) | Q(next_month__gt=F("month") + ACTIVE_MONTHS)
    lost = months.by_month(rows.filter(ending & is_loss))
    found, start = {}, rows.filter(months.active_before(period.start)).count()
    for month in period:
        came = gained.get(month, 0)
        end = start + came - lost.get(month - ACTIVE_MONTHS, 0)
        found[month] = Stay(start, end, came)
        start = end
    return found


def over_all(scope: Scope) -> Stay:
    """For the period as a whole: whoever was lost in it and came back has stayed."""
    rows, period = months.of(scope), scope.period.months
    at_start = rows.filter(months.active_before(period.start))
    at_end = rows.filter(months.active_before(period.stop))
    stayed = at_start.filter(customer__in=at_end.values("customer_id")).count()
    end = at_end.count()
    return Stay(at_start.count(), end, end - stayed)
