"""Which messages there are, whether one may go now, and when it is tried again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

#: A member may want no marketing at all, whatever is said of its kinds.
MARKETING = "marketing"
#: The channel that every shop has.
EMAIL = "email"
WEEK = timedelta(days=7)
#: Whoever holds a message longer than this is taken for dead; longer than any task may run.
LEASE = timedelta(minutes=10)
#: After each failure, so long; after the last there is no further try.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
TRIES = len(WAITS) + 1

#: Why a message is not sent at all.
Reason = Literal[
    "switched-off",
    "unwanted",
    "restrained",
    "unreachable",
    "order-gone",
    "not-true",
    "too-late",
]


@dataclass(frozen=True)
class Kind:
    """
    One kind of message.

    Marketing needs the member's consent, keeps to the limits, and of several that are due the one
    with the lower `rank` goes first. After `fresh_for` a message would only be confusing. What is
    `prompt` follows at once on something the member did, at night too; all else keeps quiet hours.
    Most kinds wait some days after their cause; one `ahead` is found so many days before. One that
    `outlives_order` is sent though the order it is about was cancelled. What is
    about `security` nobody can decline: it may be a thief who would.
    """

    code: str
    marketing: bool
    rank: int
    fresh_for: timedelta
    prompt: bool = False
    ahead: bool = False
    outlives_order: bool = False
    security: bool = False


THANK_YOU = Kind("thank-you", marketing=False, rank=20, fresh_for=timedelta(days=3), prompt=True)
CHECK_IN = Kind("check-in", marketing=False, rank=60, fresh_for=timedelta(days=14))
TIER_REACHED = Kind(
    "tier-reached", marketing=False, rank=30, fresh_for=timedelta(days=7), prompt=True
)
REVIEW_THANKS = Kind("review-thanks", marketing=False, rank=50, fresh_for=timedelta(days=7))
REVIEW_REQUEST = Kind("review-request", marketing=True, rank=150, fresh_for=timedelta(days=14))
RELATED_PRODUCTS = Kind("related-products", marketing=True, rank=160, fresh_for=timedelta(days=14))
SIGN_IN_CHANGED = Kind(
    "sign-in-changed",
    marketing=False,
    rank=10,
    fresh_for=timedelta(days=7),
    prompt=True,
    security=True,
)
WIN_BACK = Kind("win-back", marketing=True, rank=140, fresh_for=timedelta(days=7))
WIN_BACK_WHY = Kind("win-back-why", marketing=True, rank=141, fresh_for=timedelta(days=7))
WIN_BACK_GIFT = Kind("win-back-gift", marketing=True, rank=142, fresh_for=timedelta(days=7))
WIN_BACK_GOODBYE = Kind("win-back-goodbye", marketing=True, rank=143, fresh_for=timedelta(days=7))

#: What a member who stays away is told, step by step.
WIN_BACK_STEPS = (WIN_BACK, WIN_BACK_WHY, WIN_BACK_GIFT, WIN_BACK_GOODBYE)

POINTS_RETURNED = Kind(
    "points-returned",
    marketing=False,
    rank=25,
    fresh_for=timedelta(days=7),
    prompt=True,
    outlives_order=True,
)
POINTS_EXPIRING_SOON = Kind(
    "points-expiring-soon", marketing=False, rank=35, fresh_for=timedelta(days=5), ahead=True
)
POINTS_EXPIRING = Kind(
    "points-expiring", marketing=False, rank=40, fresh_for=timedelta(days=14), ahead=True
)
POINTS_SPENDABLE = Kind("points-spendable", marketing=False, rank=45, fresh_for=timedelta(days=7))
TIER_AT_RISK = Kind(
    "tier-at-risk", marketing=False, rank=38, fresh_for=timedelta(days=7), ahead=True
)
TIER_NEAR = Kind("tier-near", marketing=True, rank=130, fresh_for=timedelta(days=7))

BIRTHDAY = Kind("birthday", marketing=True, rank=100, fresh_for=timedelta(days=14), ahead=True)
OCCASION = Kind("occasion", marketing=True, rank=110, fresh_for=timedelta(days=5), ahead=True)
SURPRISE = Kind("surprise", marketing=True, rank=120, fresh_for=timedelta(days=3))
FLASH_SALE = Kind("flash-sale", marketing=True, rank=105, fresh_for=timedelta(days=3))

APOLOGY = Kind("apology", marketing=False, rank=15, fresh_for=timedelta(days=14))

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        THANK_YOU,
        CHECK_IN,
        REVIEW_REQUEST,
        REVIEW_THANKS,
        RELATED_PRODUCTS,
        POINTS_SPENDABLE,
        POINTS_EXPIRING,
        POINTS_EXPIRING_SOON,
        POINTS_RETURNED,
        TIER_REACHED,
        TIER_NEAR,
        TIER_AT_RISK,
        SIGN_IN_CHANGED,
        APOLOGY,
        BIRTHDAY,
        FLASH_SALE,
        OCCASION,
        SURPRISE,
        *WIN_BACK_STEPS,
    )
}


@dataclass(frozen=True)
class Plan:
    """How staff want a kind of message to be sent: so many days from its cause, by these ways."""

    days: int
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """
    How often marketing may come, so many in any seven days, and when all that is not prompt may.

    Quiet from `quiet_from` until `quiet_until` by the shop's clock; never when both are the same.
    """

    weekly: int
    quiet_from: time
    quiet_until: time
    zone: ZoneInfo


@dataclass(frozen=True)
class Prospect:
    """
    A message that is due, and what is known about its member now.

    `restrained`: blocked, erased or merged away. `order_stands` is None for what is about no order.
    `sent_at` are the marketing messages of the last week, `outranked` says that a more important
    one is due too. What goes a `silent` way disturbs nobody and keeps to no limits.
    """

    kind: Kind
    planned_at: datetime
    active: bool
    wanted: bool
    restrained: bool
    reachable: bool
    order_stands: bool | None = None
    still_true: bool = True
    sent_at: Sequence[datetime] = ()
    outranked: bool = False
    silent: bool = False


@dataclass(frozen=True)
class Drop:
    """It is not sent, now or later."""

    reason: Reason


@dataclass(frozen=True)
class Wait:
    """It is looked at again then."""

    until: datetime


def verdict(prospect: Prospect, limits: Limits, *, at: datetime) -> Drop | Wait | None:
    """What keeps a message that is due from being sent; None when it may go."""
    reason = _reason(prospect, at)
    if reason:
        return Drop(reason)
    until = _allowed_from(prospect, limits, at)
    return Wait(until) if until > at else None


def planned_at(kind: Kind, caused_at: datetime, *, days: int) -> datetime:
    """When a message should leave that staff let wait, or look ahead, so many days."""
    return caused_at if kind.ahead else caused_at + timedelta(days=days)


def channels_for(kind: Kind, chosen: Sequence[str], *, address: str) -> Sequence[str]:
    """
    By which of the channels that staff have chosen a message goes, each for itself.

    What must reach an address of its own, or is about security, goes there by e-mail.
    """
    return (EMAIL,) if address or kind.security else chosen


def key_of(kind: Kind, cause: str, *, channel: str = EMAIL) -> str:
    """What makes a message the only one about its cause, by its channel."""
    key = f"{kind.code}:{cause}"
    return key if channel == EMAIL else f"{key}@{channel}"


def wants(kind: Kind, choices: Mapping[str, bool]) -> bool:
    """
    Whether a member wants such messages, by what they chose last about each kind.

    What serves them comes unless they declined it; marketing comes only if they asked for it.
    """
    if kind.marketing and not choices.get(MARKETING, False):
        return False
    return choices.get(kind.code, True)


def next_try(attempts: int, *, at: datetime) -> datetime | None:
    """When a message that failed so many times is tried again; None to give it up."""
    return at + WAITS[attempts - 1] if attempts <= len(WAITS) else None


def end_of_quiet(at: datetime, limits: Limits) -> datetime:
    """The moment itself, or when the quiet hours it falls into are over."""
    local = at.astimezone(limits.zone)
    start, end, clock = limits.quiet_from, limits.quiet_until, local.time()
    evening = start > end and clock >= start
    morning = clock < end and (start > end or clock >= start)
    if not (evening or morning):
        return at
    day = local.date() + timedelta(days=int(evening))
    # At the change to summer time the hour may be missing: by the offset before, it comes later.
    return datetime.combine(day, end, limits.zone).astimezone(at.tzinfo)


def _reason(prospect: Prospect, at: datetime) -> Reason | None:
    refusals: tuple[tuple[bool, Reason], ...] = (
        (not prospect.active, "switched-off"),
        (prospect.restrained and not prospect.kind.security, "restrained"),
        (not prospect.reachable, "unreachable"),
        (prospect.order_stands is False, "order-gone"),
        (not prospect.still_true, "not-true"),
        (not prospect.wanted and not prospect.kind.security, "unwanted"),
        (at > prospect.planned_at + prospect.kind.fresh_for, "too-late"),
    )
    return next((reason for refused, reason in refusals if refused), None)


def _allowed_from(prospect: Prospect, limits: Limits, at: datetime) -> datetime:
    if prospect.silent:
        return at
    loud = at if prospect.kind.prompt else end_of_quiet(at, limits)
    if loud > at or not prospect.kind.marketing:
        return loud
    if prospect.outranked:
        return at + WAITS[0]
    if len(prospect.sent_at) < limits.weekly:
        return at
    # As soon as so many have become older than a week that one more fits.
    freeing = sorted(prospect.sent_at)[-limits.weekly] if limits.weekly else at
    return end_of_quiet(freeing + WEEK, limits)
