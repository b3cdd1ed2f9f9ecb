"""Before money moves a basket claims the units of flash sales that it was shown, or nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from oscar_loyalty.flows import one_by_one
from oscar_loyalty.program.campaigns import policy
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns import services as campaigns
from oscar_loyalty.program.campaigns.policy import Share
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.shop import baskets


@transaction.atomic
def run(
    wanted: Iterable[tuple[int, Sequence[Share]]],
    *,
    basket_id: int,
    account_id: int | None,
    at: datetime,
) -> bool:
    """
    Keep the units of these sales for the basket while it is being paid.

    False, and none, where there are fewer, or the customer has had theirs.
    """
    kept = all(
        _claim(sale_id, shares, basket_id, account_id, at)
        for sale_id, shares in sorted(wanted, key=lambda one: one[0])
    )
    if not kept:
        transaction.set_rollback(True)
    return kept


def given_up(basket_id: int) -> int:
    """Let others have the units of a basket, unless its payment has begun anew; how many."""
    seen = campaigns_queries.claimed_at(basket_id)
    if not seen or not baskets.not_being_paid([basket_id]):
        return 0
    return campaigns.give_back(basket_id, claimed_at=seen)


def run_expired(*, at: datetime) -> int:
    """
    Let others have the units whose payment takes too long; return for how many baskets.

    A bank that takes one after all finds its basket costing what it was told.
    """

    def let_go(basket_id: int) -> int:
        return given_up(basket_id) or campaigns.lapse(basket_id, at=at)

    return sum(map(bool, one_by_one.run(campaigns_queries.expired(at=at), let_go)))


def _claim(
    sale_id: int, shares: Sequence[Share], basket_id: int, account_id: int | None, at: datetime
) -> bool:
    sale = campaigns_queries.sale(sale_id)
    if sale is None:
        return False
    if account_id is not None and sale.per_customer is not None:
        # Only now does nobody else count what the member has had.
        ledger.lock([account_id])
        had = campaigns_queries.had_by(sale_id, account_id, basket_id=basket_id)
        if had + policy.total(shares) > sale.per_customer:
            return False
    until = at + timedelta(minutes=sale.payment_minutes)
    return campaigns.claim(
        sale_id, shares, basket_id=basket_id, account_id=account_id, at=at, until=until
    )
