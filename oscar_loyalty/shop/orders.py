"""Oscar's orders as facts."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from oscar.core.loading import get_model

from oscar_loyalty.facts import LineFacts, OrderFacts
from oscar_loyalty.shop.products import class_of

#: Oscar's columns in the order of the facts' fields.
_ORDER_FACTS = (
    "number",
    "user_id",
    "status",
    "currency",
    "date_placed",
    "shipping_incl_tax",
    "shipping_excl_tax",
)
_LINE_FACTS = (
    "pk",
    "title",
    "quantity",
    "line_price_incl_tax",
    "line_price_excl_tax",
    "product_id",
    "product__parent_id",
    Coalesce("product__product_class_id", "product__parent__product_class_id"),
)


def facts_of(order_number: str) -> OrderFacts | None:
    """The order as it was placed, in one query; None if there is no such order."""
    lines = list(_lines().filter(order__number=order_number))
    if lines:
        return _facts(lines[0].order, lines)
    orders = get_model("order", "Order").objects.select_related("shipping_address")
    order = orders.filter(number=order_number).first()
    return _facts(order, ()) if order else None


def status_of(order_number: str) -> str | None:
    """The status an order has now; None if there is no such order."""
    orders = get_model("order", "Order").objects.filter(number=order_number)
    return orders.values_list("status", flat=True).first()


def placed_by(
    user_ids: Sequence[int], *, since: datetime | None, until: datetime
) -> list[OrderFacts]:
    """Every order of these customers placed in that time, oldest first, in two queries."""
    orders = _placed(since, until).filter(user_id__in=user_ids)
    lines: dict[int, list[LineFacts]] = defaultdict(list)
    rows = get_model("order", "Line").objects.filter(order__in=orders.values("pk")).order_by("pk")
    for order_id, *facts in rows.values_list("order_id", *_LINE_FACTS):
        lines[order_id].append(LineFacts(*facts))
    placed = orders.order_by("date_placed", "pk")
    found = placed.values_list("pk", "shipping_address__country_id", *_ORDER_FACTS)
    return [
        OrderFacts(*facts, lines=tuple(lines[pk]), country=country) for pk, country, *facts in found
    ]


def ordinals(user_ids: Collection[int], *, without: Collection[str]) -> dict[str, int]:
    """Which order of its customer's each is, by number; those in these statuses are none."""
    orders = get_model("order", "Order").objects.filter(user_id__in=user_ids)
    rows = orders.exclude(status__in=without).order_by("user_id", "date_placed", "pk")
    counted: Counter[int] = Counter()
    found = {}
    for user_id, number in rows.values_list("user_id", "number").iterator():
        counted[user_id] += 1
        found[number] = counted[user_id]
    return found


def customers_after(
    user_id: int | None, *, since: datetime | None, until: datetime, limit: int
) -> list[int]:
    """The next customers with orders in that time, in order of id, for work in chunks."""
    orders = _placed(since, until).order_by("user_id")
    orders = orders.filter(user_id__gt=user_id) if user_id is not None else orders
    return list(orders.values_list("user_id", flat=True).distinct()[:limit])


def count_placed(*, since: datetime | None, until: datetime) -> int:
    """How many orders customers placed in that time."""
    return _placed(since, until).count()


def oldest(*, until: datetime) -> datetime | None:
    """When a customer placed the first order; None before that."""
    first: datetime | None = _placed(None, until).aggregate(first=Min("date_placed"))["first"]
    return first


def numbers_that_reached(status: str, numbers: Collection[str]) -> set[str]:
    """Those of the orders that are in the status, or were once."""
    orders = get_model("order", "Order").objects.filter(number__in=numbers)
    passed = get_model("order", "OrderStatusChange").objects.filter(
        order__number__in=numbers, new_status=status
    )
    return {
        *orders.filter(status=status).values_list("number", flat=True),
        *passed.values_list("order__number", flat=True),
    }


def numbers_that_passed(status: str, *, since: datetime) -> QuerySet[Any, str]:
    """Numbers of orders that moved since then and are in the status, or were, as a subquery."""
    passed = get_model("order", "OrderStatusChange").objects.filter(new_status=status)
    orders = _moved(since).filter(Q(status=status) | Q(pk__in=passed.values("order_id")))
    return orders.values_list("number", flat=True)


def placed(*, since: datetime, before: datetime) -> QuerySet[Any]:
    """Customers' orders placed in that time, oldest first."""
    orders = get_model("order", "Order").objects.filter(
        date_placed__gte=since, date_placed__lt=before, user_id__isnull=False
    )
    return orders.order_by("date_placed", "pk")


