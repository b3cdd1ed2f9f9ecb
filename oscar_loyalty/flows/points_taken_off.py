"""Points that were kept for a basket are let go."""

from datetime import datetime

from django.utils.translation import gettext as _

from oscar_loyalty.errors import RedemptionRefused
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.redemption import services as redemption
from oscar_loyalty.shop import baskets


def run(basket_id: int) -> int:
    """Let go what is kept for the basket and return how many points."""
    return redemption.release(basket_id)


def by_shopper(basket_id: int) -> int:
    """
    Let go what is kept for the basket, as its owner wants, and return how many points.

    :raises RedemptionRefused: if the basket is being paid.
    """
    released = redemption.release(basket_id, unless_paid=True)
    if not released and not baskets.not_being_paid([basket_id]):
        raise RedemptionRefused(_("This basket is being paid; its points cannot be changed."))
    return released


def run_unless_being_paid(account_id: int) -> None:
    """
    Let go what is kept for the account's baskets, but for one that is being paid.

    Its points are spoken for, and an order that is paid for is never refused.
    """
    for basket_id in redemption_queries.open_baskets(account_id=account_id):
        redemption.release(basket_id, unless_paid=True)


def run_expired(*, at: datetime) -> int:
    """
    Let go what was kept long enough; return for how many baskets.

    Never for a basket that is being paid: its points are spoken for, however long that takes.
    """
    expired = list(redemption_queries.expired(at=at))
    idle = baskets.not_being_paid(expired)
    let_go = (redemption.release(basket_id, unless_paid=True, due_at=at) for basket_id in idle)
    return sum(map(bool, let_go))
