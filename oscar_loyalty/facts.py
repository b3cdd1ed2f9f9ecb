"""What policies are told: frozen, free of Django and Oscar, money as Decimal, times aware."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Credentials:
    """How a customer signs in and is written to; `password` as its hash, empty for none."""

    email: str
    password: str


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
    """
    One order as it was placed; `country` is the code of the one it goes to.

    That is None for what is not shipped, or not known yet.
    """

    number: str
    user_id: int | None
    status: str
    currency: str
    placed_at: datetime
    shipping_incl_tax: Decimal
    shipping_excl_tax: Decimal
    lines: tuple[LineFacts, ...]
    country: str | None = None


@dataclass(frozen=True)
class LineReturn:
    """
    What has come back of one order line: `returned` items of `quantity`.

    Of these, `refunded` were named in a refund. `paid` is what the whole line cost in money,
    `by_points` what points took off it, both with tax.
    """

    line_id: int
    quantity: int
    paid: Decimal
    returned: int
    refunded: int
    by_points: Decimal = Decimal(0)


@dataclass(frozen=True)
class OrderReturns:
    """
    What has come back of one order; `paid` and `shipping` are what was paid, with tax.

    `refunded` is all money that went back, `refunded_by_line` the part of it that named lines.
    """

    number: str
    status: str
    paid: Decimal
    shipping: Decimal
    refunded: Decimal
    refunded_by_line: Decimal
    lines: tuple[LineReturn, ...]


@dataclass(frozen=True)
class ReviewFacts:
    """
    A customer's review of a product; `page_id` is the product that has the page.

    For a variant that is its parent.
    """

    review_id: int
    user_id: int
    product_id: int
    page_id: int
    approved: bool
    written_at: datetime


@dataclass(frozen=True)
class Purchase:
    """A line of an order that bought a certain product."""

    order_number: str
    line_id: int
    placed_at: datetime
