"""A report's table as figures for a chart."""

from typing import Any

from oscar_loyalty.program.reports.policy.tables import Column, Row, Table
from oscar_loyalty.words import figures


def picture(table: Table, currency: str) -> dict[str, Any] | None:
    """What the script draws; None where there is nothing to see."""
    chart = table.chart
    if chart is None or table.is_empty:
        return None
    columns = {column.name: column for column in table.columns}
    drawn = [columns[name] for name in chart.series]
    return {
        "shape": chart.shape,
        "unit": _unit(drawn[0], currency),
        "labels": [figures.shown(row.get(chart.x), columns[chart.x], "") for row in table.rows],
        "series": [
            {"title": str(column.title), "figures": [_figure(row, column) for row in table.rows]}
            for column in drawn
        ],
    }


def _figure(row: Row, column: Column) -> float | None:
    cell = row.get(column.name)
    return None if cell is None or isinstance(cell, str) else float(figures.plain(cell, column))


def _unit(column: Column, currency: str) -> str:
    if column.kind in ("money", "average"):
        return f"\N{NO-BREAK SPACE}{currency}"
    return "\N{NO-BREAK SPACE}%" if column.kind == "share" else ""
