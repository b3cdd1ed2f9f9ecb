"""An order was placed: it earns, counts towards tiers, and may lift the member."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.flows import member_joined, order_matches, tier_progress
from oscar_loyalty.program.earning import policy
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import orders
from oscar_loyalty.signals import announce, points_earned


@transaction.atomic
def run(order_number: str, *, at: datetime, member: Membership | None = None) -> int | None:
    """
    Award the order and return its points; None when there was nothing to decide any more.

    `member` is who placed it as they stood just before, where the caller knows.
    """
    known = earning_queries.written_terms_and_rules()
    order = orders.facts_of(order_number) if known else None
    if known is None or order is None or order.user_id is None:
        return None
    terms, rules = known
    if order.placed_at < terms.starts_at:
        return None
    account_id, multiplier = _standing(order, order.user_id, member, at)
    award = policy.award_for(order, terms, multiplier, order_matches.of([order], rules))
    decision = earning.decision(account_id, order, award, terms, at=at)
    if not earning.record(decision):
        return None
    if decision.carried:
        ledger.accrue(account_id, accrual_of(decision))
        _announce(decision)
    elif decision.qualifies:
        # Two orders must not climb at once. An accrual locks the account by itself.
        ledger.lock([account_id])
    if decision.qualifies and not decision.cancelled:
        tier_progress.count(decision, terms, at=at)
    return decision.carried


def accrual_of(decision: Award) -> Accrual:
    """The ledger's entry for what an order earns."""
    number = decision.order_number
    return Accrual(
        decision.points,
        Cause("earn", f"earn:{number}", number),
        decision.placed_at,
        pending=not decision.matured,
        available_at=decision.available_at,
    )


def _announce(decision: Award) -> None:
    announce(
        points_earned,
        account_id=decision.account_id,
        points=decision.carried,
        source=f"order:{decision.order_number}",
        order_number=decision.order_number,
    )


def _standing(
    order: OrderFacts, user_id: int, member: Membership | None, at: datetime
) -> tuple[int, Decimal]:
    """The account that earns, and what its tier multiplies points by just before the order."""
    if member is None or member.user_id != user_id:
        member = tiers_queries.membership_of(user_id)
    if member is None:
        return member_joined.run(user_id, at=at), Decimal(1)
    if member.since > order.placed_at:
        return member.account_id, tiers_queries.multiplier_at(member.account_id, order.placed_at)
    return member.account_id, member.multiplier
