"""How many of the points a shopper wants to spend a basket can take, and what comes off."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Literal

#: Why fewer points are spent than wanted: none pays for these goods, the basket's share is used up,
#: the basket is paid, or what is left is below the least or between two steps.
Limit = Literal["", "nothing-payable", "share", "paid", "minimum", "step"]

#: What Oscar keeps prices in.
_CENT = Decimal("0.01")
#: A cent of each line, where there are many.
_ROUNDED = Decimal("0.10")


@dataclass(frozen=True)
class Limits:
    """
    What the programme allows: points are worth `value_amount` for each `value_points`.

    `coin` is the least amount that can be paid.
    """

    value_points: int
    value_amount: Decimal
    minimum: int
    step: int
    share: int
    coin: Decimal = _CENT


@dataclass(frozen=True)
class Spending:
    """`points` that pay `amount` of a basket; `limit` says what kept them from being more."""

    points: int
    amount: Decimal
    limit: Limit = ""


NOTHING = Spending(0, Decimal("0.00"))


def spending(wanted: int, total: Decimal, payable: Decimal, limits: Limits) -> Spending:
    """
    The part of `wanted` points that a basket takes.

    `total` is what its goods cost after all other offers, `payable` the part of it that points may
    pay for. The amount is rounded down to the coin, and no point is spent that pays for none.
    """
    share = _down(total * limits.share / 100)
    cap = min(payable, share)
    points = min(wanted, _most(cap, limits)) // limits.step * limits.step
    if points < least(limits):
        return Spending(0, Decimal("0.00"), "minimum" if payable > 0 else "nothing-payable")
    amount = _worth(points, limits)
    limit = _why_less(wanted, points, payable, share, limits)
    return Spending(min(points, needed(amount, limits)), amount, limit)


def least(limits: Limits) -> int:
    """The fewest points that an order takes: enough of them to be worth a coin."""
    return needed(limits.coin, limits)


def settled(chosen: Spending, taken: Decimal, limits: Limits) -> Spending:
    """`chosen` as it came out: where taxes round, some cents less may have been `taken` off."""
    return Spending(min(chosen.points, needed(taken, limits)), taken, chosen.limit)


def agreed(promised: Spending, payable: Decimal) -> Spending:
    """What was `promised` when the payment began, or as much of it as there is still to pay for."""
    amount = min(promised.amount, _down(payable))
    if amount == promised.amount:
        return promised
    return Spending(math.ceil(promised.points * amount / promised.amount), amount, "paid")


def goes_with(taken: Decimal, promised: Spending) -> bool:
    """Whether so much was taken off as was promised, but for the cents that taxes round away."""
    return 0 < taken <= promised.amount < taken + _ROUNDED


def needed(taken: Decimal, limits: Limits) -> int:
    """The fewest points that may be spent to take so much off."""
    return _stepped(cost(taken, limits), limits) if taken > 0 else 0


def cost(amount: Decimal, limits: Limits) -> int:
    """The fewest points that are worth `amount`."""
    exact = Fraction(amount) * limits.value_points / Fraction(limits.value_amount)
    return -(-exact.numerator // exact.denominator)


def returned(spent: int, parts: Mapping[int, Fraction], shares: Mapping[int, Fraction]) -> int:
    """
    How many of the `spent` points go back when of each line only its share is kept.

    `parts` says what they paid for, by line. Rounded down once; when nothing is kept, all go back.
    """
    paid = sum(parts.values(), Fraction(0))
    kept = sum((part * shares.get(line, Fraction(1)) for line, part in parts.items()), Fraction(0))
    return int(spent * (1 - kept / paid) // 1) if paid else 0


def spread(amount: Decimal, remaining: Sequence[Decimal], coin: Decimal = _CENT) -> list[Decimal]:
    """
    Shares of `amount` in proportion to what each line still costs, to the coin, exact in sum.

    Where it pays for everything the shares are the prices, which may have more decimals.
    """
    total = sum(remaining, Decimal(0))
    if not total:
        return [Decimal("0.00") for _line in remaining]
    if amount >= total.quantize(_CENT, rounding=ROUND_HALF_UP):
        return list(remaining)
    ends = [_down(amount * end / total, coin) for end in accumulate(remaining)]
    return [end - start for start, end in pairwise([Decimal("0.00"), *ends])]


def _worth(points: int, limits: Limits) -> Decimal:
    return _down(Decimal(points) * limits.value_amount / limits.value_points, limits.coin)


def _stepped(points: int, limits: Limits) -> int:
    """Up to the next step, and to the minimum."""
    return -(-max(points, limits.minimum) // limits.step) * limits.step


def _most(cap: Decimal, limits: Limits) -> int:
    """The most points that are worth no more than `cap`."""
    return cost(_down(cap, limits.coin) + limits.coin, limits) - 1


def _why_less(wanted: int, points: int, payable: Decimal, share: Decimal, limits: Limits) -> Limit:
    if wanted - points >= limits.step:
        return "share" if share < payable else "paid"
    return "step" if wanted > points else ""


def _down(amount: Decimal, coin: Decimal = _CENT) -> Decimal:
    return amount.quantize(coin, rounding=ROUND_DOWN)
