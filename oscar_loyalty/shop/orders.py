"""Oscar's orders as facts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from oscar.core.loading import get_model

from oscar_loyalty.facts import LineFacts, OrderFacts


def facts_of(order_number: str) -> OrderFacts | None:
    """The order as it was placed, in one query; None if there is no such order."""
    lines = list(_lines().filter(order__number=order_number))
    if lines:
        return _facts(lines[0].order, lines)
    order = get_model("order", "Order").objects.filter(number=order_number).first()
    return _facts(order, ()) if order else None


def status_of(order_number: str) -> str | None:
    """The status an order has now; None if there is no such order."""
    orders = get_model("order", "Order").objects.filter(number=order_number)
    return orders.values_list("status", flat=True).first()


def placed_by(user_ids: Sequence[int], *, since: datetime | None) -> list[OrderFacts]:
    """Every order of these customers, oldest first."""
    orders = get_model("order", "Order").objects.filter(user_id__in=user_ids)
    if since:
        orders = orders.filter(date_placed__gte=since)
    rows = list(orders.order_by("date_placed", "pk"))
    lines: dict[int, list[Any]] = {order.pk: [] for order in rows}
    for line in _lines().filter(order__in=[order.pk for order in rows]).select_related(None):
        lines[line.order_id].append(line)
    return [_facts(order, lines[order.pk]) for order in rows]


def customers_after(user_id: int, *, since: datetime | None, limit: int) -> list[int]:
    """The next customers with orders, in order of id, for work in chunks."""
    orders = get_model("order", "Order").objects.filter(user_id__gt=user_id)
    if since:
        orders = orders.filter(date_placed__gte=since)
    ids = orders.order_by("user_id").values_list("user_id", flat=True).distinct()
    return list(ids[:limit])


def count_placed(*, since: datetime | None) -> int:
    """How many orders customers have placed."""
    orders = get_model("order", "Order").objects.filter(user_id__isnull=False)
    return (orders.filter(date_placed__gte=since) if since else orders).count()


def numbers_placed(*, since: datetime, before: datetime) -> Iterable[str]:
    """Numbers of customers' orders placed in that time, oldest first."""
    orders = get_model("order", "Order").objects.filter(
        date_placed__gte=since, date_placed__lt=before, user_id__isnull=False
    )
    return orders.order_by("date_placed", "pk").values_list("number", flat=True).iterator()


def numbers_in(
    statuses: Collection[str], *, since: datetime, outside: bool = False
) -> QuerySet[Any, str]:
    """Numbers of orders in (or outside) the statuses, as a subquery."""
    orders = get_model("order", "Order").objects.filter(date_placed__gte=since)
    named = {"status__in": statuses}
    orders = orders.exclude(**named) if outside else orders.filter(**named)
    return orders.values_list("number", flat=True)


def numbers_owned(user_id: int, numbers: Collection[str]) -> set[str]:
    """Those of the orders that still exist and belong to the customer."""
    orders = get_model("order", "Order").objects.filter(user_id=user_id, number__in=numbers)
    return set(orders.values_list("number", flat=True))


def _lines() -> QuerySet[Any]:
    lines = get_model("order", "Line").objects
    return lines.select_related("order", "product").order_by("order_id", "pk")


def _facts(order: Any, lines: Iterable[Any]) -> OrderFacts:
    return OrderFacts(
        # An order that was just placed carries an int here, a reloaded one a str.
        number=str(order.number),
        user_id=order.user_id,
        status=order.status,
        currency=order.currency,
        placed_at=order.date_placed,
        shipping_incl_tax=order.shipping_incl_tax,
        shipping_excl_tax=order.shipping_excl_tax,
        lines=tuple(_line_facts(line) for line in lines),
    )


def _line_facts(line: Any) -> LineFacts:
    return LineFacts(
        line_id=line.pk,
        title=line.title,
        quantity=line.quantity,
        paid_incl_tax=line.line_price_incl_tax,
        paid_excl_tax=line.line_price_excl_tax,
        product_id=line.product_id,
        parent_id=line.product.parent_id if line.product else None,
    )
