"""
Members beside others who were like them before they joined.

Both are sorted into the same drawers; of others, each drawer counts as often as it has members.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Bought:
    """Customers, and what they bought together."""

    customers: int
    orders: int
    spend: Decimal


@dataclass(frozen=True)
class Matched:
    """
    Members, those of them who have their like, and what both bought.

    `other_orders` and `other_spend` are what as many others would have bought.
    """

    members: int = 0
    matched: int = 0
    orders: int = 0
    spend: Decimal = Decimal(0)
    other_orders: Fraction = Fraction(0)
    other_spend: Fraction = Fraction(0)

    def __add__(self, other: "Matched") -> "Matched":
        return Matched(*(mine + theirs for mine, theirs in zip(self._all, other._all, strict=True)))

    @property
    def _all(self) -> tuple[Any, ...]:
        return tuple(vars(self).values())


def match(members: Mapping[Any, Bought], others: Mapping[Any, Bought]) -> Matched:
    """Compare what members bought with what others did from the same drawers."""
    found = Matched(members=sum(bought.customers for bought in members.values()))
    for drawer in members.keys() & others.keys():
        ours, theirs = members[drawer], others[drawer]
        as_many = Fraction(ours.customers, theirs.customers)
        found += Matched(
            matched=ours.customers,
            orders=ours.orders,
            spend=ours.spend,
            other_orders=theirs.orders * as_many,
            other_spend=Fraction(theirs.spend) * as_many,
        )
    return found
