"""What counts as a change of how a customer signs in, and when a birthday is celebrated."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from oscar_loyalty.facts import Credentials

#: A birthday that is new, or another one, counts so long after it was entered, not tomorrow.
WAIT = timedelta(days=30)
#: A worker may stand still for so long, and nobody's birthday is missed; later it would be odd.
LATE = timedelta(days=14)
#: So long after one present nobody gets another, whatever they say of their birthday by then.
APART = timedelta(days=300)
#: Nobody was born longer ago, in years.
OLDEST = 130
#: A leap year: any day that a calendar can have.
_LEAP_YEAR = 2000
_LEAP_DAY = 229

#: What is wrong with a birthday: no such day, none in that year, or an impossible year.
Fault = Literal["day", "leap-day", "year"]


@dataclass(frozen=True)
class Birth:
    """When somebody was born: the day as 100 for each month and one for each day."""

    month_day: int
    year: int | None = None


def changed(before: Credentials, after: Credentials) -> tuple[str, ...]:
    """
    What is another than it was: `email-changed`, `password-changed`.

    An address written otherwise reaches the same mailbox. A first address takes nothing from
    anybody: nobody could have been reached at another.
    """
    changes = []
    if before.email and _spelt(before.email) != _spelt(after.email):
        changes.append("email-changed")
    if before.password != after.password:
        changes.append("password-changed")
    return tuple(changes)


def days_of_months() -> tuple[tuple[int, int], ...]:
    """The first and the last day of every month, as a birth has them."""
    lengths = ((month, calendar.monthrange(_LEAP_YEAR, month)[1]) for month in range(1, 13))
    return tuple((month * 100 + 1, month * 100 + days) for month, days in lengths)


def fault(birth: Birth, today: date) -> Fault | None:
    """The first thing that makes it nobody's birthday who lives `today`; None for a real one."""
    if not any(first <= birth.month_day <= last for first, last in days_of_months()):
        return "day"
    if birth.year is None:
        return None
    if not today.year - OLDEST <= birth.year <= today.year:
        return "year"
    if birth.month_day == _LEAP_DAY and not calendar.isleap(birth.year):
        return "leap-day"
    return "year" if celebrated_in(birth.year, birth.month_day) > today else None


def celebrated_in(year: int, month_day: int) -> date:
    """The day it is celebrated on in a year: of 29 February the 28th where there is none."""
    if month_day == _LEAP_DAY and not calendar.isleap(year):
        month_day -= 1
    return date(year, *divmod(month_day, 100))


def next_celebrated(month_day: int, since: date, *, after_year: int = 0) -> date:
    """The first celebration from that day on, in a later year than the one celebrated last."""
    year = max(since.year, after_year + 1)
    first = celebrated_in(year, month_day)
    return first if first >= since else celebrated_in(year + 1, month_day)


def next_after(celebrated: tuple[int, int | None] | None, month_day: int, *, today: date) -> date:
    """
    The first celebration from today on that is not too soon after the last.

    That was in some year, of a month and day that may be forgotten: then it was the latest it can
    have been. Nobody's day comes twice in one year.
    """
    if celebrated is None:
        return next_celebrated(month_day, today)
    year, known = celebrated
    last = celebrated_in(year, known) if known else min(date(year, 12, 31), today)
    return next_celebrated(month_day, max(today, last + APART), after_year=year)


def meant(month_day: int, next_date: date, *, entered_on: date, today: date) -> date:
    """
    The birthday that is still to be celebrated when `next_date` was to be the next.

    The same, unless it is too long ago by now; what had to wait first is not late for that.
    """
    latest = max(next_date, entered_on + WAIT) + LATE
    return next_date if today <= latest else next_celebrated(month_day, today - LATE)


def changeable_on(changed_on: date | None) -> date | None:
    """The day from which it may be changed again: once in a year; None for at any time."""
    if changed_on is None:
        return None
    return celebrated_in(changed_on.year + 1, changed_on.month * 100 + changed_on.day)


def _spelt(address: str) -> str:
    return address.strip().casefold()
