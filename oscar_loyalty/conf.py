"""
Every setting a developer may change, read at the moment of use.

What a shop manager changes (rates, tiers, benefits) are rows in the admin, not settings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.conf import settings

Value = TypeVar("Value")


@dataclass(frozen=True)
class Setting(Generic[Value]):
    """A Django setting with its default and its meaning; call it to read it."""

    name: str
    default: Value
    meaning: str

    def __call__(self) -> Value:
        value: Value = getattr(settings, self.name, self.default)
        return value


CANCELLED_STATUSES: Setting[Sequence[str]] = Setting(
    "OSCAR_LOYALTY_CANCELLED_STATUSES",
    ("Cancelled",),
    "Order statuses in which an order carries no points.",
)
SWEEP_DAYS: Setting[int] = Setting(
    "OSCAR_LOYALTY_SWEEP_DAYS",
    60,
    "How many days back `loyalty_run` looks for orders and status changes that a signal missed.",
)
HISTORY_PAGE_SIZE: Setting[int] = Setting(
    "OSCAR_LOYALTY_HISTORY_PAGE_SIZE",
    20,
    "Entries on one page of a shopper's history.",
)
LOCK_TIMEOUT_MS: Setting[int] = Setting(
    "OSCAR_LOYALTY_LOCK_TIMEOUT_MS",
    2000,
    "On PostgreSQL, how long a request of the shop may wait for a locked account.",
)

ALL: tuple[Setting[Sequence[str]] | Setting[int], ...] = (
    CANCELLED_STATUSES,
    SWEEP_DAYS,
    HISTORY_PAGE_SIZE,
    LOCK_TIMEOUT_MS,
)
