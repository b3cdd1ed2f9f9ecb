"""Who stands on which rung: windows, climbing, and the daily review."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from oscar_loyalty.program.terms.policy import months_after

#: Whoever has made so much of what a tier asks for is near it.
NEAR = Decimal("0.8")

#: The key of what counts, when it happened, and how much it is.
Counted = tuple[str, datetime, Decimal]


@dataclass(frozen=True)
class Rung:
    """One tier of the ladder; `multiplier` is what its members' points are multiplied by."""

    tier_id: int
    rank: int
    threshold: Decimal
    kept_for_ever: bool = False
    multiplier: Decimal = Decimal(1)
    #: In every language, read with `str()`.
    name: object = field(default="", compare=False)


@dataclass(frozen=True)
class Rules:
    """How the ladder is climbed and left; terms of the programme."""

    window: Literal["rolling", "calendar-year", "lifetime"]
    window_months: int
    downgrade: Literal["never", "one-rung", "to-qualified"]
    grace_days: int


@dataclass(frozen=True)
class Holding:
    """
    Where a member stands. `below_since` is the first review that found too little progress,
    `floor` the rung that staff keep the member on at least.
    """

    rung: Rung | None = None
    below_since: date | None = None
    floor: Rung | None = None


def qualified(ladder: Sequence[Rung], progress: Decimal) -> Rung | None:
    """The highest rung that `progress` reaches; `ladder` is sorted by rank."""
    reached = [rung for rung in ladder if progress >= rung.threshold]
    return reached[-1] if reached else None


def climb(ladder: Sequence[Rung], holding: Holding, progress: Decimal) -> Holding:
    """The holding once `progress` has been counted: higher, or as it was."""
    reached = qualified(ladder, progress)
    if reached and rank_of(reached) > rank_of(holding.rung):
        return replace(holding, rung=reached, below_since=None)
    return holding


def review(
    ladder: Sequence[Rung],
    holding: Holding,
    progress: Decimal,
    *,
    earned: Rung | None,
    rules: Rules,
    today: date,
) -> Holding:
    """
    The holding after the daily review: up at once, down after the grace.

    What is never lost or kept for ever is so up to `earned`, the rung reached by orders that stand.
    """
    climbed = climb(ladder, holding, progress)
    reached = qualified(ladder, progress)
    if climbed != holding or rank_of(reached) >= rank_of(holding.rung):
        return replace(climbed, below_since=None)
    target = _lowered(ladder, holding, reached, earned, rules)
    if target == holding.rung:
        return replace(holding, below_since=None)
    since = holding.below_since or today
    if (today - since).days < rules.grace_days:
        return replace(holding, below_since=since)
    return replace(holding, rung=target, below_since=None)


def _lowered(
    ladder: Sequence[Rung],
    holding: Holding,
    reached: Rung | None,
    earned: Rung | None,
    rules: Rules,
) -> Rung | None:
    """The rung a member would be put on, never below a floor or one that is kept for ever."""
    below = [rung for rung in ladder if rung.rank < rank_of(holding.rung)]
    target = below[-1] if below and rules.downgrade == "one-rung" else reached
    kept = [
        rung
        for rung in ladder
        if rung.rank <= min(rank_of(earned), rank_of(holding.rung))
        and (rung.kept_for_ever or rules.downgrade == "never")
    ]
    return max((target, holding.floor, kept[-1] if kept else None), key=rank_of)


def peak(counted: Sequence[tuple[date, Decimal]], rules: Rules) -> Decimal:
    """The most that was ever in the window at once; what was `counted` comes oldest first."""
    highest = progress = Decimal(0)
    inside: deque[tuple[date, Decimal]] = deque()
    for day, amount in counted:
        start = window_starts_on(rules, day) or date.min
        while inside and inside[0][0] < start:
            progress -= inside.popleft()[1]
        inside.append((day, amount))
        progress += amount
        highest = max(highest, progress)
    return highest


def is_near(ladder: Sequence[Rung], held: Rung | None, progress: Decimal) -> bool:
    """Whether a member has made most of what the next rung asks for."""
    above = next((rung for rung in ladder if rung.rank > rank_of(held)), None)
    return above is not None and NEAR * above.threshold <= progress < above.threshold


@dataclass(frozen=True)
class Fall:
    """A rung that is lost on a `day`, unless so much is made by the evening before."""

    day: date
    missing: Decimal


