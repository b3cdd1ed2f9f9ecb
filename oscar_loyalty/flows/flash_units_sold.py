"""An order has the price of a flash sale: its units are sold, and come back with it."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.flows import one_by_one
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns import services as campaigns
from oscar_loyalty.program.campaigns.policy import Sale, Share
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.shop import orders

logger = logging.getLogger("oscar_loyalty")


@transaction.atomic
def run(
    sale_id: int,
    shares: Sequence[Share],
    *,
    order_number: str,
    basket_id: int,
    account_id: int | None,
    paid: bool,
    at: datetime,
) -> bool:
    """
    Sell an order its units, once.

    False, and none, where the sale has fewer; an order that may be `paid` gets them all the same.
    """
    beyond = campaigns.sell(
        sale_id,
        shares,
        order_number=order_number,
        basket_id=basket_id,
        account_id=account_id,
        at=at,
    )
    if beyond and not paid:
        transaction.set_rollback(True)
        return False
    _warn_of(beyond, order_number)
    return True


def follow_status(order_number: str) -> int:
    """
    Bring the units of an order in line with its status; return how many changed hands.

    While the sale is on others can buy those of an order that was cancelled. What an order gets
    back that stands again, the sale may have sold meanwhile.
    """
    if not campaigns_queries.display_sales():
        return 0
    _customer, status = orders.as_they_are([order_number]).get(order_number, (None, None))
    if status is None:
        # An order that is gone from the shop stays as it was.
        return 0
    if status in conf.CANCELLED_STATUSES():
        return campaigns.take_back(order_number)
    again, beyond = campaigns.sell_again(order_number)
    _warn_of(beyond, order_number)
    return again


def run_missed(*, at: datetime) -> int:
    """Settle orders that were placed, or changed, while we failed; return how many."""
    settled: list[int] = []
    for sale in campaigns_queries.unsettled():
        settled += one_by_one.run(_unsold(sale, at), partial(_settle, sale, at=at))
        settled += one_by_one.run(_out_of_line(sale.sale_id), follow_status)
    return sum(map(bool, settled))


def _unsold(sale: Sale, at: datetime) -> list[tuple[int, str]]:
    """Basket and number of orders that got the price, and have no unit."""
    since = at - timedelta(days=conf.SWEEP_DAYS())
    reduced = orders.reduced_by([sale.offer_id], since=since) if sale.offer_id else ()
    known = campaigns_queries.orders_of(sale.sale_id)
    return [(basket_id, number) for basket_id, number, _taken in reduced if number not in known]


@transaction.atomic
def _settle(sale: Sale, order: tuple[int, str], *, at: datetime) -> bool:
    """By what its payment was told; an order that no payment began for is found by the audit."""
    basket_id, number = order
    # Another sweep may be at it, and leaves nothing to settle.
    campaigns.lock_promised(basket_id)
    shares = campaigns_queries.promised_to(basket_id).get(sale.offer_id, [])
    user_id, _status = orders.as_they_are([number]).get(number, (None, ""))
    account_id = ledger_queries.account_of(user_id) if user_id else None
    return bool(shares) and run(
        sale.sale_id,
        shares,
        order_number=number,
        basket_id=basket_id,
        account_id=account_id,
        paid=True,
        at=at,
    )


def _out_of_line(sale_id: int) -> list[str]:
    """Orders that were cancelled and have their units, or stand again and have none."""
    sold = campaigns_queries.orders_of(sale_id)
    in_shop = orders.as_they_are(sold)
    stands = {
        number: status not in conf.CANCELLED_STATUSES()
        for number, (_customer, status) in in_shop.items()
    }
    return sorted(number for number in stands if stands[number] != sold[number])


def _warn_of(beyond: int, order_number: str) -> None:
    """The audit finds the sale, too, that has sold more than it had."""
    if beyond:
        logger.error(
            "loyalty: order %s has %s units of a flash sale that were sold already",
            order_number,
            beyond,
        )
