"""What a flash sale takes off, who may buy when, and how many of its units a basket gets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any, Literal

#: Why a basket gets fewer units than it has items: the sale has no more, or the customer had some.
Why = Literal["", "left", "limit"]

ZERO = Decimal(0)
#: What Oscar keeps prices in.
CENT = Decimal("0.01")
#: After so long no bank takes a payment any more that was begun.
LONGEST_PAYMENT = timedelta(days=7)


@dataclass(frozen=True)
class Sale:
    """
    A flash sale as it is written down, in [starts_at, ends_at).

    `kind` is "price", what one unit costs in `currency`, or "percentage", what comes off it.
    `early` says of ranks of tiers how many hours before everybody they buy: of a rank that is not
    named, as the best one below it. Of `tiers_only` nobody else buys. `per_customer` None for any
    number.
    """

    sale_id: int
    name: Any
    active: bool
    product_id: int | None
    range_id: int | None
    kind: str
    value: Decimal
    currency: str
    starts_at: datetime
    ends_at: datetime
    tiers_only: bool
    units: int
    per_customer: int | None
    payment_minutes: int
    offer_id: int | None
    hold_out: int = 0
    early: tuple[tuple[int, int], ...] = ()

    @property
    def first_opens_at(self) -> datetime:
        """When the first may buy."""
        return self.starts_at - timedelta(hours=max((hours for _, hours in self.early), default=0))

    def opens_at(self, rank: int | None) -> datetime | None:
        """When who stands on that rank, None for on no tier, may buy; None for never."""
        hours = [hours for one, hours in self.early if rank is not None and one <= rank]
        if self.tiers_only and not hours:
            return None
        return self.starts_at - timedelta(hours=max(hours, default=0))

    def is_open(self, rank: int | None, at: datetime) -> bool:
        """Whether who stands on that rank may buy at that moment."""
        opens_at = self.opens_at(rank)
        return self.active and opens_at is not None and opens_at <= at < self.ends_at

    def is_about(self, product_id: int | None, parent_id: int | None) -> bool:
        """Whether it is a sale of this product, or of all variants of its parent."""
        return self.product_id is not None and self.product_id in (product_id, parent_id)


@dataclass(frozen=True)
class Item:
    """A line of a basket: what one of it costs, and how many of them no offer has used."""

    line_id: int
    price: Decimal
    units: int


@dataclass(frozen=True)
class Share:
    """So many units of a sale for a line, and what comes `off` each."""

    line_id: int
    units: int
    off: Decimal


def off(price: Decimal, sale: Sale, coin: Decimal) -> Decimal:
    """
    What comes off one unit, and never more than it costs.

    So much that it costs the sale's price at most; of a percentage, rounded down to the coin.
    """
    if sale.kind == "price":
        return min(max(price - sale.value, ZERO).quantize(CENT, rounding=ROUND_UP), price)
    return (price * sale.value / 100).quantize(coin, rounding=ROUND_DOWN)


def most(left: int, had: int, per_customer: int | None) -> tuple[int, Why]:
    """How many units a basket may get, whose customer had some, and what keeps it from more."""
    allowed = left if per_customer is None else max(per_customer - had, 0)
    return (allowed, "limit") if allowed < left else (left, "left")


def allot(items: Iterable[Item], sale: Sale, *, units: int, coin: Decimal) -> list[Share]:
    """At most so many units for the items on which they save most."""
    savings = [(off(item.price, sale, coin), item) for item in items]
    shares = []
    for saved, item in sorted(savings, key=lambda saving: (-saving[0], saving[1].line_id)):
        taken = min(item.units, units)
        if saved > 0 and taken > 0:
            shares.append(Share(item.line_id, taken, saved))
            units -= taken
    return shares


def total(shares: Sequence[Share]) -> int:
    """The units of all of them."""
    return sum(share.units for share in shares)
