"""An order that used a coupon was cancelled, or stands again: its coupon comes back, or goes."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.flows import coupon_given, coupon_used
from oscar_loyalty.program.coupons import policy
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.coupons import services as coupons
from oscar_loyalty.program.coupons.models import Coupon
from oscar_loyalty.program.coupons.policy import Link, Step
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import orders, vouchers

#: How long a coupon given back is good at least, where no programme says so.
GRACE_DAYS = 30

Chain = list[Coupon]


def run(order_number: str, *, at: datetime) -> int:
    """
    Bring the coupons that the order used in line with its status; return how many changed.

    A new code takes the place of a used one, once, and is closed while the order stands again and
    nobody has used it, or is paying with it.
    """
    used = coupons_queries.used_on([order_number])
    if not used or not _out_of_line(used):
        return 0
    with transaction.atomic():
        vouchers.lock(_vouchers_of(used))
        # Only now has nobody else done what we have not seen.
        wrong = _out_of_line(used)
        for step, chain in wrong:
            _take(step, chain, at)
    return len(wrong)


def out_of_step(order_numbers: Collection[str]) -> list[str]:
    """Those of the orders whose coupons do not say what became of them."""
    used = coupons_queries.used_on(order_numbers)
    return [
        coupon.order_number
        for _step, chain in _out_of_line(used)
        for coupon in chain
        if coupon.order_number in order_numbers
    ]


def steps(used: Collection[Coupon]) -> list[tuple[Step, Chain]]:
    """What has to become of each chain that these are a part of."""
    chains = coupons_queries.chains_of(used)
    numbers = {coupon.order_number for chain in chains.values() for coupon in chain}
    in_shop = orders.as_they_are(numbers)

    def stands(coupon: Coupon) -> bool | None:
        if not coupon.order_number:
            return None
        # An order that is gone from the shop stays as it was.
        _customer, status = in_shop.get(coupon.order_number, (None, ""))
        return status not in conf.CANCELLED_STATUSES()

    def step(chain: Chain) -> Step:
        found = policy.next_step([Link(stands(one), one.closed_at is not None) for one in chain])
        voucher_id = chain[-1].voucher_id
        if found == "close" and voucher_id and coupon_used.is_being_paid_with(voucher_id):
            # It was promised to that payment; once that is given up, it is closed.
            return "keep"
        return found

    return [(step(chain), chain) for chain in chains.values()]


def _out_of_line(used: Collection[Coupon]) -> list[tuple[Step, Chain]]:
    return [(step, chain) for step, chain in steps(used) if step != "keep"]


def _vouchers_of(used: Collection[Coupon]) -> list[int]:
    chains = coupons_queries.chains_of(used).values()
    return [one.voucher_id for chain in chains for one in chain if one.voucher_id]


def _take(step: Step, chain: Chain, at: datetime) -> None:
    last = chain[-1]
    if step == "close":
        vouchers.end(last.voucher_id, at=at)
        coupons.close(last.pk, at=at)
    elif step == "open":
        until = _good_until(last, at)
        vouchers.end(last.voucher_id, at=until)
        coupons.reopen(last.pk, expires_at=until)
    else:
        _replace(chain, at)


def _replace(chain: Chain, at: datetime) -> None:
    """The same once more under a new code; the old one is closed for good."""
    first, last = chain[0], chain[-1]
    coupon = Coupon(
        account_id=last.account_id,
        key=f"remint:{last.pk}:{last.order_number}",
        gives=coupons.offer_for(last.gives.gift),
        expires_at=_good_until(last, at),
        replaces_id=last.pk,
        origin_id=first.pk,
        reason=last.reason,
    )
    vouchers.end(last.voucher_id, at=at)
    coupons.close(last.pk, at=at)
    coupon_given.deliver(coupon, at=at)


def good_at_least_until(terms: Terms | None, at: datetime) -> datetime:
    """How long what comes back at that moment is good, even where it would have ended before."""
    return terms.end_of_return_grace(at) if terms else at + timedelta(days=GRACE_DAYS)


def _good_until(coupon: Coupon, at: datetime) -> datetime:
    terms = terms_queries.written()
    # A programme without grace, or a coupon that has expired, must still leave it a day.
    tomorrow = at + timedelta(days=1)
    if terms:
        tomorrow = terms.end_of(terms.local_date(tomorrow))
    return max(coupon.expires_at, good_at_least_until(terms, at), tomorrow)
