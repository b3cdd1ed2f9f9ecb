"""A birthday in words."""

from datetime import date

from django.utils.formats import date_format

from oscar_loyalty.words.wording import written

#: A leap year: any day that a calendar can have.
_LEAP_YEAR = 2000


def told(month_day: int, year: int | None) -> str:
    """The day and the month, with the year if it is known, as the reader's language writes them."""
    day = date(year or _LEAP_YEAR, *divmod(month_day, 100))
    return written(day) if year else str(date_format(day, "MONTH_DAY_FORMAT"))
