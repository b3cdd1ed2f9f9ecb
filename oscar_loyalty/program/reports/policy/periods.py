"""
Months and periods.

A month is the number of months since the year 0, so that twelve months earlier is a subtraction, in
Python as in SQL.
"""

from dataclasses import dataclass
from datetime import date, timedelta

#: Who has ordered within so many months is a customer still.
ACTIVE_MONTHS = 12
#: Reports begin so many months back where nobody says otherwise, this one included.
USUAL_MONTHS = 12

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def months(self) -> range:
        """The months that it touches."""
        return range(month_of(self.first), month_of(self.last) + 1)

    @property
    def in_whole_months(self) -> "Period":
        """The same, from the first day of its first month to the last of its last."""
        return Period(first_day(self.months.start), first_day(self.months.stop) - _ONE_DAY)


def month_of(day: date) -> int:
    """The month of a day."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """The day on which a month begins."""
    year, place = divmod(month, 12)
    return date(year, place + 1, 1)


def usual(last: date) -> Period:
    """The period of a report for which only its end is known."""
    return Period(first_day(month_of(last) - USUAL_MONTHS + 1), last)
