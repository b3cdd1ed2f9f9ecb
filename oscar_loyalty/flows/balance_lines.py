"""A file of balances, as another system wrote it: its lines, and what is wrong with them."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.program.ledger import policy

MOST_LINES = 100_000
#: More than this for one member is a slip of the keyboard.
MOST_POINTS = 10_000_000
LONGEST_NOTE = 1000
COLUMNS = ("member", "points", "expires", "note")
_NEEDED = COLUMNS[:2]
#: Days near the ends of the calendar cannot be converted between time zones.
_LAST_YEAR = 2100


class Fault(NamedTuple):
    """What is wrong, and in which line of the file."""

    line: int
    words: str


@dataclass(frozen=True)
class Line:
    """One member's balance; the member as the file names them, the last day it is good on."""

    number: int
    member: str
    points: int
    expires_on: date | None
    note: str


def read(content: bytes, *, today: date) -> tuple[list[Line], list[Fault]]:
    """All lines that can be read, and all that is wrong with the others."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        return [], [Fault(number, _("This is not written in UTF-8; save the file as CSV UTF-8."))]
    if "\0" in text:
        number = text.count("\n", 0, text.index("\0")) + 1
        return [], [Fault(number, _("This is no text; save the file as CSV UTF-8."))]
    lines: list[Line] = []
    faults: list[Fault] = []
    rows = _rows(text)
    try:
        columns, refused = _columns(rows)
        for number, cells in rows if refused is None else ():
            if len(lines) + len(faults) >= MOST_LINES:
                refused = Fault(number, _too_many())
                break
            line, wrong = _line(number, cells, columns, today)
            faults += [Fault(number, words) for words in wrong]
            lines += [line] if line else []
    except csv.Error:
        refused = Fault(1 + text.count("\n"), _("A quotation mark is missing, or too many."))
    if refused is not None:
        faults.append(refused)
    elif not lines and not faults:
        faults.append(Fault(1, _("There is no line below the heading.")))
    return lines, faults


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, and where each begins."""
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, [cell.strip() for cell in cells]
        begins = reader.line_num + 1


def _columns(rows: Iterator[tuple[int, list[str]]]) -> tuple[list[str], Fault | None]:
    """The names in the heading, and why they will not do."""
    number, heading = next(rows, (1, []))
    names = [name.casefold() for name in heading]
    if not set(_NEEDED) <= set(names) <= set(COLUMNS) or len(set(names)) < len(names):
        words = _(
            "The first line must name the columns member and points, and may name expires and "
            "note; each once and no other."
        )
        return [], Fault(number, words)
    return names, None


def _line(
    number: int, cells: list[str], columns: list[str], today: date
) -> tuple[Line | None, list[str]]:
    if len(cells) != len(columns):
        words = ngettext(
            "This line has %(cells)s column, the heading has %(columns)s.",
            "This line has %(cells)s columns, the heading has %(columns)s.",
            len(cells),
        )
        return None, [words % {"cells": len(cells), "columns": len(columns)}]
    told = dict(zip(columns, cells, strict=True))
    points, day, note = told["points"], told.get("expires", ""), told.get("note", "")
    wrong = [refused for refused in _refusals(told["member"], points, day, note, today) if refused]
    if wrong:
        return None, wrong
    expires_on = date.fromisoformat(day) if day else None
    return Line(number, told["member"], int(points), expires_on, note), []


def _refusals(member: str, points: str, day: str, note: str, today: date) -> Iterator[str]:
    if not member:
        yield _("This line names no member.")
    yield _refuse_points(points)
    yield _refuse_day(day, today)
    if len(note) > LONGEST_NOTE or not policy.is_legible("".join(note.split())):
        words = _("The note must be readable text of at most %(limit)s characters.")
        yield words % {"limit": LONGEST_NOTE}


def _refuse_points(text: str) -> str:
    if not re.fullmatch(r"[+-]?\d{1,30}", text):
        return _("%(points)s is no whole number of points such as 150.") % {"points": text or "–"}
    if not 0 < int(text) <= MOST_POINTS:
        words = _("%(points)s is no balance: write 1 to %(limit)s points.")
        return words % {"points": text, "limit": MOST_POINTS}
    return ""


def _refuse_day(text: str, today: date) -> str:
    if not text:
        return ""
    try:
        # Newer Pythons would also take a week, or a day without its dashes.
        day = date.fromisoformat(text) if re.fullmatch(r"[0-9-]{10}", text) else None
    except ValueError:
        day = None
    if day is None or day.year > _LAST_YEAR:
        return _("%(day)s is not a day; write it as 2026-01-31.") % {"day": text}
    if day < today:
        return _("%(day)s is past: these points would have expired already.") % {"day": text}
    return ""


def _too_many() -> str:
    words = ngettext(
        "More than %(limit)s line: split the file.",
        "More than %(limit)s lines: split the file.",
        MOST_LINES,
    )
    return words % {"limit": MOST_LINES}
