"""A report's table as staff see it: on a page, and as a file."""

import csv
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from oscar_loyalty.flows.report_made import Made
from oscar_loyalty.program.reports.policy.tables import Column, Row, Table
from oscar_loyalty.words import figures
from oscar_loyalty.words import reports as words

#: Shares are told apart by so many shades.
SHADES = 10


@dataclass(frozen=True)
class ShownCell:
    """A cell; `shade` is its darkness from 0 to 10, None where there is none."""

    text: str
    is_label: bool
    shade: int | None = None


@dataclass(frozen=True)
class ShownTable:
    """What stands above, in, and below a table."""

    question: str
    period: str
    headings: list[ShownCell]
    rows: list[list[ShownCell]]
    is_empty: bool
    nothing: str
    counted: list[str]
    made: Made


def shown(made: Made) -> ShownTable:
    """The report in the reader's language."""
    table = made.table
    headings, rows = cells(table, made.scope.basis.currency)
    return ShownTable(
        question=str(made.report.question),
        period=words.period(made.scope.period, made.report),
        headings=headings,
        rows=rows,
        is_empty=table.is_empty,
        nothing=words.nothing(),
        counted=words.how_counted(made.report, table, made.scope.basis),
        made=made,
    )


def cells(table: Table, currency: str) -> tuple[list[ShownCell], list[list[ShownCell]]]:
    """The headings and the rows of any table."""
    columns, most = table.columns, _most(table)
    headings = [ShownCell(str(column.title), _is_label(column)) for column in columns]
    return headings, [
        [_cell(row, column, currency, most) for column in columns] for row in words.rows_of(table)
    ]


def as_csv(made: Made) -> HttpResponse:
    """The report as a file."""
    period = made.scope.period
    return csv_of(made.table, f"loyalty-{made.report.name}-{period.first}-{period.last}.csv")


def csv_of(table: Table, name: str) -> HttpResponse:
    """Any table as a file of that name."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    csv.writer(response).writerows(words.lines(table))
    return response


def _cell(row: Row, column: Column, currency: str, most: Any) -> ShownCell:
    cell: Any = row.get(column.name)
    is_shaded = column.heat and cell is not None
    shade = int(cell / most * SHADES) if is_shaded and most else None
    return ShownCell(figures.shown(cell, column, currency), _is_label(column), shade)


def _most(table: Table) -> Any:
    """The largest of the shares that are told apart; of the others each is a part of it."""
    names = [column.name for column in table.columns if column.heat]
    return max((row.get(name) or 0 for row in table.rows for name in names), default=0)


def _is_label(column: Column) -> bool:
    return column.kind in ("text", "month", "day")
