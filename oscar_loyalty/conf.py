"""
Every setting a developer may change, read at the moment of use.

What a shop manager changes (rates, tiers, benefits) are rows in the admin, not settings.
"""

from collections.abc import Mapping, Sequence
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
    #: Of a number, the smallest that makes sense.
    least: int = 1

    def __call__(self) -> Value:
        value: Value = getattr(settings, self.name, self.default)
        return value


CANCELLED_STATUSES: Setting[Sequence[str]] = Setting(
    "OSCAR_LOYALTY_CANCELLED_STATUSES",
    ("Cancelled",),
    "Order statuses in which an order carries no points.",
)
RETURNED_LINE_STATUSES: Setting[Sequence[str]] = Setting(
    "OSCAR_LOYALTY_RETURNED_LINE_STATUSES",
    ("Cancelled", "Returned", "Refunded"),
    "Line statuses in which a line of an order carries no points.",
)
RETURN_EVENTS: Setting[Sequence[str]] = Setting(
    "OSCAR_LOYALTY_RETURN_EVENTS",
    ("Returned",),
    "Names of the types of shipping events by which items come back; one for each item.",
)
REFUND_EVENTS: Setting[Sequence[str]] = Setting(
    "OSCAR_LOYALTY_REFUND_EVENTS",
    ("Refunded", "Refund"),
    "Names of the types of payment events by which money goes back.",
)
SWEEP_DAYS: Setting[int] = Setting(
    "OSCAR_LOYALTY_SWEEP_DAYS",
    60,
    "How many days back `loyalty_run` looks for orders and changes that a signal missed.",
)
HISTORY_PAGE_SIZE: Setting[int] = Setting(
    "OSCAR_LOYALTY_HISTORY_PAGE_SIZE",
    20,
    "Entries on one page of a shopper's history.",
)
LOCK_TIMEOUT_MS: Setting[int] = Setting(
    "OSCAR_LOYALTY_LOCK_TIMEOUT_MS",
    # Less than PostgreSQL's deadlock_timeout: of two that wait for each other it is mostly we who
    # give way, not the order that has been paid.
    700,
    "On PostgreSQL, how long a request of the shop may wait for a locked account.",
)
HOLD_MINUTES: Setting[int] = Setting(
    "OSCAR_LOYALTY_HOLD_MINUTES",
    60,
    "How long points are kept for a basket after they were chosen; never less than its payment.",
)
PAUSE_HOURS: Setting[int] = Setting(
    "OSCAR_LOYALTY_PAUSE_HOURS",
    24,
    "How long no points are spent after a change of e-mail address or password; 0 for no pause.",
    least=0,
)
CLAIM_DAYS: Setting[int] = Setting(
    "OSCAR_LOYALTY_CLAIM_DAYS",
    30,
    "For how many days a guest who registers can claim an order.",
)
BASE_URL: Setting[str] = Setting(
    "OSCAR_LOYALTY_BASE_URL",
    "",
    "Where links in messages lead, as in `https://shop.example`; the site's domain when empty.",
)
CHANNELS: Setting[Mapping[str, str]] = Setting(
    "OSCAR_LOYALTY_CHANNELS",
    {
        "email": "oscar_loyalty.shop.channels.Email",
        "site": "oscar_loyalty.shop.channels.Notifications",
    },
    "The ways that messages can go: short names, and the paths of their classes.",
)

ALL: tuple[
    Setting[Sequence[str]] | Setting[int] | Setting[str] | Setting[Mapping[str, str]], ...
] = (
    CANCELLED_STATUSES,
    RETURNED_LINE_STATUSES,
    RETURN_EVENTS,
    REFUND_EVENTS,
    SWEEP_DAYS,
    HISTORY_PAGE_SIZE,
    LOCK_TIMEOUT_MS,
    HOLD_MINUTES,
    PAUSE_HOURS,
    CLAIM_DAYS,
    BASE_URL,
    CHANNELS,
)
