"""Caps and budgets: how many points a rule has left to give."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Literal

from oscar_loyalty.program.earning.policy.rules import Period, Rule

Limit = Literal["cap-order", "cap-member", "cap-period", "budget"]


@dataclass(frozen=True)
class Use:
    """What a member has of a rule because of one order or act, in whole points."""

    rule_id: int
    used_at: datetime
    points: int


@dataclass(frozen=True)
class Taken:
    """What has been given before: to everybody by each rule, and to the member in question."""

    by_all: dict[int, int] = field(default_factory=dict)
    by_member: list[Use] = field(default_factory=list)

    def add(self, use: Use) -> None:
        """Count in what is given now, for whatever is decided about next."""
        self.by_all[use.rule_id] = self.by_all.get(use.rule_id, 0) + use.points
        self.by_member.append(use)


NOTHING_TAKEN = Taken()


@dataclass(frozen=True)
class Room:
    """The most that a rule may give now, and what limits it so."""

    points: int
    by: Limit


def room(rule: Rule, taken: Taken, local: datetime) -> Room | None:
    """What is left of the tightest limit, never below 0; None where nothing limits the rule."""
    rooms = list(_rooms(rule, taken, local))
    return min(rooms, key=lambda one: one.points, default=None)


def whole(points: Fraction) -> int:
    """What `points` take of a limit, which counts in whole ones: never less than they are."""
    return math.ceil(points)


def _rooms(rule: Rule, taken: Taken, local: datetime) -> Iterator[Room]:
    mine = [use for use in taken.by_member if use.rule_id == rule.rule_id]
    if rule.cap_order is not None:
        yield Room(rule.cap_order, "cap-order")
    if rule.cap_member is not None:
        yield Room(_left(rule.cap_member, mine), "cap-member")
    if rule.cap_period is not None:
        same = [use for use in mine if _is_same_period(use.used_at, local, rule.period)]
        yield Room(_left(rule.cap_period, same), "cap-period")
    if rule.budget is not None:
        yield Room(max(rule.budget - taken.by_all.get(rule.rule_id, 0), 0), "budget")


def _left(most: int, uses: Iterable[Use]) -> int:
    return max(most - sum(use.points for use in uses), 0)


def _is_same_period(moment: datetime, local: datetime, period: Period) -> bool:
    """By the clock of `local`; a week begins on Monday."""
    day, today = moment.astimezone(local.tzinfo).date(), local.date()
    if period == "year":
        return day.year == today.year
    if period == "month":
        return (day.year, day.month) == (today.year, today.month)
    if period == "week":
        return day.isocalendar()[:2] == today.isocalendar()[:2]
    return day == today
