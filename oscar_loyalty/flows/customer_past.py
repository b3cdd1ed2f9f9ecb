"""One customer's orders lived through again: what each earns, and the tiers it leads through."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.flows import tier_progress
from oscar_loyalty.flows.order_buyers import Buyers
from oscar_loyalty.program.earning import policy
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.earning.policy.limits import Taken, Use
from oscar_loyalty.program.earning.policy.pricing import SHIPPING
from oscar_loyalty.program.earning.policy.rules import Rule, in_force
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers.models import QualifyingEvent
from oscar_loyalty.program.tiers.policy import Career, Rung
from oscar_loyalty.program.tiers.queries import rules_of


@dataclass(frozen=True)
class Setting:
    """What every customer's past is lived through with."""

    terms: Terms
    ladder: tuple[Rung, ...]
    #: Every version of every rule.
    versions: Sequence[Rule]
    #: By line, those that it falls under.
    matches: Mapping[int, Sequence[Rule]]
    buyers: Buyers
    #: By account, what limits had been taken of before; it grows with every decision.
    taken: Mapping[int, Taken]
    #: Numbers of orders whose status has made their points spendable.
    spendable: Collection[str]
    #: The kept part of each line of an order, by its number, where one has come back.
    kept: Mapping[str, Mapping[int, Fraction]]
    at: datetime


@dataclass(frozen=True)
class Past:
    """
    The decisions about a customer's orders, what they count, and the way along the ladder.

    `uses` is what they take of the limits of rules.
    """

    decisions: list[Award]
    events: list[QualifyingEvent]
    career: Career
    uses: Counter[int] = field(default_factory=Counter)


def live_through(
    account_id: int,
    orders: Iterable[OrderFacts],
    counted: Iterable[tuple[datetime, Decimal]],
    setting: Setting,
) -> Past:
    """Decide about `orders`, oldest first, between what has been `counted` already."""
    past = Past([], [], Career(setting.ladder, rules_of(setting.terms)))
    moments: list[tuple[datetime, Decimal | OrderFacts]] = [*counted]
    moments += [(order.placed_at, order) for order in orders]
    for moment, what in sorted(moments, key=lambda pair: pair[0]):
        day = setting.terms.local_date(moment)
        if isinstance(what, OrderFacts):
            _decide(account_id, what, day, past, setting)
        else:
            past.career.count(day, what)
    past.career.live_until(setting.terms.local_date(setting.at))
    return past


def _decide(account_id: int, order: OrderFacts, day: date, past: Past, setting: Setting) -> None:
    """The order earns by the tier held just before it, and then counts towards the next."""
    rung = past.career.live_until(day).rung
    multiplier = rung.multiplier if rung else Decimal(1)
    buyer = setting.buyers.of(order, account_id, rung.tier_id if rung else None)
    matches = _of_the_day(order, setting)
    taken = setting.taken.get(account_id, policy.NOTHING_TAKEN)
    award = policy.award_for(order, setting.terms, multiplier, matches, buyer=buyer, taken=taken)
    shares = setting.kept.get(order.number, {})
    decision = earning.decision(
        account_id, order, award, setting.terms, shares=shares, at=setting.at
    )
    decision.matured = decision.matured or order.number in setting.spendable
    for rule_id, points in earning.uses_of(decision, shares).items():
        taken.add(Use(rule_id, order.placed_at, points))
        past.uses[rule_id] += points
    past.decisions.append(decision)
    if decision.qualifies and decision.stands:
        event = tier_progress.event_of(decision)
        past.events.append(event)
        past.career.count(day, Decimal(getattr(event, setting.terms.measure)))


def _of_the_day(order: OrderFacts, setting: Setting) -> Mapping[int, Sequence[Rule]]:
    """Of what its lines fall under, the versions that were in force when it was placed."""
    if not setting.matches:
        return policy.NO_MATCHES
    # Of all versions: the next one may be about something else.
    then = {rule.version_id for rule in in_force(setting.versions, order.placed_at)}
    lines = [SHIPPING, *(line.line_id for line in order.lines)]
    return {
        line: [rule for rule in setting.matches.get(line, ()) if rule.version_id in then]
        for line in lines
    }
