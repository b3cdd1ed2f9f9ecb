"""
The books once more, in plain Python and by other means: what the ledger must say.

A member is a list of lots in order of arrival and a debt, two things that the ledger folds into
one balance; nothing here is taken from the ledger's own arithmetic.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

LIMIT = 10**12
START = datetime.min.replace(tzinfo=timezone.utc)
NEVER = datetime.max.replace(tzinfo=timezone.utc)
#: How long points that have no day of their own are good, as far as those know that return.
LIFE = timedelta(days=6)
#: The day of its own that a point has, when it was earned, and since when it can be spent; one that
#: was owed has nothing of that.
Point = tuple[datetime, datetime, datetime]
OWED = (NEVER, NEVER, NEVER)


class Refused(Exception):
    """The ledger has to refuse this, with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Arrival:
    """
    Points that arrived together; `waits` as long as they cannot be spent.

    `returned` says that they were spent on the order before.
    """

    points: int
    left: int
    order: str = ""
    waits: bool = False
    available_at: datetime | None = None
    expires_at: datetime | None = None
    earned_at: datetime = NEVER
    matured_at: datetime | None = None
    returned: bool = False


@dataclass
class Member:
    """
    Everything that came in, what is owed, and the movements one by one.

    A movement is of an order, or of none, and says whether it is about what was spent there.
    `spent` has, by order, each single point that is still spent on it.
    """

    lots: list[Arrival] = field(default_factory=list)
    debt: int = 0
    held: int = 0
    movements: list[tuple[str, int, bool]] = field(default_factory=list)
    spent: dict[str, list[Point]] = field(default_factory=dict)
    #: Of these, what another member brought along, by order: it was earned before.
    brought: Counter[str] = field(default_factory=Counter)

    @property
    def balance(self) -> int:
        return sum(lot.left for lot in self.lots) - self.debt

    @property
    def pending(self) -> int:
        return sum(lot.left for lot in self.lots if lot.waits)

    @property
    def free(self) -> int:
        return sum(lot.left for lot in self.lots if not lot.waits) - self.debt - self.held

    @property
    def spendable(self) -> int:
        return max(self.free, 0)

    def carried(self, order: str, *, spent: bool = False) -> int:
        """What of an order's points is here; of those `spent` on it, less than none."""
        moved = sum(points for name, points, of in self.movements if (name, of) == (order, spent))
        return moved - (self.brought[order] if order and not spent else 0)

    def paying(self, order: str = "", *, returned: bool = False) -> list[Arrival]:
        """Lots with something left: own order, spendable, soonest to lapse, earned first."""
        lots = [lot for lot in self.lots if lot.left]
        lots.sort(key=lambda lot: lot.earned_at)
        lots.sort(key=lambda lot: lot.expires_at or NEVER)
        lots.sort(key=lambda lot: lot.waits)
        own = (order, returned)
        lots.sort(key=lambda lot: not (order and (lot.order, lot.returned) == own))
        return lots

    def receive(self, lot: Arrival) -> None:
        swallowed = min(lot.points, self.debt)
        self.debt -= swallowed
        lot.left = lot.points - swallowed
        self.lots.append(lot)
        self.movements.append((lot.order, lot.points, lot.returned))

    def lose(self, points: int, order: str = "", *, spent: bool = False) -> list[Point]:
        """Each point that goes."""
        self.movements.append((order, -points, spent))
        gone: list[Point] = []
        for lot in self.paying(order, returned=spent):
            taken = min(points, lot.left)
            lot.left -= taken
            points -= taken
            since = max(lot.earned_at, lot.available_at or START, lot.matured_at or START)
            since = NEVER if lot.waits else since
            gone += [(lot.expires_at or NEVER, lot.earned_at, since)] * taken
        self.debt += points
        return gone + [OWED] * points

    def spend(self, points: int, order: str) -> None:
        self.spent[order] = self.spent.get(order, []) + self.lose(points, order, spent=True)

    def get_back(self, points: int, order: str, at: datetime, least: datetime) -> None:
        """Point by point, soonest first; those with the same day, or of the same, come together."""
        back, self.spent[order] = _parted(sorted(self.spent[order]), points)
        lots: dict[Point, Arrival] = {}
        for own, earned_at, since in [(*dates, min(since, at)) for *dates, since in back]:
            ends_at = earned_at + LIFE if own == NEVER != earned_at else own
            day = own if ends_at >= least else least
            alike = (day, earned_at, since) if day == NEVER else (day, NEVER, NEVER)
            lot = lots.setdefault(alike, Arrival(0, 0, order, returned=True))
            if not lot.points:
                lot.expires_at = None if day == NEVER else day
                lot.earned_at = at if earned_at == NEVER else earned_at
                lot.matured_at = since
            lot.points += 1
        for lot in lots.values():
            self.receive(lot)

    def bring_to(self, other: "Member", at: datetime) -> int:
        """Every lot goes on as it is, or the debt does."""
        points, debt = self.balance, self.debt
        for lot in self.paying():
            other.receive(replace(lot, points=lot.left))
            other.brought[lot.order] += lot.left
        if debt:
            self.receive(Arrival(debt, 0, earned_at=at))
            other.lose(debt)
        self.vanish()
        return points

    def vanish(self) -> None:
        """Nothing is left, nor kept for a checkout."""
        if self.balance:
            self.movements.append(("", -self.balance, False))
        for lot in self.lots:
            lot.left = 0
        self.held = 0

    def expire(self, at: datetime, before: datetime) -> int:
        """Lots past their day, or earned before that moment; the first points may be held."""
        kept, lost = self.held, 0
        for lot in [lot for lot in self.paying() if not lot.waits]:
            if lot.expires_at <= at if lot.expires_at else lot.earned_at < before:
                stays = min(kept, lot.left)
                lost += lot.left - stays
                kept -= stays
                lot.left = stays
        if lost:
            self.movements.append(("", -lost, False))
        return lost


