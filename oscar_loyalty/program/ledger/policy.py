"""The arithmetic of the books: causes, which lots pay, what a debt swallows, and the digest."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

#: Beyond these a figure is a mistake, and bigint arithmetic must never overflow.
MAX_POINTS = 10**12
MAX_BALANCE = 10**15

#: The longest reason, and what a shop's own code may name a cause by, in characters.
MAX_REASON = 64
MAX_REFERENCE = 100
#: No colon, which separates the parts of a key: two causes never share one.
_ACTION = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Cause:
    """Why an entry is posted. `key` is its natural key: a cause is posted once."""

    kind: str
    key: str
    order_number: str = ""
    reason: str = ""
    note: str = ""
    actor: str = ""


@dataclass(frozen=True)
class Accrual:
    """Points coming in: pending until `available_at`, or until told when that is None."""

    points: int
    cause: Cause
    at: datetime
    pending: bool = False
    available_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class OpenLot:
    """Points that arrived together, and what is left of them."""

    lot_id: int
    remaining: int
    pending: bool = False


@dataclass(frozen=True)
class LotDraw:
    """Points taken from one lot."""

    lot_id: int
    points: int
    pending: bool = False


def draw(lots: Iterable[OpenLot], points: int) -> tuple[LotDraw, ...]:
    """Take `points` from `lots` in the order given; short when the lots run out."""
    draws: list[LotDraw] = []
    for lot in lots:
        taken = min(points, lot.remaining)
        draws.append(LotDraw(lot.lot_id, taken, lot.pending))
        points -= taken
        if points == 0:
            break
    return tuple(draws)


def debt_paid(balance: int, points: int) -> int:
    """How much of arriving `points` a negative `balance` swallows."""
    return min(points, max(-balance, 0))


def spendable(balance: int, pending: int, held: int) -> int:
    """What a member may spend now: neither pending, nor held, nor below zero."""
    return max(balance - pending - held, 0)


def is_action(text: object) -> bool:
    """Whether `text` names an action: 1 to 64 letters, digits, hyphens and underscores."""
    return isinstance(text, str) and _ACTION.fullmatch(text) is not None


def is_words(text: object, *, limit: int) -> bool:
    """Whether `text` is not blank, at most `limit` characters long, and can be read by people."""
    return isinstance(text, str) and len(text) <= limit and text.strip() != "" and is_legible(text)


def is_legible(text: str) -> bool:
    """Whether `text` is free of control characters and halves of characters."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def digest(
    account_id: int,
    points: int,
    cause: Cause,
    *,
    at: datetime,
    available_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> str:
    """
    Fingerprint of what an entry said when it was posted (SHA-256, first 128 bits in hex).

    Sums catch a changed figure; this catches a changed word or date.
    """
    fields = (
        account_id,
        points,
        cause.kind,
        cause.key,
        cause.order_number,
        cause.reason,
        cause.note,
        cause.actor,
        *(_utc(moment) for moment in (at, available_at, expires_at)),
    )
    return hashlib.sha256(repr([str(field) for field in fields]).encode()).hexdigest()[:32]


def _utc(moment: datetime | None) -> str:
    return moment.astimezone(timezone.utc).isoformat() if moment else ""
