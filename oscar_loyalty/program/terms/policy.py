"""The programme's terms, frozen, and what follows from them by arithmetic alone."""

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
Downgrade = Literal["never", "one-rung", "to-qualified"]


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
    measure: Measure
    window: Window
    window_months: int
    downgrade: Downgrade
    grace_days: int
    starts_at: datetime

    @cached_property
    def rate(self) -> Fraction:
        """Points for one unit of the currency, exact."""
        return Fraction(self.earn_points) / Fraction(self.earn_amount)

    def worth(self, points: int) -> Decimal:
        """What `points` are worth in money, rounded down to the hundredth."""
        exact = Decimal(points) * self.value_amount / self.value_points
        return exact.quantize(Decimal("0.01"), rounding=ROUND_DOWN)

    def local_date(self, at: datetime) -> date:
        """The day it is at `at` where the programme lives."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

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


def returned_share(
    earn_points: int, earn_amount: Decimal, value_points: int, value_amount: Decimal
) -> Fraction:
    """The part of a price that comes back as points: above 1 the shop pays people to buy."""
    return Fraction(earn_points) / Fraction(earn_amount) * Fraction(value_amount) / value_points
