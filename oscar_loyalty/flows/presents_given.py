"""Members get what a message brings them: points, or a coupon of their own, once for its cause."""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from oscar_loyalty.errors import InvalidCoupon
from oscar_loyalty.flows import coupon_given
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.coupons import services as coupons
from oscar_loyalty.program.coupons.models import Coupon, Present
from oscar_loyalty.program.coupons.policy import Gift
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.signals import announce, points_earned

logger = logging.getLogger("oscar_loyalty")


def run(
    present: Present, keys: Mapping[int, str], *, action: str, terms: Terms, at: datetime
) -> dict[int, int]:
    """
    Give the present to every account, once for its key; the coupon's id by account.

    Within the transaction that queues the message about it. `action` is the reason that the books
    give for points. The last day of a coupon is counted from today by the programme's clock; one
    that was given for a key before stays, whatever staff have chosen since.

    :raises InvalidCoupon: if what staff have chosen is not there any more.
    """
    if present.is_coupon:
        return _give_coupons(present, keys, terms, at)
    accounts = sorted(keys)
    ledger.lock(accounts)
    if present.gives == Present.Gives.POINTS:
        for account_id in accounts:
            _give_points(account_id, int(present.value), keys[account_id], action, at)
    return {}


def _give_coupons(
    present: Present, keys: Mapping[int, str], terms: Terms, at: datetime
) -> dict[int, int]:
    # Before the accounts, as everybody else has it.
    gives = coupons.offer_for(_gift(present))
    ledger.lock(sorted(keys))
    given = coupons_queries.given_among(keys.values())
    last = terms.local_date(at) + timedelta(days=present.valid_days)
    terms_of_use = {"gives": gives, "expires_at": terms.end_of(last)}
    new = [
        Coupon(account_id=account_id, key=key, **terms_of_use)
        for account_id, key in keys.items()
        if key not in given
    ]
    for coupon, made in zip(new, coupon_given.deliver_many(new, at=at), strict=True):
        given[coupon.key] = made.coupon_id
    return {account_id: given[key] for account_id, key in keys.items()}


def lock(present: Present, account_ids: Collection[int]) -> None:
    """
    Keep others off what the present gives and off the accounts, in this order, as everybody does.

    For whoever has to look at the accounts before they are given it.
    """
    if present.is_coupon:
        coupons.offer_for(_gift(present))
    ledger.lock(account_ids)


def is_possible(present: Present) -> bool:
    """Whether staff have chosen something, and it is still there: a range may be deleted."""
    if not present.is_coupon:
        return present.gives != Present.Gives.NOTHING
    try:
        _gift(present)
    except InvalidCoupon:
        logger.warning("loyalty: a present cannot be given: its range is gone")
        return False
    return True


def _gift(present: Present) -> Gift:
    return coupon_given.gift_of(
        present.gives, present.value, minimum=present.minimum, range_id=present.range_id
    )


def _give_points(account_id: int, points: int, key: str, action: str, at: datetime) -> None:
    source = f"bonus:{key}"
    posted = ledger.accrue(account_id, Accrual(points, Cause("bonus", source, reason=action), at))
    if posted:
        announce(
            points_earned, account_id=account_id, points=points, source=source, order_number=""
        )
