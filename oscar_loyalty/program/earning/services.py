"""Writes of decisions about orders."""

from datetime import datetime

from django.db import IntegrityError, transaction

from oscar_loyalty import bulk, conf
from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.program.earning import policy
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.terms.policy import Terms


def decision(
    account_id: int, order: OrderFacts, award: policy.Award, terms: Terms, *, at: datetime
) -> Award:
    """The row, not yet saved, that records `award` for the order in its present status."""
    available_at = terms.available_at(order.placed_at)
    due = available_at is not None and available_at <= at
    cancelled = order.status in conf.CANCELLED_STATUSES()
    return Award(
        account_id=account_id,
        order_number=order.number,
        points=award.points,
        carried=0 if cancelled else award.points,
        base=award.base,
        why=award.why,
        breakdown=policy.breakdown(award),
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


def carry(order_number: str, points: int, *, cancelled: bool) -> None:
    """Note what the order carries now."""
    awards = Award.objects.filter(order_number=order_number)
    awards.update(carried=points, cancelled=cancelled)


def mark_matured(order_number: str) -> None:
    """Note that the order's points became spendable."""
    Award.objects.filter(order_number=order_number).update(matured=True)
