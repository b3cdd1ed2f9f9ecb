"""An order used a coupon: nobody uses it again, whatever becomes of order and customer."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.coupons import services as coupons
from oscar_loyalty.program.coupons.policy import Claim
from oscar_loyalty.shop import baskets, vouchers


@transaction.atomic
def run(voucher_id: int, order_number: str, *, basket_id: int | None, at: datetime) -> bool:
    """
    Claim the coupon behind a voucher for the order that it took something off, once.

    False when another order has it, or another basket is being paid with it: that one comes first.
    """
    if not _use(voucher_id, order_number, basket_id, at):
        return False
    # Other baskets are locked in no order of ours, so only once this one is through.
    leave = partial(vouchers.take_from_baskets, voucher_id, but=basket_id)
    transaction.on_commit(leave, robust=True)
    return True


def claim_given_up(voucher_id: int) -> Claim | None:
    """The claim on the coupon of a basket that will be no order with it any more."""
    claim = coupons_queries.claim_of(voucher_id)
    return claim if claim and not _is_paying(voucher_id, claim) else None


def is_being_paid_with(voucher_id: int) -> bool:
    """Whether the basket that has claimed the coupon is being paid with it, or was."""
    claim = coupons_queries.claim_of(voucher_id)
    return claim is not None and _is_paying(voucher_id, claim)


def gave_nothing(voucher_id: int, order_number: str) -> bool:
    """
    Let the coupon behind a voucher stay good that Oscar counts as used; say whether it does.

    It counts every voucher of a basket, whatever they gave.
    """
    if not coupons_queries.is_unclaimed(voucher_id):
        return False
    vouchers.forget_use(voucher_id, order_number)
    return True


def run_missed(*, at: datetime) -> int:
    """Settle orders that were placed while we failed; return how many."""
    unclaimed = coupons_queries.unclaimed()
    since = at - timedelta(days=conf.SWEEP_DAYS())
    settled = 0
    for voucher_id, number, basket_id in vouchers.discounted(unclaimed, since=since):
        settled += run(voucher_id, number, basket_id=basket_id, at=at)
    for voucher_id, number in vouchers.uses(unclaimed):
        settled += gave_nothing(voucher_id, number)
    return settled


def _is_paying(voucher_id: int, claim: Claim) -> bool:
    """A basket may also have been paid without the coupon, once the shopper took it out."""
    basket_id, _since = claim
    # In this order: the order is there before its basket is frozen no more.
    return baskets.is_frozen(basket_id) or vouchers.took_off(voucher_id, basket_id=basket_id)


def _use(voucher_id: int, order_number: str, basket_id: int | None, at: datetime) -> bool:
    if coupons.use(voucher_id, order_number, basket_id=basket_id, at=at):
        return True
    given_up = claim_given_up(voucher_id)
    return given_up is not None and coupons.use(
        voucher_id, order_number, basket_id=basket_id, at=at, instead_of=given_up
    )
