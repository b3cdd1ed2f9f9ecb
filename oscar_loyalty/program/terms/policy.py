"""The programme's terms, frozen, and what follows from them by arithmetic alone."""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

Base = Literal["incl-tax", "excl-tax"]
Spendable = Literal["at-once", "after-days", "on-status"]
Measure = Literal["spend", "points", "orders"]
Window = Literal["rolling", "calendar-year", "lifetime"]
Clawback = Literal["debt", "what-there-is"]
Downgrade = Literal["never", "one-rung", "to-qualified"]
Expiry = Literal["never", "after-earning", "fixed-dates", "inactivity"]

_FIXED_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
#: A leap year: any day that a calendar can have.
_LEAP_YEAR = 2000
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Lifetime:
    """How long points are good: `months`, or until the next of the `days` of each year."""

    expiry: Expiry
    months: int
    days: tuple[tuple[int, int], ...] = ()

    @property
    def is_endless(self) -> bool:
        """Whether points are good for ever."""
        return self.expiry == "never" or (self.expiry == "fixed-dates" and not self.days)

    def last_day(self, earned_on: date) -> date | None:
        """The last day on which points earned on that day are good; None when that is for ever."""
        if self.is_endless:
            return None
        if self.expiry == "fixed-dates":
            ahead = self._fixed_days((earned_on.year, earned_on.year + 1))
            return min(day for day in ahead if day >= earned_on)
        return months_after(earned_on, self.months)

    def first_good_day(self, today: date) -> date | None:
        """The first day whose points are good `today`: all earned before have lapsed."""
        if self.is_endless:
            return None
        if self.expiry == "fixed-dates":
            past = self._fixed_days((today.year - 1, today.year))
            return max(day for day in past if day < today) + _ONE_DAY
        day = months_after(today, -self.months)
        # Months end unevenly: several days may have the same last day.
        while months_after(day, self.months) >= today:
            day -= _ONE_DAY
        return day + _ONE_DAY

    def _fixed_days(self, years: Iterable[int]) -> list[date]:
        return [_in_month(year, month, day) for year in years for month, day in self.days]


