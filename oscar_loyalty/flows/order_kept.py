"""What an order should carry, and have returned, for as much of it as is kept by now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from oscar_loyalty import conf
from oscar_loyalty.facts import OrderReturns
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.earning.policy import stored as earning
from oscar_loyalty.program.redemption import policy as redemption
from oscar_loyalty.program.redemption.models import Hold
from oscar_loyalty.program.returns import policy as returns
from oscar_loyalty.shop import returns as shop_returns


@dataclass(frozen=True)
class Target:
    """
    The points to be carried, the money that counts, and the spent points to be returned.

    `shares` are the parts of the lines by which it is so.
    """

    cancelled: bool
    kept: earning.Kept | None
    returned: int | None
    shares: Mapping[int, Fraction]


def of(order: OrderReturns, award: Award | None, hold: Hold | None) -> Target:
    """Where the books of an order belong, whatever they say now."""
    kept = shares(order, award.breakdown if award else None)
    return Target(
        cancelled=_is_cancelled(order),
        kept=earning.kept(award.breakdown, points=award.points, shares=kept) if award else None,
        returned=redemption.returned(hold.spent, returns.paid_by_points(order), kept)
        if hold
        else None,
        shares=kept,
    )


def is_met(target: Target, award: Award | None, hold: Hold | None) -> bool:
    """Whether the books say so already."""
    if hold and hold.returned != target.returned:
        return False
    if award is None or target.kept is None:
        return True
    carried = (award.carried, award.kept_base, award.cancelled)
    return carried == (target.kept.points, target.kept.base, target.cancelled)


def shares(order: OrderReturns, breakdown: Any) -> dict[int, Fraction]:
    """The part of each line that is kept."""
    return returns.kept(
        order,
        cancelled=_is_cancelled(order),
        shipping_earned=bool(breakdown) and earning.earns_with_shipping(breakdown),
    )


def as_placed(
    order_numbers: Sequence[str], *, shipping_earns: bool
) -> Mapping[str, Mapping[int, Fraction]]:
    """The kept parts of orders that are decided about late, by number."""
    return kept_of(shop_returns.returns_of(order_numbers), shipping_earns=shipping_earns)


def kept_of(
    found: Mapping[str, OrderReturns], *, shipping_earns: bool
) -> Mapping[str, Mapping[int, Fraction]]:
    """The same of orders whose returns are known."""
    return {
        number: returns.kept(order, cancelled=_is_cancelled(order), shipping_earned=shipping_earns)
        for number, order in found.items()
    }


def money(order: OrderReturns) -> Decimal | None:
    """What the shop has kept of the order's money; None where it counts as no order any more."""
    return returns.money_kept(order, cancelled=_is_cancelled(order))


def _is_cancelled(order: OrderReturns) -> bool:
    return order.status in conf.CANCELLED_STATUSES()