def _parted(things: list[Point], first: int) -> tuple[list[Point], list[Point]]:
    return things[:first], things[first:]


@dataclass
class Books:
    """The members by name, what was posted under which key, and what baskets keep of whom."""

    members: dict[str, Member]
    posted: dict[str, tuple[str, int]] = field(default_factory=dict)
    baskets: dict[int, tuple[str, int]] = field(default_factory=dict)

    def accrue(self, name: str, key: str, lot: Arrival) -> bool:
        self._refuse_absurd(lot.points)
        if self._known(name, key, lot.points):
            return False
        self.members[name].receive(lot)
        return True

    def settle(
        self, name: str, first: Arrival, target: int, at: datetime, *, may_owe: bool = True
    ) -> int:
        """`first` is what the order earned at the start; points that return wait as it did."""
        member = self.members[name]
        before = self.carried(first.order)
        if target and f"earn:{first.order}" not in self.posted:
            self._again(member, first, first.points, at, at)
            self.posted[f"earn:{first.order}"] = (name, first.points)
        missing = target - self.carried(first.order)
        lost = -missing if may_owe else min(-missing, max(member.balance, 0))
        if missing < 0 and lost:
            member.lose(lost, first.order)
        elif missing > 0:
            own = (lot for lot in self._lots() if lot.order == first.order and not lot.returned)
            since = max(filter(None, (lot.matured_at for lot in own)), default=None)
            self._again(member, first, missing, at, since)
        return self.carried(first.order) - before

    def carried(self, order: str) -> int:
        """What an order carries, in whatever accounts its member has had."""
        return sum(member.carried(order) for member in self.members.values())

    def merge(self, name: str, into: str, at: datetime) -> int:
        return self.members[name].bring_to(self.members[into], at)

    def begin_anew(self, name: str) -> str:
        """Whoever was merged leaves an empty account under another name, and opens one."""
        closed = f"{name}-{len(self.members)}"
        names = {name: closed}
        self.members = {names.get(key, key): one for key, one in self.members.items()}
        self.members[name] = Member()
        self.posted = {key: (names.get(who, who), n) for key, (who, n) in self.posted.items()}
        return closed

    def erase(self, name: str, at: datetime) -> int:
        member = self.members[name]
        points = member.balance
        if points < 0:
            member.receive(Arrival(-points, 0, earned_at=at))
        member.vanish()
        return points

    def _again(
        self, member: Member, first: Arrival, points: int, at: datetime, since: datetime | None
    ) -> None:
        due = first.available_at is not None and first.available_at <= at
        waits = first.waits and not due
        since = None if waits else since
        member.receive(replace(first, points=points, left=0, waits=waits, matured_at=since))

    def adjust(self, name: str, key: str, points: int, at: datetime) -> bool:
        self._refuse_absurd(abs(points))
        if self._known(name, key, points, unless=-points > self.members[name].spendable):
            return False
        if points > 0:
            self.members[name].receive(Arrival(points, 0, earned_at=at))
        else:
            self.members[name].lose(-points)
        return True

    def hold(self, name: str, basket: int, points: int) -> None:
        """In place of what the basket kept, of this member or of another."""
        self._refuse_absurd(points)
        owner, kept = self.baskets.get(basket, (name, 0))
        if points - (kept if owner == name else 0) > self.members[name].free:
            raise Refused("insufficient-points")
        self.let_go(basket)
        self.members[name].held += points
        self.baskets[basket] = (name, points)

    def let_go(self, basket: int) -> int:
        owner, kept = self.baskets.pop(basket, ("", 0))
        if owner:
            self.members[owner].held -= kept
        return kept

    def capture(self, name: str, basket: int, points: int, order: str) -> bool:
        """Never refused for want of points: they are paid with by now."""
        if self._known(name, f"redeem:{order}", -points):
            return False
        if self.baskets.get(basket, ("", 0))[0] == name:
            self.let_go(basket)
        self.members[name].spend(points, order)
        return True

    def give_back(self, name: str, order: str, points: int, at: datetime, least: datetime) -> int:
        """So many of the points spent on the order are returned by now, no more and no fewer."""
        member = self.members[name]
        _owner, spent = self.posted[f"redeem:{order}"]
        more = points - (member.carried(order, spent=True) - spent)
        if more < 0:
            member.spend(-more, order)
        elif more:
            member.get_back(more, order, at, least)
        return more

    def expire(self, at: datetime, before: datetime) -> dict[str, int]:
        lost = {name: member.expire(at, before) for name, member in self.members.items()}
        return {name: points for name, points in lost.items() if points}

    def pass_time(self, at: datetime) -> int:
        """Lots whose day has come can be spent; how many members had such lots."""
        members = 0
        for member in self.members.values():
            due = [lot for lot in member.lots if lot.waits and (lot.available_at or NEVER) <= at]
            for lot in due:
                lot.waits, lot.matured_at = False, at
            members += bool(due)
        return members

    def reach_status(self, order: str, at: datetime) -> None:
        for lot in self._lots():
            if lot.waits and lot.order == order:
                lot.waits, lot.matured_at = False, at

    def _lots(self) -> Iterator[Arrival]:
        return (lot for member in self.members.values() for lot in member.lots)

    def _known(self, name: str, key: str, points: int, *, unless: bool = False) -> bool:
        """Whether it was posted before; it is from now on, `unless` it cannot be paid."""
        if key in self.posted:
            if self.posted[key] != (name, points):
                raise Refused("key-reused")
            return True
        if unless:
            raise Refused("insufficient-points")
        self.posted[key] = (name, points)
        return False

    def _refuse_absurd(self, points: int) -> None:
        if not 1 <= points <= LIMIT:
            raise Refused("invalid-points")
