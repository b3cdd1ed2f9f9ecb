"""An order's status changed: its points become spendable, go, or come back."""

from datetime import datetime

from django.db import transaction

from oscar_loyalty.flows import (
    coupons_returned,
    flash_units_sold,
    order_recalculated,
    points_matured,
)
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import orders


@transaction.atomic
def run(order_number: str, *, at: datetime) -> None:
    """Bring the books in line with the status the order has now, however often it is called."""
    # Before the account is locked, as an order does that uses a coupon and points.
    coupons_returned.run(order_number, at=at)
    flash_units_sold.follow_status(order_number)
    _mature(order_number, at)
    order_recalculated.run_points(order_number, at=at)


def _mature(order_number: str, at: datetime) -> None:
    """Make points that wait for a status spendable, once the order was in it."""
    award = earning_queries.award_of(order_number)
    # What was promised for a day keeps that day, whatever the terms have become since.
    if award is None or award.available_at is not None or award.matured:
        return
    terms = terms_queries.written()
    if terms and _is_reached(order_number, terms):
        # Locks the account; whoever comes second finds nothing that waits.
        ledger.mature_order(award.account_id, order_number, at=at)
        earning.mark_matured(order_number)
        points_matured.tell([award.account_id], at=at)


def _is_reached(order_number: str, terms: Terms) -> bool:
    """Whether the order was ever in the status, or the programme waits for none any more."""
    if orders.status_of(order_number) is None:
        return False
    if terms.spendable != "on-status":
        return True
    return order_number in orders.numbers_that_reached(terms.spendable_status, [order_number])
