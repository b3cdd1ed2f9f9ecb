"""When occasions are: days that come back every year, in several calendars, put into ours."""

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Literal

import jdatetime
from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter
from hijridate import Hijri

What = Literal[
    "fixed",
    "new-year",
    "nowruz",
    "yalda",
    "eid-al-fitr",
    "eid-al-adha",
    "easter-western",
    "easter-orthodox",
]

#: A day that was announced is the calculated one, or one so near to it.
MOST_MOVED = timedelta(days=7)
#: Has any day that a year can have.
_LEAP_YEAR = 2000
_HIJRI = ("eid-al-fitr", "eid-al-adha")
_SOLAR_HIJRI = ("nowruz", "yalda")


@dataclass(frozen=True)
class Feast:
    """
    A day that comes back every year.

    `month` and `day` are those of a fixed date. `announced` is a day that somebody has named for
    one year: it counts instead of the calculated one that it is near to.
    """

    what: What
    month: int = 0
    day: int = 0
    announced: date | None = None


@dataclass(frozen=True)
class Occurrence:
    """A feast in one year: the day that the calendar gives, which names it, and the day it is."""

    calendar_date: date
    kept_date: date


def occurrences(feast: Feast, *, since: date) -> Iterator[Occurrence]:
    """The feast from that day on, soonest first, as far as its calendar is known."""
    for year in count(_first_year(feast.what, since)):
        try:
            calculated = _DAYS[feast.what](feast, year)
        except (ValueError, OverflowError):  # The tables end here.
            return
        kept = _kept(feast, calculated)
        if kept >= since:
            yield Occurrence(calculated, kept)


def due(feast: Feast, *, days_ahead: int, today: date) -> Occurrence | None:
    """The feast that is so many days ahead or fewer, to the day itself; None when none is."""
    near = next(occurrences(feast, since=today), None)
    return near if near and (near.kept_date - today).days <= days_ahead else None


def named(feast: Feast, calendar_date: date) -> Occurrence | None:
    """The feast that the calendar has on that day; None when it has none there any more."""
    found = next(occurrences(feast, since=calendar_date - MOST_MOVED), None)
    return found if found and found.calendar_date == calendar_date else None


def is_day(month: int, day: int) -> bool:
    """Whether there is such a day, in leap years at least."""
    try:
        date(_LEAP_YEAR, month, day)
    except (ValueError, OverflowError):
        return False
    return True


def _kept(feast: Feast, calculated: date) -> date:
    announced = feast.announced
    return announced if announced and abs(announced - calculated) <= MOST_MOVED else calculated


def _first_year(what: What, since: date) -> int:
    """A year of the feast's own calendar that is over by then, and not for long."""
    if what in _SOLAR_HIJRI:
        return since.year - 622
    if what in _HIJRI:
        # 33 of its years are 32 of ours.
        return (since.year - 622) * 33 // 32 - 1
    return since.year - 1


def _fixed(feast: Feast, year: int) -> date:
    """29 February is the 28th where there is none."""
    last = calendar.monthrange(year, feast.month)[1]
    return date(year, feast.month, min(feast.day, last))


def _solar_hijri(year: int, month: int, day: int) -> date:
    found: date = jdatetime.date(year, month, day).togregorian()
    return found


def _hijri(year: int, month: int, day: int) -> date:
    return date.fromordinal(Hijri(year, month, day).to_gregorian().toordinal())


_DAYS: dict[What, Callable[[Feast, int], date]] = {
    "fixed": _fixed,
    "new-year": lambda feast, year: date(year, 1, 1),
    "nowruz": lambda feast, year: _solar_hijri(year, 1, 1),
    "yalda": lambda feast, year: _solar_hijri(year, 9, 30),
    "eid-al-fitr": lambda feast, year: _hijri(year, 10, 1),
    "eid-al-adha": lambda feast, year: _hijri(year, 12, 10),
    "easter-western": lambda feast, year: easter(year, EASTER_WESTERN),
    "easter-orthodox": lambda feast, year: easter(year, EASTER_ORTHODOX),
}