def next_fall(
    ladder: Sequence[Rung],
    holding: Holding,
    counted: Sequence[tuple[date, Decimal]],
    rules: Rules,
    today: date,
    *,
    within: int,
) -> Fall | None:
    """
    When a member who makes nothing more loses their rung, in so many days at most.

    None too where nothing that is made before that day would count on it.
    """
    for day in (today + timedelta(days=ahead) for ahead in range(1, within + 1)):
        start = window_starts_on(rules, day) or date.min
        progress = sum((amount for when, amount in counted if when >= start), Decimal(0))
        after = review(ladder, holding, progress, earned=holding.rung, rules=rules, today=day)
        if holding.rung and rank_of(after.rung) < holding.rung.rank:
            return Fall(day, holding.rung.threshold - progress) if start < day else None
        holding = after
    return None


def rank_of(rung: Rung | None) -> int:
    """The rank of a rung; below every rung for none."""
    return rung.rank if rung else -1


def window_starts_on(rules: Rules, today: date) -> date | None:
    """The first day that counts on `today`; None when every day does."""
    if rules.window == "rolling":
        return months_before(today, rules.window_months)
    if rules.window == "calendar-year":
        return date(today.year, 1, 1)
    return None


def months_before(day: date, months: int) -> date:
    """`day` moved back, to the month's last day where the month is too short."""
    return months_after(day, -months)


@dataclass
class Career:
    """
    A member's way along the ladder, replayed from their orders in order of date.

    Ends where living through every daily review would have ended, but only looks at the days on
    which something can change: the day after the last look, when a day leaves the window, and when
    a grace ends.
    """

    ladder: Sequence[Rung]
    rules: Rules
    holding: Holding = field(default_factory=Holding)
    changes: list[tuple[date, Rung | None, Rung | None]] = field(default_factory=list)
    #: What counts now, and the day on which it leaves the window; soonest first.
    _counted: deque[tuple[Decimal, date]] = field(default_factory=deque)
    _progress: Decimal = Decimal(0)
    _next_review: date = date.max

    def live_until(self, day: date) -> Holding:
        """The holding on the morning of `day`, after that day's review."""
        while self._next_review <= day:
            self._review(self._next_review)
        return self.holding

    def count(self, day: date, amount: Decimal) -> Holding:
        """The holding once `amount` was counted on `day`; days never go back."""
        self.live_until(day)
        self._counted.append((amount, self._leaves_on(day)))
        self._progress += amount
        self._move(day, climb(self.ladder, self.holding, self._progress))
        return self.holding

    def _review(self, day: date) -> None:
        while self._counted and self._counted[0][1] <= day:
            self._progress -= self._counted.popleft()[0]
        self._move(day, self._reviewed(day))

    def _move(self, day: date, holding: Holding) -> None:
        if holding.rung != self.holding.rung:
            self.changes.append((day, self.holding.rung, holding.rung))
        self.holding = holding
        self._next_review = self._review_after(day)

    def _review_after(self, day: date) -> date:
        """The next day on which something can change."""
        tomorrow = day + timedelta(days=1)
        if self._changes_on(tomorrow):
            return tomorrow
        leaving = self._counted[0][1] if self._counted else date.max
        if self.holding.below_since:
            grace_ends = self.holding.below_since + timedelta(days=self.rules.grace_days)
            return min(leaving, grace_ends)
        return leaving

    def _changes_on(self, day: date) -> bool:
        """Whether a review on `day` would lower the rung, or start its grace, or call that off."""
        return self._reviewed(day) != self.holding

    def _reviewed(self, day: date) -> Holding:
        return review(
            self.ladder,
            self.holding,
            self._progress,
            earned=self.holding.rung,
            rules=self.rules,
            today=day,
        )

    def _leaves_on(self, day: date) -> date:
        """The first day whose window no longer holds `day`; the end of time when every one does."""
        if self.rules.window == "lifetime":
            return date.max
        if self.rules.window == "calendar-year":
            return date(day.year + 1, 1, 1)
        leaving = months_before(day, -self.rules.window_months)
        while months_before(leaving, self.rules.window_months) <= day:
            leaving += timedelta(days=1)
        return leaving


def lived(
    ladder: Sequence[Rung], rules: Rules, counted: Sequence[tuple[date, Decimal]], today: date
) -> tuple[Holding, int | None]:
    """Where a past has led by `today`, and which of what was `counted`, by number, lifted last."""
    career, lifted = Career(ladder, rules), None
    for number, (day, amount) in enumerate(counted):
        before = rank_of(career.live_until(day).rung)
        if rank_of(career.count(day, amount).rung) > before:
            lifted = number
    return career.live_until(today), lifted
