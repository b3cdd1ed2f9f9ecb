"""An order was placed whose basket was paid for with points."""

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.flows import one_by_one
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.redemption import policy
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.redemption import services as redemption
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import offers, orders
from oscar_loyalty.signals import announce, points_redeemed

logger = logging.getLogger("oscar_loyalty")


@transaction.atomic
def run(account_id: int, basket_id: int, points: int, *, order_number: str, at: datetime) -> bool:
    """Take the points off the account, once per order; say whether it was done now."""
    spent = redemption.capture(account_id, basket_id, points, order_number=order_number, at=at)
    if spent:
        announce(points_redeemed, account_id=account_id, points=points, order_number=order_number)
    return spent


def run_missed(*, at: datetime) -> int:
    """
    Settle orders that were placed while we failed; return how many.

    What an order was paid with in points is spent, also where nobody keeps them any more, as far
    back as the sweep looks. An order without points lets go of what its basket kept.
    """
    offer_id = offers.points_offer_id()
    since = at - timedelta(days=conf.SWEEP_DAYS())
    unpaid = redemption_queries.unspent(orders.reduced_by([offer_id], since=since))
    kept = orders.from_baskets(redemption_queries.open_baskets(), offer_id)
    missed = {number: (basket_id, taken) for basket_id, number, taken in [*unpaid, *kept]}
    return sum(one_by_one.run(missed.items(), partial(_settle, at=at)))


@transaction.atomic
def _settle(missed: tuple[str, tuple[int, Decimal | None]], *, at: datetime) -> bool:
    number, (basket_id, taken) = missed
    account_id = redemption_queries.keeper_of(basket_id) or _account_behind(number)
    points = _points_for(basket_id, taken or Decimal(0))
    spent_before = redemption_queries.spending_on([number])
    _warn_of_the_unkept(basket_id, number, taken)
    if account_id is None or not points or spent_before:
        return redemption.release(basket_id) > 0
    return run(account_id, basket_id, points, order_number=number, at=at)


def _account_behind(order_number: str) -> int | None:
    user_id, _status = orders.as_they_are([order_number]).get(order_number, (None, ""))
    return ledger_queries.account_of(user_id)


def _warn_of_the_unkept(basket_id: int, number: str, taken: Decimal | None) -> None:
    """Staff suspended the offer, or deleted it, while the rest was being paid."""
    agreed = redemption_queries.agreed_for(basket_id)
    if agreed and agreed.points and not taken:
        logger.warning(
            "loyalty: order %s was paid as if points took %s off, which they did not",
            number,
            agreed.amount,
        )


def _points_for(basket_id: int, taken: Decimal) -> int:
    """As many as the payment was told, else the fewest that take so much off."""
    agreed, terms = redemption_queries.agreed_for(basket_id), terms_queries.written()
    if agreed and policy.goes_with(taken, agreed):
        return agreed.points
    return policy.needed(taken, redemption_queries.limits_of(terms)) if terms else 0
