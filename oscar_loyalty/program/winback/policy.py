"""When members are late by their own rhythm, who is held out, and what writing to them brought."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

#: So many per cent of a member's own gaps are no longer than the usual one.
USUAL_PER_CENT = 80
#: Who has fewer gaps than this has no rhythm of their own yet.
OWN_GAPS = 3
#: Half of those who ordered a second time had done so by then.
NEWCOMERS_PER_CENT = 50
#: Draws are numbers below this.
DRAWS = 10_000
#: Fewer members than this in a group say nothing about revenue.
ENOUGH = 30
#: Of a normal distribution, 95 % lie within so many standard errors.
_NORMAL_95 = Decimal("1.96")
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Rhythm:
    """On how many days a member has ordered, the last of them, and their gaps in days."""

    last_day: date
    days: int
    usual_gap: int | None = None
    first_gap: int | None = None

    @property
    def is_own(self) -> bool:
        """Whether there are gaps enough to go by."""
        return self.days > OWN_GAPS

    @property
    def late_on(self) -> date:
        """The day from which their usual gap is exceeded, if that is all there is to it."""
        return self.last_day + timedelta(days=(self.usual_gap or 0) + 1)


@dataclass(frozen=True)
class Habits:
    """What newcomers are compared with, if known, and how late is late at the least; in days."""

    newcomers_gap: int | None
    least_days: int


@dataclass(frozen=True)
class Gifts:
    """One to a member in so many days, and so many in all."""

    days: int
    most: int


@dataclass(frozen=True)
class Group:
    """Members, how many of them came back, and their revenue: its sum and its sum of squares."""

    members: int = 0
    returned: int = 0
    revenue: Decimal = Decimal(0)
    squares: Decimal = Decimal(0)

    @property
    def mean(self) -> Decimal:
        """The revenue of each."""
        return self.revenue / self.members if self.members else Decimal(0)

    @property
    def share(self) -> Decimal:
        """How many of a hundred came back."""
        return Decimal(100 * self.returned) / self.members if self.members else Decimal(0)

    @property
    def variance(self) -> Decimal:
        """How far they lie apart, estimated from a sample: divided by one less than there are."""
        apart = self.squares - self.revenue * self.mean
        # Rounding must not make it less than nothing.
        return max(apart, Decimal(0)) / (self.members - 1)


@dataclass(frozen=True)
class Gain:
    """Revenue that would not have come without the messages, and between what it lies by chance."""

    revenue: Decimal
    low: Decimal
    high: Decimal


def rhythm_of(days: Iterable[date]) -> Rhythm | None:
    """How often a member orders, by the days of their orders; those of one day count once."""
    ordered = sorted(set(days))
    if not ordered:
        return None
    gaps = [(later - day).days for day, later in pairwise(ordered)]
    return Rhythm(
        ordered[-1],
        len(ordered),
        gap_covering(USUAL_PER_CENT, Counter(gaps)),
        gaps[0] if gaps else None,
    )


def gap_covering(per_cent: int, gaps: Mapping[int, int]) -> int | None:
    """
    The shortest gap that so many per cent of all do not exceed; None where there are none.

    `gaps` says how often each occurs. It is the nearest-rank quantile: of n gaps in order, the one
    at place ceil(n × per cent / 100). Clutch and NCR go by 80 % of each customer's own gaps, for
    one number of days for all teaches customers to wait for their coupon.
    """
    place = -(-per_cent * sum(gaps.values()) // 100)
    for gap in sorted(gaps):
        place -= gaps[gap]
        if place <= 0:
            return gap
    return None


def late_on(rhythm: Rhythm, habits: Habits) -> date | None:
    """
    The day from which a member is late: when more days have passed than they usually let pass.

    A newcomer is compared with the shop's others, and with their own longest gap where that is
    longer; None while nobody has ordered twice. Nobody is late before the least days have passed.
    """
    gaps = [habits.least_days, rhythm.usual_gap or 0]
    if not rhythm.is_own:
        if habits.newcomers_gap is None:
            return None
        gaps.append(habits.newcomers_gap)
    return rhythm.last_day + timedelta(days=max(gaps) + 1)


def drawn(seed: str, account_id: int, began_at: datetime) -> int:
    """A member's number from 0 to 9,999 for a lapse: the same whoever draws it, and whenever."""
    return number_of(seed, account_id, began_at.astimezone(timezone.utc).isoformat())


def number_of(seed: str, account_id: int, about: str) -> int:
    """The same for anything that lots are drawn about: the first bytes of its SHA-256."""
    text = f"{seed}:{account_id}:{about}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % DRAWS


def is_held_out(number: int, per_cent: int) -> bool:
    """Whether who drew the number is left alone, so that the others can be compared with them."""
    return number * 100 < per_cent * DRAWS


def next_step(taken: int, possible: Collection[int]) -> int | None:
    """The next of the possible steps; None when the last has been taken."""
    return min((step for step in possible if step >= taken), default=None)


def may_have_gift(given: Sequence[date], gifts: Gifts, today: date) -> bool:
    """Whether a member may be given another, so that nobody stays away for them."""
    recent = any(today < day + timedelta(days=gifts.days) for day in given)
    return not recent and len(given) < gifts.most


def gain(written: Group, held_out: Group) -> Gain | None:
    """
    What writing to members brought: (mean of those written to - mean of those held out) × written.

    With its 95 % confidence interval by Welch's standard error, √(s²₁/n₁ + s²₂/n₂), and the normal
    approximation (B. L. Welch, Biometrika 34, 1947). None while a group is too small to say.
    """
    if min(written.members, held_out.members) < ENOUGH:
        return None
    groups = (written, held_out)
    error = sum((group.variance / group.members for group in groups), Decimal(0)).sqrt()
    difference, margin = written.mean - held_out.mean, _NORMAL_95 * error
    low, middle, high = (
        (each * written.members).quantize(_CENT)
        for each in (difference - margin, difference, difference + margin)
    )
    return Gain(middle, low, high)
