"""The cells of a report's table: for people, for files, and for machines."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.utils.formats import date_format, number_format

from oscar_loyalty.program.reports.policy.tables import Cell, Column, Kind
from oscar_loyalty.shop import money

#: Digits after the point: of a share in per cent, and of what is no whole number.
_DIGITS: dict[Kind, int] = {"money": 2, "average": 2, "share": 1, "ratio": 2}
#: Enough for machines to go on with.
_MANY = 6
#: A spreadsheet takes what begins so for a formula, also after blanks and in full width.
_FORMULA = re.compile(r"[\s\ufeff]*[=+\-@\t\r\n＝＋－＠]")


def shown(cell: Cell, column: Column, currency: str) -> str:
    """A cell in the reader's language, rounded; a dash where there is no figure."""
    if cell is None:
        return "–"
    if isinstance(cell, date):
        return str(
            date_format(cell, "YEAR_MONTH_FORMAT" if column.kind == "month" else "DATE_FORMAT")
        )
    if isinstance(cell, str):
        return cell
    figure = rounded(cell, column.kind)
    if column.kind in ("money", "average"):
        return money.formatted(figure, currency)
    text = str(number_format(figure, force_grouping=True))
    return f"{text}\N{NO-BREAK SPACE}%" if column.kind == "share" else text


def plain(cell: Cell, column: Column) -> str:
    """A cell of a file: figures with a point and nothing else, months as 2026-01."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.strftime("%Y-%m") if column.kind == "month" else cell.isoformat()
    if isinstance(cell, str):
        return harmless(cell)
    return str(rounded(cell, column.kind))


def machine(cell: Cell, column: Column) -> str | int | float | None:
    """A cell for programs: money as text, lest it becomes a float; shares as parts of one."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, date) or column.kind in ("money", "average"):
        return plain(cell, column)
    return cell if isinstance(cell, int) else round(float(cell), _MANY)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def rounded(figure: int | Decimal | Fraction, kind: Kind) -> Decimal:
    """A figure as it is shown; a share in per cent."""
    exact = Fraction(figure) * (100 if kind == "share" else 1)
    digits = Decimal(1).scaleb(-_DIGITS.get(kind, 0))
    return (Decimal(exact.numerator) / exact.denominator).quantize(digits, ROUND_HALF_UP)
