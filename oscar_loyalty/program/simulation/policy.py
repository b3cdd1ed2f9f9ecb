"""What becomes of points that a replayed past has earned: spent as assumed, gone, or left."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from oscar_loyalty.program.terms.policy import Terms, months_after

#: Terms, tiers and rules as drafts keep them: values by column, those of tiers and rules by key.
Document = dict[str, Any]
#: What two documents say otherwise: part, key of the row, column, and the value in each.
Difference = tuple[str, str, str, Any, Any]
#: The month in which points came, in which they are spent, and in which they are gone, if ever.
Fate = tuple[int, int | None, int | None]

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Assumptions:
    """Of the points that members can spend, a `share` is spent `months` after they could be."""

    share: Fraction
    months: int


@dataclass(frozen=True)
class Arrival:
    """Points that came in; those with `spendable_at` None still wait for the order's status."""

    points: int
    earned_at: datetime
    spendable_at: datetime | None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Turn:
    """
    What the expiry of a member's points goes by from a `day` on.

    `months` are those of their tier, to which they came at `changed_at`; `active_at` is when they
    last did what keeps points alive.
    """

    day: date
    months: int | None = None
    changed_at: datetime | None = None
    active_at: datetime | None = None


#: Where nothing that a member does changes anything.
ALWAYS = (Turn(date.min),)
#: From a day on, whether a member may spend points.
Leave = tuple[date, bool]
#: Of those who always may.
FREE: tuple[Leave, ...] = ((date.min, True),)


def gone_on(arrival: Arrival, terms: Terms, turns: Sequence[Turn]) -> date | None:
    """The first day on which what is left of these points is gone; None for never."""
    if arrival.expires_at:
        return terms.local_date(arrival.expires_at)
    earned_on = terms.local_date(arrival.earned_at)
    for turn, after in pairwise([*turns, Turn(date.max)]):
        if after.day <= earned_on:
            continue
        last = terms.good_until(
            arrival.earned_at,
            spendable_since=arrival.spendable_at,
            months=turn.months,
            changed_at=turn.changed_at,
            active_at=turn.active_at,
        )
        if last is None:
            return None
        if last < after.day:
            return max(last + _ONE_DAY, turn.day)
    return None


def spent_on(
    arrival: Arrival,
    gone: date | None,
    terms: Terms,
    assumed: Assumptions,
    leave: Sequence[Leave] = FREE,
) -> date | None:
    """The day on which the assumed share of these points is spent; None if they never can be."""
    if arrival.spendable_at is None:
        return None
    wanted = months_after(terms.local_date(arrival.spendable_at), assumed.months)
    end = gone or date.max
    for (since, may), (until, _) in pairwise([*leave, (end, False)]):
        day = max(wanted, since)
        if may and day < min(until, end):
            return day
    return None


@dataclass
class Outcome:
    """
    What a replay comes to; all of it adds up over members.

    `awards` are orders that carry points, `tiers` members by the tier they end on, 0 for none.
    """

    awards: int = 0
    points: int = 0
    tiers: Counter[int] = field(default_factory=Counter)
    fates: Counter[Fate] = field(default_factory=Counter)


@dataclass(frozen=True)
class Month:
    """Points that moved in a month, and those left at its end; `expected` will be spent yet."""

    month: int
    earned: int
    spent: Fraction
    expired: Fraction
    outstanding: Fraction
    expected: Fraction


def by_month(fates: Mapping[Fate, int], share: Fraction, months: range) -> Iterator[Month]:
    """What becomes of points in each of the months, the first of which is that of the earliest."""
    earned, expected = Counter[int](), Counter[int]()
    spent, expired = Counter[int](), dict.fromkeys(months, Fraction(0))
    for (came, went, gone), points in fates.items():
        earned[came] += points
        if went is not None:
            expected[came] += points
            spent[went] += points
        if gone in expired:
            expired[gone] += points if went is None else points * (1 - share)
    outstanding = to_be_spent = Fraction(0)
    for month in months:
        burnt = spent[month] * share
        outstanding += earned[month] - burnt - expired[month]
        to_be_spent += expected[month] * share - burnt
        yield Month(month, earned[month], burnt, expired[month], outstanding, to_be_spent)


@dataclass(frozen=True)
class Cost:
    """
    What the points of a period cost, in money: those spent in it, and those that will be.

    `earned` and `expired` are points.
    """

    earned: int
    spent: Fraction
    expired: Fraction
    outstanding: Fraction
    paid: Fraction
    owed: Fraction

    @property
    def total(self) -> Fraction:
        """All that was or will be asked for, in money."""
        return self.paid + self.owed


def cost(months: Sequence[Month], value: Fraction) -> Cost:
    """The cost of a replay at the `value` of a point, in money."""
    spent = sum((one.spent for one in months), Fraction(0))
    expired = sum((one.expired for one in months), Fraction(0))
    last = months[-1]
    return Cost(
        earned=sum(one.earned for one in months),
        spent=spent,
        expired=expired,
        outstanding=last.outstanding,
        paid=spent * value,
        owed=last.expected * value,
    )


def differences(before: Document, after: Document) -> list[Difference]:
    """All that the second says otherwise; rows that only one of them has, column by column."""
    found = [
        ("terms", "", name, old, after["terms"].get(name))
        for name, old in before["terms"].items()
        if old != after["terms"].get(name)
    ]
    for part in ("tiers", "rules"):
        for key in [*before[part], *(key for key in after[part] if key not in before[part])]:
            old, new = before[part].get(key, {}), after[part].get(key, {})
            names = [*old, *(name for name in new if name not in old)]
            found += [
                (part, key, name, old.get(name), new.get(name))
                for name in names
                if old.get(name) != new.get(name)
            ]
    return found


def rebased(begun_from: Document, programme: Document, draft: Document) -> Document:
    """What the programme says by now, with what the draft changed since it was begun."""
    terms = {
        name: value if value != begun_from["terms"].get(name) else programme["terms"].get(name)
        for name, value in draft["terms"].items()
    }
    return {
        "terms": terms,
        **{
            part: _rebased(begun_from[part], programme[part], draft[part])
            for part in ("tiers", "rules")
        },
    }


def _rebased(begun_from: Document, programme: Document, draft: Document) -> Document:
    """A row that was drafted stays whole, unless the programme has it no more."""
    drafted = {key for key in {*begun_from, *draft} if draft.get(key) != begun_from.get(key)}
    gone = set(begun_from) - set(programme)
    kept = {key: says for key, says in programme.items() if key not in drafted}
    return kept | {key: draft[key] for key in drafted - gone if key in draft}


def new_key(rows: Mapping[str, Any]) -> str:
    """A key for a row that is in no table yet: a negative number that none of these has."""
    return str(min([0, *map(int, rows)]) - 1)
