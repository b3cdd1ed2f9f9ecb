"""An order's status changed: its points go, come back, or become spendable."""

from datetime import datetime

from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.flows import order_placed, tier_progress
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import orders
from oscar_loyalty.signals import announce, points_clawed_back, points_earned


@transaction.atomic
def run(order_number: str, *, at: datetime) -> None:
    """Bring the books in line with the status the order has now, however often it is called."""
    award = earning_queries.award_of(order_number)
    if award is None:
        return
    ledger.lock([award.account_id])
    award.refresh_from_db()
    status = orders.status_of(order_number)
    if status is None:
        return
    terms = terms_queries.written()
    # What was promised for a day keeps that day, whatever the terms have become since.
    waits_for_status = award.available_at is None and not award.matured
    if waits_for_status and terms and _is_reached(order_number, terms):
        ledger.mature_order(award.account_id, order_number)
        earning.mark_matured(order_number)
        award.matured = True
    cancelled = status in conf.CANCELLED_STATUSES()
    if cancelled != award.cancelled:
        _carry(award, cancelled, terms, at)


def _is_reached(order_number: str, terms: Terms) -> bool:
    """Whether the order was ever in the status, or the programme waits for none any more."""
    if terms.spendable != "on-status":
        return True
    return order_number in orders.numbers_that_reached(terms.spendable_status, [order_number])


def _carry(award: Award, cancelled: bool, terms: Terms | None, at: datetime) -> None:
    """Take the order's points back, or give them again, and count it accordingly."""
    award.cancelled, award.carried = cancelled, 0 if cancelled else award.points
    earning.carry(award.order_number, award.carried, cancelled=cancelled)
    if award.points:
        difference = ledger.settle_order(
            award.account_id, order_placed.accrual_of(award), award.carried, at=at
        )
        _announce(award, difference)
    if award.qualifies:
        tier_progress.count(award, terms, at=at)


def _announce(award: Award, difference: int) -> None:
    announce(
        points_earned if difference > 0 else points_clawed_back,
        account_id=award.account_id,
        points=abs(difference),
        source=f"order:{award.order_number}",
        order_number=award.order_number,
    )
