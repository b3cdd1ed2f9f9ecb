"""Coupons are audited with the books: coupons, orders and shop say the same."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from oscar_loyalty.flows import coupons_returned
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.coupons.models import Coupon
from oscar_loyalty.program.coupons.policy import Step
from oscar_loyalty.program.ledger.queries import Violation
from oscar_loyalty.shop import orders, vouchers

#: A signal and the next run of the due jobs have had their chance after this.
OLD_ENOUGH = timedelta(hours=1)


def claims(some: Sequence[tuple[int, int, str]]) -> Iterator[Violation]:
    """Of these claims (account, voucher, order), no voucher took anything off another order."""
    discounted = vouchers.orders_discounted_by([voucher_id for _pk, voucher_id, _number in some])
    for account_id, voucher_id, number in some:
        if discounted.get(voucher_id, set()) - {number}:
            yield Violation("a coupon is used for one order", account_id, f"order {number}")


def unclaimed(*, at: datetime, account_id: int | None) -> Iterator[Violation]:
    """What took something off an order is claimed, had the due jobs run."""
    those = coupons_queries.unclaimed(account_id=account_id)
    for _voucher_id, number, _basket_id in vouchers.discounted(those, before=at - OLD_ENOUGH):
        yield Violation("an order claims the coupon it used", account_id, f"order {number}")


def untied(*, at: datetime, account_id: int | None) -> Iterator[Violation]:
    """What can be used gives what it promises, had the due jobs run."""
    for coupon in coupons_queries.untied(at=at, account_id=account_id):
        rule = "a coupon gives what it promises"
        yield Violation(rule, coupon.account_id, f"coupon {coupon.pk}")


def chains(order_numbers: Sequence[str], *, at: datetime) -> Iterator[Violation]:
    """A cancelled order's coupon was given back, had the due jobs run, and no other one."""
    moved = orders.moved_among(order_numbers, since=at - OLD_ENOUGH)
    used = coupons_queries.used_on(order_numbers)
    for step, chain in coupons_returned.steps(used):
        numbers = [coupon.order_number for coupon in chain if coupon.order_number]
        if _is_too_much(step, chain):
            rule = "a coupon is used or given back, not both"
            yield Violation(rule, chain[0].account_id, f"order {numbers[-1]}")
        elif step != "keep" and not moved.intersection(numbers):
            rule = "a cancelled order gives its coupon back"
            yield Violation(rule, chain[0].account_id, f"order {numbers[-1]}")


def _is_too_much(step: Step, chain: Sequence[Coupon]) -> bool:
    usable = [coupon for coupon in chain if not coupon.order_number and not coupon.closed_at]
    return step == "close" or len(usable) > 1
