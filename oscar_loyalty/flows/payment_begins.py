"""The last look before money moves: are the points and the coupons still there?"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.flows import coupon_given, coupon_used, one_by_one
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.coupons import services as coupons
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.redemption import services as redemption
from oscar_loyalty.program.redemption.policy import Spending
from oscar_loyalty.shop import baskets, vouchers


def run(basket_id: int, agreed: Spending, *, at: datetime) -> bool:
    """
    Keep points for the basket while it is being paid; False when they cannot be spent.

    What was `agreed` holds from now on: whoever pays the rest gets it, whatever happens meanwhile,
    and no more where points were to pay nothing.
    """
    wanted = redemption_queries.wanted_of(basket_id)
    if wanted is not None:
        # Only now does nobody choose others.
        ledger.lock([wanted.account_id])
        wanted = redemption_queries.wanted_of(basket_id)
    until = at + timedelta(minutes=conf.HOLD_MINUTES())
    if not agreed.points:
        redemption.agree(basket_id, agreed, until=until)
        return True
    if wanted is None or wanted.covered < agreed.points or wanted.restraint.holds(at):
        return False
    return redemption.agree(basket_id, agreed, until=until)


@transaction.atomic
def given_up(basket_id: int) -> None:
    """Forget what the payment of a basket was told, unless another has begun by now."""
    wanted = redemption_queries.wanted_of(basket_id)
    if wanted is None or wanted.agreed is None:
        return
    ledger.lock([wanted.account_id])
    if baskets.not_being_paid([basket_id]):
        redemption.forget_agreed(basket_id)


def claim(voucher_ids: Iterable[int], basket_id: int, *, at: datetime) -> bool:
    """
    Keep the coupons for the basket while it is being paid; False, and none, when one cannot be.

    From now on they do not expire for it: whoever pays gets what the payment was told.
    """
    with transaction.atomic():
        kept = all(_claim(voucher_id, basket_id, at) for voucher_id in sorted(voucher_ids))
        if not kept:
            transaction.set_rollback(True)
    return kept


def expire_given_up(*, at: datetime) -> int:
    """End vouchers on their day after all whose payment was given up; return how many."""
    return sum(one_by_one.run(coupons_queries.kept_past(at=at), _expire))


@transaction.atomic
def _expire(kept: tuple[int, datetime]) -> bool:
    voucher_id, expires_at = kept
    # A payment that begins locks it too, and has frozen its basket before.
    vouchers.lock([voucher_id])
    if coupon_used.claim_given_up(voucher_id) is None:
        return False
    vouchers.end(voucher_id, at=expires_at)
    return True


def _claim(voucher_id: int, basket_id: int, at: datetime) -> bool:
    # First, as an order locks it. Oscar ignores what has expired by its own row, paid or not.
    vouchers.end(voucher_id, at=at + coupon_given.LONGEST)
    if coupons.claim(voucher_id, basket_id, at=at):
        return True
    given_up = coupon_used.claim_given_up(voucher_id)
    return given_up is not None and coupons.claim(voucher_id, basket_id, at=at, instead_of=given_up)
