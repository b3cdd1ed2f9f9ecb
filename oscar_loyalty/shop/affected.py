"""Orders that something went wrong with, and whose they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from oscar.core.loading import get_model


@dataclass(frozen=True)
class Affected:
    """
    Which orders are meant: those that answer to all that is asked.

    Product and partner are looked for in one and the same line; a parent stands for its variants.
    """

    product_id: int | None = None
    partner_id: int | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    statuses: Sequence[str] = ()


def by_customer(affected: Affected) -> Iterator[tuple[int, datetime, str]]:
    """Customer, date and number of each of the orders, in one query that is read bit by bit."""
    orders = _orders(affected).filter(user_id__isnull=False)
    rows = orders.order_by("pk").values_list("user_id", "date_placed", "number")
    yield from rows.iterator()


def count_of_guests(affected: Affected) -> int:
    """How many of the orders have no customer."""
    return _orders(affected).filter(user_id__isnull=True).count()


def _orders(affected: Affected) -> QuerySet[Any]:
    orders = get_model("order", "Order").objects.all()
    if affected.placed_from:
        orders = orders.filter(date_placed__gte=affected.placed_from)
    if affected.placed_before:
        orders = orders.filter(date_placed__lt=affected.placed_before)
    if affected.statuses:
        orders = orders.filter(status__in=affected.statuses)
    if (affected.product_id, affected.partner_id) == (None, None):
        return orders
    return orders.filter(pk__in=_lines(affected).values("order_id"))


def _lines(affected: Affected) -> QuerySet[Any]:
    lines = get_model("order", "Line").objects.all()
    if affected.product_id is not None:
        own = Q(pk=affected.product_id) | Q(parent_id=affected.product_id)
        products = get_model("catalogue", "Product").objects.filter(own)
        lines = lines.filter(product_id__in=products.values("pk"))
    if affected.partner_id is not None:
        lines = lines.filter(partner_id=affected.partner_id)
    return lines
