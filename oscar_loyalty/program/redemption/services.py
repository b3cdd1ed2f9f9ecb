"""The only writer of holds. The account is always locked before its holds."""

import logging
from datetime import datetime

from django.db import transaction

from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Cause, Ending
from oscar_loyalty.program.redemption.models import Hold
from oscar_loyalty.program.redemption.policy import Spending
from oscar_loyalty.shop import baskets

State = Hold.State

logger = logging.getLogger("oscar_loyalty")


@transaction.atomic
def hold(account_id: int, basket_id: int, points: int, *, at: datetime, until: datetime) -> None:
    """
    Keep `points` for a basket, in place of those it kept before.

    :raises InvalidPoints: if `points` is not a whole number from 1 up.
    :raises InsufficientPoints: if fewer points can be spent; what was kept stays kept.
    """
    release(basket_id, unless_of=account_id)
    ledger.lock([account_id])
    kept = _open(basket_id)
    ledger.reserve(account_id, points, instead_of=kept.points if kept else 0)
    chosen = kept or Hold(account_id=account_id, basket_id=basket_id, opened_at=at)
    chosen.points, chosen.expires_at = points, until
    chosen.agreed_points = chosen.agreed_amount = None
    chosen.save()


@transaction.atomic
def release(
    basket_id: int,
    *,
    unless_of: int | None = None,
    unless_paid: bool = False,
    due_at: datetime | None = None,
) -> int:
    """
    Let the points go that are kept for a basket, and return how many; 0 when there are none.

    If asked, not those of one account, of a basket that is being paid, or kept for longer.
    """
    seen = _open(basket_id)
    if seen is None or seen.account_id == unless_of:
        return 0
    ledger.lock([seen.account_id])
    # Meanwhile an order may have captured them, the shopper chosen others, or a payment begun.
    kept = _open(basket_id)
    if kept and kept.account_id != seen.account_id:  # merged meanwhile
        return release(basket_id, unless_of=unless_of, unless_paid=unless_paid, due_at=due_at)
    if kept is None or (due_at and kept.expires_at > due_at):
        return 0
    if unless_paid and not baskets.not_being_paid([basket_id]):
        return 0
    ledger.let_go(kept.account_id, kept.points)
    Hold.objects.filter(pk=kept.pk).update(state=State.RELEASED)
    return kept.points


def move(account_id: int, into_id: int) -> None:
    """Make what is kept and was spent from one account another's, which holds it by now."""
    Hold.objects.filter(account_id=account_id).update(account_id=into_id)


@transaction.atomic
def capture(
    account_id: int, basket_id: int, points: int, *, order_number: str, at: datetime
) -> bool:
    """
    Spend `points` on an order, once, and let go of what its basket kept beyond them.

    Points that nobody kept are spent too: the shopper has paid the rest by now. One whose account
    was merged meanwhile pays from the other.
    """
    account_id = ledger.lock_current(account_id)
    kept = _open(basket_id)
    if kept and kept.account_id != account_id:
        kept = None
    cause = Cause("redeem", f"redeem:{order_number}", order_number)
    if not ledger.redeem(account_id, points, cause, kept=kept.points if kept else 0, at=at):
        return False
    spent = kept or Hold(
        account_id=account_id, basket_id=basket_id, points=points, opened_at=at, expires_at=at
    )
    spent.state, spent.spent, spent.order_number = State.CAPTURED, points, order_number
    spent.uncovered = kept is None or ledger_queries.owes(account_id)
    spent.save()
    if spent.uncovered:
        logger.warning("loyalty: order %s was paid with points that nobody had kept", order_number)
    return True


@transaction.atomic
def give_back(
    order_number: str, points: int, *, at: datetime, least: datetime, ending: Ending
) -> int:
    """
    Make `points` of those spent on an order returned; return how many more, or fewer, than before.

    They expire as they would have, but not before `least`.
    """
    holds = Hold.objects.filter(order_number=order_number)
    hold = holds.get()
    more = ledger.give_back(
        hold.account_id, order_number, points, at=at, least=least, ending=ending
    )
    holds.update(returned=points)
    return more


def agree(basket_id: int, agreed: Spending, *, until: datetime) -> bool:
    """Note what a payment is told, and keep its points longer; False when fewer are kept."""
    holds = Hold.objects.filter(basket_id=basket_id, state=State.OPEN, points__gte=agreed.points)
    changes = {"agreed_points": agreed.points, "agreed_amount": agreed.amount}
    return holds.update(expires_at=until, **changes) == 1


def forget_agreed(basket_id: int) -> None:
    """No payment of the basket is under way any more that was told anything."""
    holds = Hold.objects.filter(basket_id=basket_id, state=State.OPEN)
    holds.update(agreed_points=None, agreed_amount=None)


def _open(basket_id: int) -> Hold | None:
    return Hold.objects.filter(basket_id=basket_id, state=State.OPEN).first()