@dataclass(frozen=True)
class Terms:
    """What the shop promises: `earn_points` for every `earn_amount`, and what points are worth."""

    active: bool
    currency: str
    time_zone: str
    earn_points: int
    earn_amount: Decimal
    base: Base
    counts_shipping: bool
    minimum_order: Decimal
    value_points: int
    value_amount: Decimal
    spendable: Spendable
    spendable_after_days: int
    spendable_status: str
    signup_points: int
    redeemable: bool
    redeem_minimum: int
    redeem_step: int
    redeem_share: int
    redeem_without_tier: bool
    earns_on_redeemed: bool
    clawback: Clawback
    return_grace_days: int
    measure: Measure
    window: Window
    window_months: int
    downgrade: Downgrade
    grace_days: int
    expiry: Expiry
    expiry_months: int
    expiry_dates: str
    expiry_grace_days: int
    expiry_after_warning: bool
    expiry_tightened_at: datetime | None
    active_by_orders: bool
    active_by_earning: bool
    active_by_spending: bool
    starts_at: datetime

    @cached_property
    def rate(self) -> Fraction:
        """Points for one unit of the currency, exact."""
        return Fraction(self.earn_points) / Fraction(self.earn_amount)

    @cached_property
    def value(self) -> Fraction:
        """Money that one point is worth, exact."""
        return Fraction(self.value_amount) / self.value_points

    def worth(self, points: int) -> Decimal:
        """What `points` are worth in money, rounded down to the hundredth."""
        exact = Decimal(points) * self.value_amount / self.value_points
        return exact.quantize(Decimal("0.01"), rounding=ROUND_DOWN)

    def local_date(self, at: datetime) -> date:
        """The day it is at `at` where the programme lives."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def local_time(self, at: datetime) -> datetime:
        """`at` by the clocks where the programme lives."""
        return at.astimezone(ZoneInfo(self.time_zone))

    def midnight(self, day: date) -> datetime:
        """The moment `day` begins where the programme lives."""
        return datetime.combine(day, time.min, tzinfo=ZoneInfo(self.time_zone))

    def spendable_in(self, status: str) -> bool:
        """Whether an order's points are spendable because of its status."""
        return self.spendable == "on-status" and status == self.spendable_status

    def available_at(self, placed_at: datetime) -> datetime | None:
        """When points of an order become spendable by the calendar; None when a status decides."""
        if self.spendable == "on-status":
            return None
        if self.spendable == "after-days":
            return placed_at + timedelta(days=self.spendable_after_days)
        return placed_at

    def last_day_before(self, moment: datetime) -> date:
        """The last day that something is good for which ends at `moment`."""
        return self.local_date(moment - timedelta(microseconds=1))

    def end_of(self, day: date) -> datetime:
        """The moment `day` is over where the programme lives."""
        return self.midnight(day + _ONE_DAY)

    def end_of_return_grace(self, at: datetime) -> datetime:
        """What comes back at that moment is good for whole days, until then at least."""
        if not self.return_grace_days:
            return at
        return self.end_of(self.local_date(at) + timedelta(days=self.return_grace_days))

    def end_of_months(self, earned_at: datetime, months: int) -> datetime:
        """The moment when points earned then, and good for so many months, are good no more."""
        return self.end_of(months_after(self.local_date(earned_at), months))

    @property
    def counts_expiry_in_months(self) -> bool:
        """Whether points are good for a number of months, which a tier may change."""
        return self.expiry in ("after-earning", "inactivity")

    @property
    def counts_expiry_from_spendable(self) -> bool:
        """Whether points expire only on a day that comes after they could be spent."""
        return self.expiry == "fixed-dates"

    def lifetime(self, months: int | None = None) -> Lifetime:
        """How long points are good, with the `months` of a tier where it has its own."""
        return Lifetime(self.expiry, months or self.expiry_months, fixed_days(self.expiry_dates))

    def lapsed_before(self, at: datetime, *, months: int | None = None) -> datetime | None:
        """
        Points earned before this moment have lapsed at `at`; None when none ever do.

        On fixed days, only those that could be spent before it.
        """
        first = self.lifetime(months).first_good_day(self.local_date(at))
        return self.midnight(first) if first else None

    def grace_since(self, at: datetime) -> datetime:
        """Terms that became shorter since this moment do not touch older points yet."""
        return self.midnight(self.local_date(at) - timedelta(days=self.expiry_grace_days))

    def spared_before(self, at: datetime) -> datetime | None:
        """Points earned before this moment cannot lapse yet; None when no grace runs."""
        tightened_at = self.expiry_tightened_at
        return tightened_at if tightened_at and tightened_at >= self.grace_since(at) else None

    def good_until(
        self,
        earned_at: datetime,
        *,
        spendable_since: datetime | None = None,
        months: int | None = None,
        active_at: datetime | None = None,
        changed_at: datetime | None = None,
    ) -> date | None:
        """
        The last day of points earned at that moment by a member last active at `active_at`.

        On fixed days those that waited are good for as long as if earned at `spendable_since`.
        `changed_at` is when the member came to the tier whose `months` these are.
        """
        since = spendable_since if self.counts_expiry_from_spendable else None
        counted_from = max(filter(None, (earned_at, active_at, since)))
        last = self.lifetime(months).last_day(self.local_date(counted_from))
        return self.spared_until(last, earned_at, changed_at=changed_at) if last else None

    def spared_until(
        self, last: date, earned_at: datetime, *, changed_at: datetime | None = None
    ) -> date:
        """The last day of points that would be good to `last`, were it not for the grace."""
        shortened = [moment for moment in (self.expiry_tightened_at, changed_at) if moment]
        graces = [
            self.local_date(moment) + timedelta(days=self.expiry_grace_days)
            for moment in shortened
            if earned_at < moment
        ]
        return max([last, *graces])


def fixed_days(text: str) -> tuple[tuple[int, int], ...]:
    """
    Months and days written as "06-30, 12-31", in the order of the year.

    :raises ValueError: if one of them is no day of any year.
    """
    days = set()
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        written = _FIXED_DAY.fullmatch(part)
        if written is None:
            raise ValueError(part)
        month, day = int(written[1]), int(written[2])
        date(_LEAP_YEAR, month, day)
        days.add((month, day))
    return tuple(sorted(days))


def months_after(day: date, months: int) -> date:
    """`day` moved by `months`, to the month's last day where the month is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return _in_month(year, month + 1, day.day)


def least_days(months: int) -> int:
    """How many days so many months are at least."""
    starts = [date(2001, month, 1) for month in range(1, 13)]
    return min((months_after(start, months) - start).days for start in starts)


def is_tighter(before: Terms | None, after: Terms) -> bool:
    """Whether points may lapse sooner under the new terms; in doubt they may."""
    if not after.active:
        return False
    if before and not before.active:
        # Points may have a day of their own, even where others never expire.
        return True
    if after.expiry == "never":
        return False
    if before is None or before.expiry != after.expiry:
        return True
    if after.expiry == "fixed-dates":
        return not set(fixed_days(after.expiry_dates)) <= set(fixed_days(before.expiry_dates))
    return after.expiry_months < before.expiry_months or (
        after.expiry == "inactivity" and not _activities(after) >= _activities(before)
    )


def _activities(terms: Terms) -> set[str]:
    names = ("active_by_orders", "active_by_earning", "active_by_spending")
    return {name for name in names if getattr(terms, name)}


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def returned_share(
    earn_points: int, earn_amount: Decimal, value_points: int, value_amount: Decimal
) -> Fraction:
    """The part of a price that comes back as points: above 1 the shop pays people to buy."""
    return Fraction(earn_points) / Fraction(earn_amount) * Fraction(value_amount) / value_points
