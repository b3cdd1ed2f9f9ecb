"""What a coupon gives, how its code looks, and which coupon of a chain may be used."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Literal, get_args

Kind = Literal["percentage", "amount", "free-shipping", "gift"]
#: What is wrong with a gift: an unknown kind, an impossible value or minimum, no range of items.
Fault = Literal["kind", "value", "minimum", "range"]
Step = Literal["keep", "open", "close", "replace"]

Claim = tuple[int, datetime]
"""A basket that has claimed a coupon, and when."""

KINDS: tuple[Kind, ...] = get_args(Kind)
#: A larger amount is a slip of the keyboard.
MOST = Decimal(1_000_000)
#: Sixteen of 32 signs that are hard to mistake for each other: 80 random bits.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SIGNS, GROUP = 16, 4

_CENT = Decimal("0.01")
_CODE = re.compile(f"[{ALPHABET}]{{{GROUP}}}(-[{ALPHABET}]{{{GROUP}}}){{{SIGNS // GROUP - 1}}}")


@dataclass(frozen=True)
class Gift:
    """
    What coupons give: `value` per cent or in money, nothing for free shipping and for an item.

    `minimum` is what the goods must cost before discounts: those of the range, if there is one.
    """

    kind: Kind
    value: Decimal
    minimum: Decimal
    currency: str
    range_id: int | None = None

    @property
    def key(self) -> str:
        """One text for each distinct gift."""
        parts = (self.kind, f"{self.value:.2f}", f"{self.minimum:.2f}", self.currency)
        return ":".join((*parts, str(self.range_id or "")))


@dataclass(frozen=True)
class Link:
    """
    One coupon of a chain in which each replaces the one before.

    `order_stands` says whether the order that used it stands; None when none has used it.
    """

    order_stands: bool | None
    closed: bool


def fault(gift: Gift) -> Fault | None:
    """The first thing that makes the gift impossible; None for a sound one."""
    if gift.kind not in KINDS:
        return "kind"
    if gift.kind in ("free-shipping", "gift"):
        if not _is_nothing(gift.value):
            return "value"
    elif not _is_amount(gift.value, at_most=Decimal(100) if gift.kind == "percentage" else MOST):
        return "value"
    if not _is_nothing(gift.minimum) and not _is_amount(gift.minimum, at_most=MOST):
        return "minimum"
    if gift.range_id is None:
        return "range" if gift.kind == "gift" else None
    return "range" if gift.range_id < 1 else None


def taken_off(gift: Gift, payable: Decimal) -> Decimal:
    """What comes off goods that cost `payable`, rounded down to the cent."""
    if gift.kind == "percentage":
        off = payable * gift.value / 100
    else:
        off = gift.value if gift.kind == "amount" else Decimal(0)
    return min(off, payable).quantize(_CENT, rounding=ROUND_DOWN)


def cheapest_item(lines: Sequence[tuple[Decimal, int]]) -> list[Decimal]:
    """
    What comes off each line, of which so many items cost so much: one of the cheapest items.

    Of several it is rounded down to the cent; of one it is the price, which may have more decimals.
    """
    shares = [Decimal(0)] * len(lines)
    if lines:
        each = [price / items for price, items in lines]
        place = each.index(min(each))
        alone = lines[place][1] == 1
        shares[place] = each[place] if alone else each[place].quantize(_CENT, rounding=ROUND_DOWN)
    return shares


def next_step(chain: Sequence[Link]) -> Step:
    """
    What has to become of the last coupon of a chain, oldest first.

    One coupon was given: while an order that used one of them stands, none is left to be used; else
    the last one is, or one more in its place.
    """
    last = chain[-1]
    spent = any(link.order_stands for link in chain)
    if last.order_stands is not None:
        return "keep" if spent else "replace"
    if spent == last.closed:
        return "keep"
    return "close" if spent else "open"


def written(signs: str) -> str:
    """A code from its random signs, in groups that can be read aloud."""
    return "-".join(signs[start : start + GROUP] for start in range(0, len(signs), GROUP))


def may_be_code(text: str) -> bool:
    """Whether a voucher's code may be one of ours: others need not be looked up."""
    return _CODE.fullmatch(text) is not None


def _is_nothing(value: Decimal) -> bool:
    return isinstance(value, Decimal) and value.is_zero()


def _is_amount(value: Decimal, *, at_most: Decimal) -> bool:
    """Whether it is a sum from a cent up, to the cent."""
    if not isinstance(value, Decimal) or not value.is_finite() or not 0 < value <= at_most:
        return False
    return value == value.quantize(_CENT)
