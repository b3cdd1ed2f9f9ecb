"""What policies are told: frozen, free of Django and Oscar, money as Decimal, times aware."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class LineFacts:
    """
    One order line as it was paid: amounts are for the whole quantity, after discounts.

    A variant's `parent_id` is the product it is one of, its class that product's.
    """

    line_id: int
    title: str
    quantity: int
    paid_incl_tax: Decimal
    paid_excl_tax: Decimal
    product_id: int | None = None
    parent_id: int | None = None
    product_class_id: int | None = None


@dataclass(frozen=True)
class OrderFacts:
    """One order as it was placed."""

    number: str
    user_id: int | None
    status: str
    currency: str
    placed_at: datetime
    shipping_incl_tax: Decimal
    shipping_excl_tax: Decimal
    lines: tuple[LineFacts, ...]
