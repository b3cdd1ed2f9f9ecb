"""What a rule is about, what it asks for, and which of several gets a line."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Trigger = Literal["order", "signup", "review", "birthday", "action"]
Effect = Literal["excludes", "points", "per-money", "multiplier"]
Period = Literal["", "day", "week", "month", "year"]
WhyNot = Literal[
    "",
    "unknown",
    "not-yet",
    "over",
    "weekday",
    "hours",
    "tier",
    "group",
    "language",
    "minimum",
    "country",
    "nth-order",
    "budget",
    "cap-order",
    "cap-member",
    "cap-period",
    "excluded",
    "claimed",
    "too-few",
]

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """
    A version of a rule, in force from `in_force_from` on; None: ever since.

    "excludes": what it is about earns nothing. "points": so many for `every` so many items, or once
    for the order when that is None. "per-money": `points` for every `per_amount`. "multiplier": the
    points by the programme's rate `factor` times. About a product, a category or a range; of none,
    about the whole order. Conditions that are empty ask nothing; weekdays are 1 (Monday) to 7, the
    tier 0 is none, days are whole ones and hours end before `until_time`.
    """

    version_id: int
    rule_id: int
    effect: Effect
    trigger: Trigger = "order"
    action: str = ""
    product_id: int | None = None
    category_id: int | None = None
    range_id: int | None = None
    points: int = 0
    every: int | None = 1
    per_amount: Decimal | None = None
    factor: Decimal | None = None
    expiry_months: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    weekdays: Sequence[int] = ()
    from_time: time | None = None
    until_time: time | None = None
    tiers: Sequence[int] = ()
    groups: Sequence[int] = ()
    languages: Sequence[str] = ()
    countries: Sequence[str] = ()
    minimum: Decimal = Decimal(0)
    nth_order: int | None = None
    cap_order: int | None = None
    cap_member: int | None = None
    cap_period: int | None = None
    period: Period = ""
    budget: int | None = None
    priority: int = 0
    stackable: bool = True
    in_force_from: datetime | None = None
    retired: bool = False

    @property
    def specificity(self) -> int:
        """A product is more than a category, this more than a range, this more than an order."""
        if self.product_id is not None:
            return 3
        if self.category_id is not None:
            return 2
        return 1 if self.range_id is not None else 0

    @property
    def rank(self) -> tuple[int, int, int]:
        """The smaller comes first: the more specific, of higher priority, made earlier."""
        return (-self.specificity, -self.priority, self.rule_id)

    @property
    def is_limited(self) -> bool:
        """Whether what it gave before limits what it gives."""
        return self.limits_members or self.budget is not None

    @property
    def limits_members(self) -> bool:
        """Whether a member can have only so much of it."""
        return self.cap_member is not None or self.cap_period is not None

    @property
    def rate(self) -> Fraction:
        """Points for one unit of money; 0 where it goes by something else."""
        return Fraction(self.points) / Fraction(self.per_amount) if self.per_amount else Fraction(0)


@dataclass(frozen=True)
class Buyer:
    """Who an order or an act is of, as far as rules ask; None is what nobody knows."""

    tier_id: int | None = None
    groups: Collection[int] | None = None
    language: str | None = None
    nth_order: int | None = None


@dataclass(frozen=True)
class RuleFacts:
    """What conditions are held against: the moment by the programme's clock, and the rest."""

    local: datetime
    buyer: Buyer
    spend: Decimal | None = None
    country: str | None = None


def in_force(versions: Iterable[Rule], at: datetime) -> list[Rule]:
    """Of each rule the version of that moment, if there is one and it is not retired."""
    newest: dict[int, Rule] = {}
    for version in versions:
        since = version.in_force_from
        if since is None:
            newest.setdefault(version.rule_id, version)
        elif since <= at:
            before = newest.get(version.rule_id)
            if before is None or before.in_force_from is None or before.in_force_from <= since:
                newest[version.rule_id] = version
    return [version for version in newest.values() if not version.retired]


def why_not(rule: Rule, facts: RuleFacts) -> WhyNot:
    """
    The first condition that is not met; empty where all are.

    "unknown" where all that is known is met, and something is not known.
    """
    answers: tuple[tuple[bool | None, WhyNot], ...] = (
        *_by_the_clock(rule, facts.local),
        (_among(facts.buyer.tier_id, rule.tiers), "tier"),
        (_in_a_group(facts.buyer.groups, rule.groups), "group"),
        (_among(facts.buyer.language, rule.languages), "language"),
        (_among(facts.country, rule.countries), "country"),
        (_is(facts.buyer.nth_order, rule.nth_order), "nth-order"),
        (_reaches(facts.spend, rule.minimum), "minimum"),
    )
    for met, name in answers:
        if met is False:
            return name
    return "unknown" if any(met is None for met, _name in answers) else ""


def claimant(rules: Iterable[Rule]) -> Rule | None:
    """The rule that gets a line, of those that share it with no other."""
    return min(
        (rule for rule in rules if not rule.stackable), key=lambda rule: rule.rank, default=None
    )


def distinct(matches: Mapping[int, Sequence[Rule]]) -> list[Rule]:
    """Every rule that some line falls under, once, in the order of the rules."""
    found = {rule.rule_id: rule for rules in matches.values() for rule in rules}
    return [found[rule_id] for rule_id in sorted(found)]


def _by_the_clock(rule: Rule, local: datetime) -> Sequence[tuple[bool, WhyNot]]:
    """Hours through midnight belong to the day on which they begin."""
    day, clock = local.date(), local.time()
    start, end = rule.from_time, rule.until_time
    within = True
    if start is not None and end is not None:
        if start > end and clock < end:
            day -= _ONE_DAY
        within = start <= clock < end if start < end else clock >= start or clock < end
    return (
        (rule.first_day is None or day >= rule.first_day, "not-yet"),
        (rule.last_day is None or day <= rule.last_day, "over"),
        (not rule.weekdays or day.isoweekday() in rule.weekdays, "weekday"),
        (within, "hours"),
    )


def _among(known: int | str | None, wanted: Collection[int] | Collection[str]) -> bool | None:
    if not wanted:
        return True
    return None if known is None else known in wanted


def _in_a_group(known: Collection[int] | None, wanted: Collection[int]) -> bool | None:
    if not wanted:
        return True
    return None if known is None else not set(wanted).isdisjoint(known)


def _is(known: int | None, wanted: int | None) -> bool | None:
    if wanted is None:
        return True
    return None if known is None else known == wanted


def _reaches(known: Decimal | None, wanted: Decimal) -> bool | None:
    if not wanted:
        return True
    return None if known is None else known >= wanted
