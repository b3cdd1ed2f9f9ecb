"""Writes of decisions about orders."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db import IntegrityError, transaction

from oscar_loyalty import bulk, conf
from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.program.earning import policy
from oscar_loyalty.program.earning.models import Award
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
    breakdown = policy.breakdown(award)
    kept = policy.kept(breakdown, points=award.points, shares=shares)
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


def mark_matured(order_number: str) -> None:
    """Note that the order's points became spendable."""
    Award.objects.filter(order_number=order_number).update(matured=True)
