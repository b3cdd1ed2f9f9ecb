"""
What of an order is still kept, from all that has come back of it so far.

Always from the sums and never from the last event, so that any number of partial refunds and
returns, in any order, ends where a single one ends.

Lines that came back are known item by item. Money that went back is first explained by them, and
by the lines that the refund itself named; the same refund may be in the shop's books twice, as a
payment and as an event. What is left without an explanation is taken for shipping and surcharges,
and beyond that lowers every line that is kept in proportion to what was paid for it. Once all the
money has gone back nothing is kept, unless nothing that is kept has cost any: of goods that points
paid for, or that were free, only their lines can tell.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from oscar_loyalty.facts import LineReturn, OrderReturns

#: The kept part of each line, from 0 to 1, by its id.
Kept = Mapping[int, Fraction]

#: The line that stands for shipping where shipping earns.
SHIPPING = 0

_ALL, _NOTHING = Fraction(1), Fraction(0)


def kept(order: OrderReturns, *, cancelled: bool, shipping_earned: bool) -> dict[int, Fraction]:
    """
    The part of each line that is kept.

    Shipping can only be refunded in money, and lowers points only where it earned some.
    """
    shares = {line.line_id: _ALL - _part(line, line.returned) for line in order.lines}
    goods = sum((Fraction(line.paid) * shares[line.line_id] for line in order.lines), _NOTHING)
    is_refunded = 0 < order.paid <= order.refunded
    if cancelled or (is_refunded and goods):
        return dict.fromkeys([SHIPPING, *shares], _NOTHING)
    value = goods + (Fraction(order.shipping) if shipping_earned else 0)
    left = _ALL - _spread(order, value, shipping_earned=shipping_earned)
    if goods:
        shares = {line_id: share * left for line_id, share in shares.items()}
    shipping = left if shipping_earned else _ALL
    return {SHIPPING: _NOTHING if is_refunded else shipping, **shares}


def refunded(order: OrderReturns) -> Decimal:
    """The money that went back, never more than was paid."""
    return max(min(order.refunded, order.paid), Decimal(0))


def money_kept(order: OrderReturns, *, cancelled: bool) -> Decimal | None:
    """
    What the shop has kept of the money, rounded down; None where the order counts as none any more.

    Less what went back, or what came back had cost, whichever is more: both may be about the same.
    """
    if cancelled:
        return None
    lines = [Fraction(line.paid) * _part(line, line.returned) for line in order.lines]
    gone = max(Fraction(refunded(order)), sum(lines, _NOTHING))
    if order.paid <= 0:
        came_back = [0 < line.quantity <= line.returned for line in order.lines]
        return None if came_back and all(came_back) else order.paid
    left = order.paid - _cents_up(gone)
    return left if left > 0 else None


def _cents_up(amount: Fraction) -> Decimal:
    return Decimal(-(-amount * 100 // 1)) / 100


def paid_by_points(order: OrderReturns) -> dict[int, Fraction]:
    """
    What points paid for, by line, in any unit.

    Without a trace of it in the shop, points paid for all lines alike: by their price, or where
    points have paid for everything, by their number.
    """
    for parts in (
        {line.line_id: Fraction(line.by_points) for line in order.lines},
        {line.line_id: Fraction(line.paid) for line in order.lines},
    ):
        if any(parts.values()):
            return parts
    return {line.line_id: Fraction(line.quantity) for line in order.lines}


def _part(line: LineReturn, items: int) -> Fraction:
    return Fraction(min(items, line.quantity), line.quantity) if line.quantity else _NOTHING


def _spread(order: OrderReturns, value: Fraction, *, shipping_earned: bool) -> Fraction:
    """The part of the lines' `value` that went back in money without a word about lines."""
    goods = sum((line.paid for line in order.lines), Decimal(0))
    aside = order.paid - goods - (order.shipping if shipping_earned else 0)
    unexplained = Fraction(refunded(order)) - _explained(order) - Fraction(max(aside, Decimal(0)))
    return min(unexplained / value, _ALL) if unexplained > 0 and value else _NOTHING


def _explained(order: OrderReturns) -> Fraction:
    """Money that belongs to lines which came back; a refund that names lines is about no other."""
    lines = [(line, Fraction(line.paid)) for line in order.lines]
    named = sum((paid * _part(line, line.refunded) for line, paid in lines), _NOTHING)
    came_back = sum((paid * _part(line, line.returned) for line, paid in lines), _NOTHING)
    return came_back + max(Fraction(order.refunded_by_line) - named, _NOTHING)
