"""The work of rules on the lines of one order: who gets which line, and what each gives for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from oscar_loyalty.program.earning.policy.limits import Limit, Taken, room
from oscar_loyalty.program.earning.policy.rules import (
    Rule,
    RuleFacts,
    WhyNot,
    claimant,
    distinct,
    why_not,
)

#: The line that stands for shipping where shipping earns.
SHIPPING = 0

#: Points by line.
Points = dict[int, Fraction]


@dataclass(frozen=True)
class Basis:
    """A line as far as points go by it."""

    line_id: int
    title: str
    quantity: int
    money: Decimal


@dataclass(frozen=True)
class Applied:
    """A rule that applied: what it `earned`, and what was `given` where a limit cut that."""

    rule: Rule
    earned: Fraction = Fraction(0)
    given: Fraction = Fraction(0)
    cut_by: Limit | None = None


@dataclass
class Pricing:
    """What rules make of `lines` that earn their money × `factor` without them."""

    lines: Sequence[Basis]
    factor: Fraction
    facts: RuleFacts
    taken: Taken
    is_promise: bool
    applied: dict[int, Applied] = field(default_factory=dict)
    unmet: dict[int, tuple[Rule, WhyNot]] = field(default_factory=dict)
    excluded: set[int] = field(default_factory=set)
    _given: dict[int, Points] = field(default_factory=dict)

    def apply(self, matches: Mapping[int, Sequence[Rule]]) -> None:
        """Let every rule give what it has for the lines that it gets."""
        rules = distinct(matches)
        verdicts = {rule.rule_id: self._verdict(rule, matches) for rule in rules}
        counting = {pk for pk, verdict in verdicts.items() if self._counts(verdict)}
        falls_under = {
            line.line_id: [r for r in matches.get(line.line_id, ()) if r.rule_id in counting]
            for line in self.lines
        }
        self.excluded = {
            line_id
            for line_id, found in falls_under.items()
            if any(rule.effect == "excludes" for rule in found)
        }
        won = self._won(falls_under)
        for rule in sorted(rules, key=lambda rule: (-rule.priority, rule.rule_id)):
            verdict = verdicts[rule.rule_id]
            if not verdict and rule.effect != "excludes" and rule.rule_id not in won:
                verdict = self._lost(rule, falls_under)
            self._settle(rule, verdict, won.get(rule.rule_id, ()))

    @property
    def goods(self) -> list[Basis]:
        """The lines that are not shipping."""
        return [line for line in self.lines if line.line_id != SHIPPING]

    def given_to(self, line: Basis) -> Iterator[tuple[Rule, Fraction]]:
        """What each rule gave to the line, the oldest rule first."""
        for rule_id, points in sorted(self._given.items()):
            if points.get(line.line_id):
                yield self.applied[rule_id].rule, points[line.line_id]

    def _verdict(self, rule: Rule, matches: Mapping[int, Sequence[Rule]]) -> WhyNot:
        unmet = why_not(rule, self.facts)
        if unmet or rule.effect == "excludes":
            return unmet
        if rule.effect == "points" and rule.every:
            about = (line for line in self.goods if rule in matches.get(line.line_id, ()))
            if sum(line.quantity for line in about) < rule.every:
                return "unknown" if self.is_promise else "too-few"
        if self.is_promise:
            # What is given once for an order cannot be promised with each item of it.
            once = rule.effect == "points" and rule.every is None
            return "unknown" if once or rule.is_limited or rule.cap_order is not None else ""
        left = room(rule, self.taken, self.facts.local)
        return left.by if left and not left.points else ""

    def _counts(self, verdict: WhyNot) -> bool:
        """Whether a rule keeps others from its lines, and them from earning if it excludes."""
        return verdict == "" or (self.is_promise and verdict == "unknown")

    def _won(self, falls_under: Mapping[int, Sequence[Rule]]) -> dict[int, list[Basis]]:
        """By rule, the lines that it gets."""
        won: dict[int, list[Basis]] = {}
        for line in self.lines:
            if line.line_id in self.excluded:
                continue
            chosen = claimant(falls_under[line.line_id])
            for rule in falls_under[line.line_id]:
                if rule.stackable or rule is chosen:
                    won.setdefault(rule.rule_id, []).append(line)
        return won

    def _lost(self, rule: Rule, falls_under: Mapping[int, Sequence[Rule]]) -> WhyNot:
        lines = {line_id for line_id, found in falls_under.items() if rule in found}
        return "excluded" if lines <= self.excluded else "claimed"

    def _settle(self, rule: Rule, verdict: WhyNot, lines: Sequence[Basis]) -> None:
        """Note what the rule gave, or why it did not."""
        if verdict:
            self.unmet[rule.rule_id] = (rule, verdict)
            return
        if rule.effect == "excludes":
            self.applied[rule.rule_id] = Applied(rule)
            return
        points = self._points(rule, lines)
        earned = sum(points.values(), Fraction(0))
        if not earned:
            self.unmet[rule.rule_id] = (rule, "too-few")
            return
        left = room(rule, self.taken, self.facts.local)
        cut = left if left and left.points < earned else None
        kept = Fraction(cut.points) / earned if cut else Fraction(1)
        self._given[rule.rule_id] = {line_id: part * kept for line_id, part in points.items()}
        self.applied[rule.rule_id] = Applied(rule, earned, earned * kept, cut.by if cut else None)

    def _points(self, rule: Rule, lines: Sequence[Basis]) -> Points:
        """What the rule has for each of its lines, before any limit."""
        if rule.effect == "multiplier":
            return {line.line_id: self._multiplied(rule, line) for line in lines}
        if rule.effect == "per-money":
            return {line.line_id: Fraction(line.money) * rule.rate for line in lines}
        goods = [line for line in lines if line.line_id != SHIPPING]
        items = {line.line_id: Fraction(line.quantity) for line in goods}
        if rule.every:
            times = sum(line.quantity for line in goods) // rule.every
            return _spread(Fraction(rule.points * times), items)
        paid = {line.line_id: max(Fraction(line.money), Fraction(0)) for line in goods}
        return _spread(Fraction(rule.points), paid if any(paid.values()) else items)

    def _multiplied(self, rule: Rule, line: Basis) -> Fraction:
        """As if no limit had cut what others gave."""
        running = Fraction(line.money) * self.factor
        before = (other.rule for other in self.applied.values())
        for other in (one for one in before if one.effect == "multiplier"):
            if self._given[other.rule_id].get(line.line_id) is not None:
                running *= Fraction(other.factor or 1)
        return running * (Fraction(rule.factor or 1) - 1)


def _spread(points: Fraction, weights: Mapping[int, Fraction]) -> Points:
    """`points` by weight; nothing where nothing has any."""
    total = sum(weights.values(), Fraction(0))
    return {key: points * weight / total for key, weight in weights.items()} if total else {}
