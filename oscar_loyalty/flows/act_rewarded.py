"""Rules give points for what is no order: signing up, a review, a birthday, an action."""

from dataclasses import dataclass, field
from datetime import datetime

from oscar_loyalty.flows import order_buyers
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.policy.acts import bonuses
from oscar_loyalty.program.earning.policy.rules import Rule, RuleFacts, Trigger
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.signals import announce, points_earned


@dataclass(frozen=True)
class Act:
    """What a customer did; `source` names it for good, `base` is what it gives without rules."""

    trigger: Trigger
    user_id: int
    account_id: int
    source: str
    base: int = 0
    action: str = ""


@dataclass
class Bonuses:
    """Whole points by rule, and when they expire where that is a moment of their own."""

    points: dict[int, int] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)
    until: dict[int, datetime | None] = field(default_factory=dict)


def run(act: Act, *, at: datetime) -> int:
    """
    Post what the rules in force give for an act, each as an entry of its own; return the points.

    Once for its source, whatever rules there are by then: what is not limited is noted, too.
    """
    given = count(act, at=at)
    for rule_id, points in given.points.items():
        key = f"bonus::rule:{rule_id}:{act.source}"
        cause = Cause("bonus", key, reason=f"rule:{given.versions[rule_id]}")
        accrual = Accrual(points, cause, at, expires_at=given.until[rule_id])
        if ledger.accrue(act.account_id, accrual):
            announce(
                points_earned, account_id=act.account_id, points=points, source=key, order_number=""
            )
    return sum(given.points.values())


def count(act: Act, *, at: datetime) -> Bonuses:
    """What rules give for an act that they have given nothing for, noted but not posted."""
    known = earning_queries.terms_and_rules()
    rules = [rule for rule in rules_for(act.trigger, known, at) if rule.action == act.action]
    if known is None or not rules:
        return Bonuses()
    ledger.lock([act.account_id])
    used = earning.lock_rules([rule.rule_id for rule in rules])
    # Only now: one person may have several accounts.
    if earning_queries.is_used(act.source):
        return Bonuses()
    limited = [rule for rule in rules if rule.is_limited]
    taken = earning_queries.taken(limited, used, [act.account_id])[act.account_id]
    facts = _facts(act, rules, known[0], at)
    found = Bonuses()
    for one in bonuses(act.base, rules, facts, taken):
        rule_id, months = one.rule.rule_id, one.rule.expiry_months
        found.points[rule_id] = int(one.given)
        found.versions[rule_id] = one.rule.version_id
        found.until[rule_id] = known[0].end_of_months(at, months) if months else None
    earning.note_uses(act.account_id, act.source, found.points, at=at)
    return found


def rules_for(
    trigger: Trigger, known: tuple[Terms, tuple[Rule, ...]] | None, at: datetime
) -> list[Rule]:
    """The rules in force about such acts."""
    rules = earning_queries.rules_at(known[1], at) if known else ()
    return [rule for rule in rules if rule.trigger == trigger]


def _facts(act: Act, rules: list[Rule], terms: Terms, at: datetime) -> RuleFacts:
    buyers = order_buyers.run(rules, {act.user_id: act.account_id})
    tier_id = None
    if any(rule.tiers for rule in rules):
        rung = tiers_queries.rung_at(act.account_id, at)
        tier_id = rung.tier_id if rung else None
    return RuleFacts(terms.local_time(at), buyers.who(act.user_id, act.account_id, tier_id))
