"""Members get what a message brings them: points, or a coupon of their own, once for its cause."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from oscar_loyalty.flows import coupon_given
from oscar_loyalty.program.coupons import services as coupons
from oscar_loyalty.program.coupons.models import Coupon, Present
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.signals import announce, points_earned


def run(
    present: Present, keys: Mapping[int, str], *, action: str, terms: Terms, at: datetime
) -> dict[int, int]:
    """
    Give the present to every account, once for its key; the coupon's id by account.

    Within the transaction that queues the message about it. `action` is the reason that the books
    give for points. The last day of a coupon is counted from today by the programme's clock.

    :raises InvalidCoupon: if what staff have chosen is not there any more.
    """
    accounts = sorted(keys)
    ledger.lock(accounts)
    if present.gives == Present.Gives.POINTS:
        for account_id in accounts:
            _give_points(account_id, int(present.value), keys[account_id], action, at)
        return {}
    if not present.is_coupon:
        return {}
    gift = coupon_given.gift_of(
        present.gives, present.value, minimum=present.minimum, range_id=present.range_id
    )
    gives = coupons.offer_for(gift)
    last = terms.local_date(at) + timedelta(days=present.valid_days)
    expires_at = terms.end_of(last)
    return {
        account_id: coupon_given.deliver(
            Coupon(account_id=account_id, key=keys[account_id], gives=gives, expires_at=expires_at),
            at=at,
        ).coupon_id
        for account_id in accounts
    }


def _give_points(account_id: int, points: int, key: str, action: str, at: datetime) -> None:
    source = f"bonus:{key}"
    posted = ledger.accrue(account_id, Accrual(points, Cause("bonus", source, reason=action), at))
    if posted:
        announce(
            points_earned, account_id=account_id, points=points, source=source, order_number=""
        )
