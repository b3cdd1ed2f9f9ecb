"""Writes of decisions about orders, and of rules."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, F, When

from oscar_loyalty import bulk, conf
from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.program.earning import policy
from oscar_loyalty.program.earning.models import Award, EarningRule, RuleUse, RuleVersion
from oscar_loyalty.program.earning.policy import stored
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.terms.policy import Terms

NOTHING_CAME_BACK: Mapping[int, Fraction] = {}


def decision(
    account_id: int,
    order: OrderFacts,
    award: policy.Award,
    terms: Terms,
    *,
    shares: Mapping[int, Fraction] = NOTHING_CAME_BACK,
    at: datetime,
) -> Award:
    """The row, not yet saved, that records `award` for as much of the order as is kept."""
    available_at = terms.available_at(order.placed_at)
    due = available_at is not None and available_at <= at
    cancelled = order.status in conf.CANCELLED_STATUSES()
    breakdown = stored.breakdown(award)
    kept = stored.kept(breakdown, points=award.points, shares=shares)
    return Award(
        account_id=account_id,
        order_number=order.number,
        points=award.points,
        carried=0 if cancelled else kept.points,
        base=award.base,
        kept_base=Decimal(0) if cancelled else kept.base,
        why=award.why,
        breakdown=breakdown,
        available_at=available_at,
        matured=due or terms.spendable_in(order.status),
        cancelled=cancelled,
        placed_at=order.placed_at,
        decided_at=at,
    )


def record(decision: Award) -> bool:
    """Save a decision; False when another process has decided about that order."""
    try:
        with transaction.atomic():
            decision.save(force_insert=True)
    except IntegrityError:
        if Award.objects.filter(order_number=decision.order_number).exists():
            return False
        raise
    return True


def record_many(decisions: list[Award]) -> None:
    """Save decisions about orders that have none."""
    bulk.insert(Award, [bulk.row_of(decision) for decision in decisions])


def carry(award: Award) -> None:
    """Note what the order carries now."""
    fields = ("carried", "kept_base", "forgiven", "cancelled")
    changes = {name: getattr(award, name) for name in fields}
    Award.objects.filter(order_number=award.order_number).update(**changes)


def hand_over(decision: Award, account_id: int) -> None:
    """Make a decision another account's, unless it is that account's already."""
    if decision.account_id != account_id:
        decision.account_id = account_id
        Award.objects.filter(order_number=decision.order_number).update(account_id=account_id)


def move(account_id: int, into_id: int) -> None:
    """Make the decisions about one account's orders another's."""
    Award.objects.filter(account_id=account_id).update(account_id=into_id)
    RuleUse.objects.filter(account_id=account_id).update(account_id=into_id)


def mark_matured(order_number: str) -> None:
    """Note that the order's points became spendable."""
    Award.objects.filter(order_number=order_number).update(matured=True)


def publish(version: RuleVersion, *, actor: str, at: datetime) -> None:
    """
    Save a version as the newest of its rule, or of a new one when it names none.

    Of two who publish at the same moment both are kept, one after the other.
    """
    with transaction.atomic():
        if version.rule_id is None:
            version.rule = EarningRule.objects.create(
                programme_id=Programme.objects.values_list("pk", flat=True).first()
            )
        else:
            lock_rules([version.rule_id])
        version.number = version.rule.versions.count() + 1
        version.published_at, version.actor = at, actor
        version.pk = None
        version.save(force_insert=True)
        EarningRule.objects.filter(pk=version.rule_id).update(current=version)


def lock_rules(rule_ids: Iterable[int]) -> dict[int, int]:
    """
    Keep others from using these rules up, and return what is used of each.

    Always after the account is locked, and all at once.
    """
    rules = EarningRule.objects.filter(pk__in=list(rule_ids)).order_by("pk")
    if connection.vendor == "postgresql":
        rules = rules.select_for_update(no_key=True)
    else:
        rules.update(used=F("used"))
    return dict(rules.values_list("pk", "used"))


def count_uses(awards: Iterable[Award], shares: Mapping[str, Mapping[int, Fraction]]) -> None:
    """
    Note what new awards take of the limits of their rules, and of what is kept of each order.

    `shares` are those of the lines, by order number.
    """
    uses, used = [], Counter[int]()
    for award in awards:
        kept = shares.get(award.order_number, NOTHING_CAME_BACK)
        whole = stored.uses(award.breakdown, points=award.points, shares=NOTHING_CAME_BACK)
        for rule_id, points in uses_of(award, kept).items():
            uses.append(
                RuleUse(
                    rule_id=rule_id,
                    account_id=award.account_id,
                    source=f"order:{award.order_number}",
                    given=whole[rule_id],
                    points=points,
                    used_at=award.placed_at,
                )
            )
            used[rule_id] += points
    RuleUse.objects.bulk_create(uses)
    _use(used)


def note_uses(account_id: int, source: str, points: Mapping[int, int], *, at: datetime) -> None:
    """Note what rules gave for an act, by rule."""
    RuleUse.objects.bulk_create(
        RuleUse(
            rule_id=rule_id,
            account_id=account_id,
            source=source,
            given=given,
            points=given,
            used_at=at,
        )
        for rule_id, given in points.items()
    )
    _use(points)


def turn_uses(source: str, *, counts: bool) -> None:
    """Give back the room that an act has taken of limits, or take it again where it `counts`."""
    uses = RuleUse.objects.filter(source=source)
    lock_rules(uses.values_list("rule_id", flat=True))
    changed = Counter[int]()
    for use in uses:
        wanted = use.given if counts else 0
        changed[use.rule_id] = wanted - use.points
        RuleUse.objects.filter(pk=use.pk).update(points=wanted)
    _use(changed)


def recount_uses(award: Award, shares: Mapping[int, Fraction]) -> None:
    """Give the room of what has come back to the limits, or take it again."""
    wanted = uses_of(award, shares)
    if not wanted:
        return
    lock_rules(wanted)
    changed = Counter[int]()
    for use in RuleUse.objects.filter(source=f"order:{award.order_number}"):
        more = wanted[use.rule_id] - use.points
        if more:
            changed[use.rule_id] = more
            RuleUse.objects.filter(pk=use.pk).update(points=F("points") + more)
    _use(changed)


def uses_of(award: Award, shares: Mapping[int, Fraction]) -> dict[int, int]:
    """What an award takes of the limits of its rules while so much of each line is kept."""
    uses = stored.uses(award.breakdown, points=award.points, shares=shares)
    return dict.fromkeys(uses, 0) if award.cancelled else uses


def _use(points: Mapping[int, int]) -> None:
    more = {rule_id: added for rule_id, added in points.items() if added}
    if more:
        whens = [When(pk=rule_id, then=F("used") + added) for rule_id, added in more.items()]
        EarningRule.objects.filter(pk__in=more).update(used=Case(*whens))