def numbers_moved(*, since: datetime) -> QuerySet[Any, str]:
    """Numbers of orders that were placed since then, or moved, as a subquery."""
    return _moved(since).values_list("number", flat=True)


def moved_among(numbers: Collection[str], *, since: datetime) -> set[str]:
    """Those of the orders that were placed since then, or moved."""
    moved = _moved(since).filter(number__in=numbers)
    return set(moved.values_list("number", flat=True))


def numbers_owned(user_id: int, numbers: Collection[str]) -> set[str]:
    """Those of the orders that still exist and belong to the customer."""
    orders = get_model("order", "Order").objects.filter(user_id=user_id, number__in=numbers)
    return set(orders.values_list("number", flat=True))


def give_to(order_number: str, user_id: int) -> bool:
    """Make a guest's order the customer's; False when it is somebody's already, theirs too."""
    orders = get_model("order", "Order").objects.filter(number=order_number, user__isnull=True)
    return bool(orders.update(user_id=user_id) == 1)


def as_they_are(numbers: Collection[str]) -> dict[str, tuple[int | None, str]]:
    """Whose the orders are and in which status, by number, as far as they still exist."""
    orders = get_model("order", "Order").objects.filter(number__in=numbers)
    rows = orders.values_list("number", "user_id", "status")
    return {number: (user_id, status) for number, user_id, status in rows}


def _moved(since: datetime) -> QuerySet[Any]:
    """Orders placed since then, or put into another status."""
    changes = get_model("order", "OrderStatusChange").objects.filter(date_created__gte=since)
    return get_model("order", "Order").objects.filter(
        Q(date_placed__gte=since) | Q(pk__in=changes.values("order_id"))
    )


def paid_by(numbers: Collection[str], offer_id: int | None) -> dict[int, tuple[Decimal, Decimal]]:
    """What an offer took off each line of the orders, with and without tax, rounded down."""
    if offer_id is None:
        return {}
    taken = get_model("order", "OrderLineDiscount").objects.filter(
        line__order__number__in=numbers, order_discount__offer_id=offer_id
    )
    return {
        discount.line_id: _with_and_without_tax(discount, discount.line)
        for discount in taken.select_related("line")
    }


def _with_and_without_tax(discount: Any, line: Any) -> tuple[Decimal, Decimal]:
    incl = line.line_price_before_discounts_incl_tax
    excl = line.line_price_before_discounts_excl_tax
    if not excl:
        return Decimal(0), Decimal(0)
    amounts = (
        (discount.amount, discount.amount * excl / incl)
        if discount.is_incl_tax
        else (discount.amount * incl / excl, discount.amount)
    )
    with_tax, without = (amount.quantize(Decimal("0.01"), ROUND_DOWN) for amount in amounts)
    return with_tax, without


def from_baskets(
    basket_ids: Collection[int], offer_id: int | None
) -> list[tuple[int, str, Decimal | None]]:
    """Orders of these baskets: basket, number, and what an offer took off them."""
    orders = get_model("order", "Order").objects.filter(basket_id__in=basket_ids)
    # Not by no number: discounts of offers that are gone have none either.
    by_it = Q(discounts__offer_id=offer_id, discounts__offer_id__isnull=False)
    taken = orders.annotate(taken=Sum("discounts__amount", filter=by_it))
    return list(taken.values_list("basket_id", "number", "taken"))


def reduced_by(
    offer_ids: Collection[int | None],
    *,
    user_id: int | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
) -> QuerySet[Any]:
    """
    Basket, number, and what these offers took off, of every order that they took something off.

    A basket that is gone has the number 0.
    """
    orders = get_model("order", "Order").objects.filter(discounts__offer_id__in=offer_ids)
    orders = orders.filter(user_id=user_id) if user_id is not None else orders
    orders = orders.filter(date_placed__gte=since) if since else orders
    orders = orders.filter(date_placed__lt=before) if before else orders
    summed = orders.order_by("pk").annotate(taken=Sum("discounts__amount"))
    rows: QuerySet[Any] = summed.values_list(Coalesce("basket_id", 0), "number", "taken")
    return rows


def _placed(since: datetime | None, until: datetime) -> QuerySet[Any]:
    orders = get_model("order", "Order").objects.filter(
        user_id__isnull=False, date_placed__lte=until
    )
    return orders.filter(date_placed__gte=since) if since else orders


def _lines() -> QuerySet[Any]:
    lines = get_model("order", "Line").objects
    found = lines.select_related("order__shipping_address", "product__parent")
    return found.order_by("order_id", "pk")


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
        country=order.shipping_address.country_id if order.shipping_address else None,
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
        product_class_id=class_of(line.product) if line.product else None,
    )
