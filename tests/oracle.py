"""
The books once more, in plain Python and by other means: what the ledger must say.

A member is a list of lots in order of arrival and a debt, two things that the ledger folds into
one balance; nothing here is taken from the ledger's own arithmetic.
"""

from dataclasses import dataclass, field
from datetime import datetime, timezone

LIMIT = 10**12
NEVER = datetime.max.replace(tzinfo=timezone.utc)


class Refused(Exception):
    """The ledger has to refuse this, with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Arrival:
    """Points that arrived together; `waits` as long as they cannot be spent."""

    points: int
    left: int
    order: str = ""
    waits: bool = False
    available_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass
class Member:
    """Everything that came in, what is owed, and the movements one by one."""

    lots: list[Arrival] = field(default_factory=list)
    debt: int = 0
    movements: list[tuple[str, int]] = field(default_factory=list)

    @property
    def balance(self) -> int:
        return sum(lot.left for lot in self.lots) - self.debt

    @property
    def pending(self) -> int:
        return sum(lot.left for lot in self.lots if lot.waits)

    @property
    def spendable(self) -> int:
        return sum(lot.left for lot in self.lots if not lot.waits)

    def carried(self, order: str) -> int:
        return sum(points for name, points in self.movements if name == order)

    def paying(self, order: str = "") -> list[Arrival]:
        """Lots with something left: own order, spendable, soonest to lapse, longest here."""
        lots = [lot for lot in self.lots if lot.left]
        lots.sort(key=lambda lot: lot.expires_at or NEVER)
        lots.sort(key=lambda lot: lot.waits)
        lots.sort(key=lambda lot: not (order and lot.order == order))
        return lots

    def receive(self, lot: Arrival) -> None:
        swallowed = min(lot.points, self.debt)
        self.debt -= swallowed
        lot.left = lot.points - swallowed
        self.lots.append(lot)
        self.movements.append((lot.order, lot.points))

    def lose(self, points: int, order: str = "") -> None:
        self.movements.append((order, -points))
        for lot in self.paying(order):
            taken = min(points, lot.left)
            lot.left -= taken
            points -= taken
        self.debt += points


@dataclass
class Books:
    """The members by name, and what was posted under which key."""

    members: dict[str, Member]
    posted: dict[str, tuple[str, int]] = field(default_factory=dict)

    def accrue(self, name: str, key: str, lot: Arrival) -> bool:
        self._refuse_absurd(lot.points)
        if self._known(name, key, lot.points):
            return False
        self.members[name].receive(lot)
        return True

    def settle(self, name: str, first: Arrival, target: int, at: datetime) -> int:
        """`first` is what the order earned at the start; points that return wait as it did."""
        member = self.members[name]
        missing = target - member.carried(first.order)
        if missing < 0:
            member.lose(-missing, first.order)
        elif missing > 0:
            due = first.available_at is not None and first.available_at <= at
            waits = first.waits and not due
            again = Arrival(missing, 0, first.order, waits, first.available_at, first.expires_at)
            member.receive(again)
            self.posted.setdefault(f"earn:{first.order}", (name, missing))
        return missing

    def adjust(self, name: str, key: str, points: int) -> bool:
        self._refuse_absurd(abs(points))
        if self._known(name, key, points, unless=-points > self.members[name].spendable):
            return False
        if points > 0:
            self.members[name].receive(Arrival(points, 0))
        else:
            self.members[name].lose(-points)
        return True

    def pass_time(self, at: datetime) -> int:
        """Lots whose day has come can be spent; how many members had such lots."""
        members = 0
        for member in self.members.values():
            due = [lot for lot in member.lots if lot.waits and (lot.available_at or NEVER) <= at]
            for lot in due:
                lot.waits = False
            members += bool(due)
        return members

    def reach_status(self, name: str, order: str) -> None:
        for lot in self.members[name].lots:
            lot.waits = lot.waits and lot.order != order

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
