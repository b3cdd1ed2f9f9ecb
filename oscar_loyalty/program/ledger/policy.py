"""The arithmetic of the books: causes, which lots pay, what a debt swallows, and the digest."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone

#: Beyond these a figure is a mistake, and bigint arithmetic must never overflow.
MAX_POINTS = 10**12
MAX_BALANCE = 10**15

#: The longest reason, and what a shop's own code may name a cause by, in characters.
MAX_REASON = 64
MAX_REFERENCE = 100
_NEVER = datetime.max.replace(tzinfo=timezone.utc)
#: No colon, which separates the parts of a key: two causes never share one.
_ACTION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PLACED = re.compile(r"::[0-9]+\Z")


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
    """
    Points coming in: pending until `available_at`, or until told when that is None.

    `earned_at` is what their age is counted from, where that is not the day they come in.
    `expires_at` is a day of their own to lapse on, whatever the programme says. `matured_at` is
    since when they could be spent, where neither of the other dates says so.
    """

    points: int
    cause: Cause
    at: datetime
    pending: bool = False
    available_at: datetime | None = None
    expires_at: datetime | None = None
    earned_at: datetime | None = None
    matured_at: datetime | None = None

    @property
    def aged_from(self) -> datetime:
        """The moment that the age of these points is counted from."""
        return self.earned_at or self.at


@dataclass(frozen=True)
class Restraint:
    """What keeps a member from spending points: staff, or a change of how they sign in."""

    blocked: bool = False
    paused_until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether points may not be spent at that moment."""
        return self.blocked or (self.paused_until is not None and at < self.paused_until)


#: Who may spend what they have.
UNRESTRAINED = Restraint()


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


def in_proportion(points: int, parts: Sequence[int]) -> list[int]:
    """`points` shared out by the size of the parts; what is left over goes to the first."""
    shares = [points * part // sum(parts) for part in parts]
    shares[0] += points - sum(shares)
    return shares


@dataclass(frozen=True)
class Life:
    """
    What says when points expire: a day of their own, or else when they were earned, if ever.

    On fixed days only what could be spent expires: `matured_at` is since when it could.
    """

    expires_at: datetime | None = None
    earned_at: datetime | None = None
    matured_at: datetime | None = None


Parts = list[tuple[Life, int]]
#: When points that have no day of their own expire.
Ending = Callable[[Life], datetime | None]


@dataclass(frozen=True)
class Movement:
    """
    Points spent on an order, by the life of their lots, or returned from it.

    `owed` are those that came from no lot, for there was none left.
    """

    returned: int = 0
    drawn: tuple[tuple[Life, int], ...] = ()
    owed: int = 0


def returning(movements: Iterable[Movement], points: int) -> Parts:
    """
    The next `points` that return: of what is still spent, those with the soonest day first.

    Then those that were earned first. `movements` are those of the order so far, oldest first.
    """
    spent: Parts = []
    for movement in movements:
        spent += [*movement.drawn, (Life(), movement.owed)]
        spent.sort(key=lambda part: _soonest(part[0]))
        _back, spent = _split(spent, movement.returned)
    back, _left = _split(spent, points)
    return back


def lives_on(parts: Parts, *, least: datetime, ending: Ending) -> Parts:
    """
    How points that return go on: they expire as they would have, but not before `least`.

    Those that expire together make one lot. Without a day of their own they were earned, and could
    be spent, from the same day on too: what they follow from may change.
    """
    lots: dict[object, tuple[Life, int]] = {}
    for life, points in parts:
        expires_at = life.expires_at or ending(life)
        if expires_at and expires_at < least:
            life = replace(life, expires_at=least)
        alike = life.expires_at or (expires_at, _day(life.earned_at), _day(life.matured_at))
        first, before = lots.get(alike, (life, 0))
        lots[alike] = (first, before + points)
    return list(lots.values())


def _soonest(life: Life) -> tuple[datetime, ...]:
    return tuple(moment or _NEVER for moment in (life.expires_at, life.earned_at, life.matured_at))


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(timezone.utc).date() if moment else None


def _split(parts: Parts, points: int) -> tuple[Parts, Parts]:
    """The first `points` of `parts`, and the rest."""
    first, rest = [], []
    for life, part in parts:
        taken = min(part, points)
        points -= taken
        if taken:
            first.append((life, taken))
        if part > taken:
            rest.append((life, part - taken))
    return first, rest


def earn_key(order_number: str, place: int = 1) -> str:
    """
    The key of what an order earns, in one lot or several: this is the one in that `place`.

    No two orders share one, whatever their numbers: only a key that names its place ends like it.
    """
    if place == 1 and not _PLACED.search(order_number):
        return f"earn:{order_number}"
    return f"earn:{order_number}::{place}"


def merge_key(account_id: int, seq: int | None = None) -> str:
    """
    The key under which an account is emptied when it is merged.

    With the number of the entry that its points came in with: the key under which those go on;
    0 stands for its debt.
    """
    return f"merge:{account_id}" if seq is None else f"merge:{account_id}:{seq}"


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
    earned_at: datetime | None = None,
) -> str:
    """
    Fingerprint of what an entry said when it was posted (SHA-256, first 128 bits in hex).

    Sums catch a changed figure; this catches a changed word or date.
    """
    text = said(account_id, points, cause, at, available_at, expires_at, earned_at)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def said(
    account_id: object,
    points: object,
    cause: Cause,
    at: datetime,
    available_at: datetime | None = None,
    expires_at: datetime | None = None,
    earned_at: datetime | None = None,
) -> str:
    """What an entry says, as one text: its digest is made of it."""
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
    if earned_at not in (None, at):
        fields += (_utc(earned_at),)
    return repr([str(field) for field in fields])


def _utc(moment: datetime | None) -> str:
    return moment.astimezone(timezone.utc).isoformat() if moment else ""
