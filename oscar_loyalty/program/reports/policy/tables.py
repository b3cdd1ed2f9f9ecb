"""
What a report is: a question, how its figures are counted, and a table that answers it.

Figures in tables are exact; only who shows them rounds. A figure that cannot be, such as a share of
nobody, is None.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from zoneinfo import ZoneInfo

from oscar_loyalty.program.reports.policy.periods import Period, first_day

#: How a column is shown. A `share` is a part of one, shown in per cent; an `average` is money, and
#: a `ratio` is neither.
Kind = Literal["text", "month", "day", "count", "money", "average", "share", "ratio"]
_LABELS = ("text", "month", "day")
#: What stands in a row: words, a day (the first one for a month), or a figure.
Cell = str | date | int | Decimal | Fraction | None
#: The cells of a row, by the names of their columns.
Row = Mapping[str, Cell]

#: Everybody.
ALL = "all"
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Basis:
    """The currency in which orders count, and the time zone in which days and months begin."""

    currency: str
    time_zone: str

    def local_date(self, at: datetime) -> date:
        """The day it is at that moment."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def midnight(self, day: date) -> datetime:
        """The moment at which a day begins."""
        return datetime.combine(day, time.min, tzinfo=ZoneInfo(self.time_zone))

    def begins(self, month: int) -> datetime:
        """The moment at which a month begins."""
        return self.midnight(first_day(month))


@dataclass(frozen=True)
class Scope:
    """What is asked for: of which period and segment, seen at which moment."""

    period: Period
    segment: str
    basis: Basis
    at: datetime

    @property
    def begins_at(self) -> datetime:
        """The moment at which the period begins."""
        return self.basis.midnight(self.period.first)

    @property
    def ends_at(self) -> datetime:
        """The moment at which it is over."""
        return self.basis.midnight(self.period.last + _ONE_DAY)


@dataclass(frozen=True)
class Column:
    """A column: its `name` is for machines, its translatable `title` for people."""

    name: str
    title: Any
    kind: Kind = "count"
    #: Whether its shares are told apart by colour, too.
    heat: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture of some columns, over the column `x`; rows in `total` are left out."""

    shape: Literal["line", "bar", "stacked"]
    x: str
    series: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """
    Columns and rows; `total` is a last row for the whole period, without its first column.

    `note` is what else is to be said about how these figures came about.
    """

    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    chart: Chart | None = None
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see: no rows, or no figure but zeros."""
        names = [column.name for column in self.columns if column.kind not in _LABELS]
        return not any(row.get(name) for row in self.all_rows for name in names)

    @property
    def all_rows(self) -> Sequence[Row]:
        """The rows with the one that sums them up, as files have them."""
        return [*self.rows, *([self.total] if self.total else [])]


@dataclass(frozen=True)
class Report:
    """
    A question with its answer.

    `question` and `counted`, how it is counted, are translatable. What is `rolled_up` is about
    customers' orders, and in whole months, where others are about the books, to the day; what is
    `segmented` can be asked of some customers only.
    """

    name: str
    question: Any
    counted: Any
    table: Callable[[Scope], Table]
    rolled_up: bool = field(default=True, kw_only=True)
    segmented: bool = field(default=True, kw_only=True)


def share(part: int, whole: int) -> Fraction | None:
    """A part of a whole; None of nothing."""
    return Fraction(part, whole) if whole else None


def per(amount: Decimal | int, count: int) -> Fraction | None:
    """How much comes to each; None to nobody."""
    return Fraction(amount) / count if count else None
