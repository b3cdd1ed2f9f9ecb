"""
Reads a CDNOW file: one purchase a line, as published and as shipped with ``lifetimes``.

``CDNOW_master.txt`` has a heading and four columns: customer, day, units, amount paid.
``CDNOW_sample.txt`` has no heading and five: its second column renumbers the customers of the
sample, and the first is the customer's number in the master file.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

HEADING = ["customer_id", "date", "number_of_cds", "dollar_value"]
WIDTHS = (4, 5)
EARLIEST_DATE = date(1970, 1, 1)
MOST_BYTES = 64 * 1024 * 1024
LONGEST_LINE = 200
MOST_UNITS = 10_000
MOST_PAID = Decimal("100000.00")


class BrokenFile(ValueError):
    """A file that is no purchase history; `line` is None when no single line is to blame."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.reason, self.line = reason, line
        super().__init__(reason if line is None else f"line {line}: {reason}")


@dataclass(frozen=True, slots=True)
class Purchase:
    """One line of the file. `nth` counts the customer's own lines from 1, in file order."""

    customer: str
    nth: int
    date: date
    units: int
    paid: Decimal

    @property
    def number(self) -> str:
        """The order number, the same each time the file is read."""
        return f"CDNOW-{self.customer}-{self.nth}"


def read(path: Path, *, today: date) -> list[Purchase]:
    """
    Every purchase of the file, in file order, none later than `today`.

    :raises BrokenFile: at the first line that cannot be true.
    """
    bought: Counter[str] = Counter()
    purchases = []
    for line, cells in _rows(_content(path)):
        customer = _customer(cells[0], line)
        bought[customer] += 1
        day, units, paid = cells[-3:]
        purchases.append(
            Purchase(
                customer=customer,
                nth=bought[customer],
                date=_date(day, line, today),
                units=_units(units, line),
                paid=_paid(paid, line),
            )
        )
    if not purchases:
        raise BrokenFile("it holds no purchases")
    return purchases


def _content(path: Path) -> bytes:
    try:
        if not path.exists():
            raise BrokenFile("there is no such file")
        # A device has no size and no end.
        if not path.is_file():
            raise BrokenFile("it is not a file")
        if path.stat().st_size > MOST_BYTES:
            raise BrokenFile(f"it is larger than {MOST_BYTES // 1024 // 1024} MB")
        return path.read_bytes()
    except OSError as error:
        raise BrokenFile(f"it cannot be read ({error.strerror})") from error


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line with its number; the heading, where there is one, is left out."""
    width = 0
    for line, raw in enumerate(content.rstrip().splitlines(), start=1):
        cells = _text(raw, line).split()
        if line == 1 and cells == HEADING:
            continue
        width = width or len(cells)
        if len(cells) not in WIDTHS or len(cells) != width:
            raise BrokenFile(_wrong_width(len(cells), width), line)
        yield line, cells


def _text(raw: bytes, line: int) -> str:
    if len(raw) > LONGEST_LINE:
        raise BrokenFile(f"it is longer than {LONGEST_LINE} characters", line)
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise BrokenFile("it is not plain text", line) from error
    if not text.replace("\t", " ").isprintable():
        raise BrokenFile("it is not plain text", line)
    return text


def _wrong_width(found: int, width: int) -> str:
    if width in WIDTHS:
        return f"{width} columns were expected, as in the lines before, but there are {found}"
    return (
        "four columns were expected (customer, date, units, amount), or five "
        f"(customer, number in the sample, date, units, amount), but there are {found}"
    )


def _customer(cell: str, line: int) -> str:
    if not re.fullmatch(r"[0-9]{1,10}", cell):
        raise BrokenFile(f"the customer must be a number of up to ten digits, not “{cell}”", line)
    return cell


def _date(cell: str, line: int, today: date) -> date:
    found = re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", cell)
    if not found:
        raise BrokenFile(f"the date must be written YYYYMMDD, not “{cell}”", line)
    try:
        day = date(*map(int, found.groups()))
    except ValueError as error:
        raise BrokenFile(f"there is no such day as “{cell}”", line) from error
    if day < EARLIEST_DATE:
        raise BrokenFile(f"the date {day} is before {EARLIEST_DATE}", line)
    if day > today:
        raise BrokenFile(f"the date {day} is in the future", line)
    return day


def _units(cell: str, line: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", cell) or not 1 <= int(cell) <= MOST_UNITS:
        raise BrokenFile(f"the units must be from 1 to {MOST_UNITS}, not “{cell}”", line)
    return int(cell)


def _paid(cell: str, line: int) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", cell) or Decimal(cell) > MOST_PAID:
        raise BrokenFile(f"the amount must be from 0.00 to {MOST_PAID}, not “{cell}”", line)
    return Decimal(cell)
