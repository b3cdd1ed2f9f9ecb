"""What has come back of Oscar's orders: lines, by status and events, and money."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from oscar.core.loading import get_model

from oscar_loyalty import conf
from oscar_loyalty.facts import LineReturn, OrderReturns
from oscar_loyalty.shop import offers

#: What Oscar writes when a payment source gives money back.
REFUND = "Refund"

_CENT = Decimal("0.01")


def returns_of(numbers: Collection[str]) -> dict[str, OrderReturns]:
    """What has come back of each order so far, in eight queries however many they are."""
    orders = get_model("order", "Order").objects.filter(number__in=numbers)
    rows = orders.values_list("pk", "number", "status", "total_incl_tax", "shipping_incl_tax")
    found = {pk: facts for pk, *facts in rows}
    lines = _lines(found)
    by_transaction = _by_transaction(found)
    by_event, by_line = _by_event(found, named=False), _by_event(found, named=True)
    zero = Decimal(0)
    return {
        number: OrderReturns(
            number,
            status,
            paid,
            shipping,
            # The same refund may be written down in both places.
            refunded=max(
                by_transaction.get(pk, zero), by_event.get(pk, zero) + by_line.get(pk, zero)
            ),
            refunded_by_line=by_line.get(pk, zero),
            lines=tuple(lines.get(pk, ())),
        )
        for pk, (number, status, paid, shipping) in found.items()
    }


def touched(*, since: datetime) -> Iterator[str]:
    """
    Numbers of orders of which something may have come back since then, some of them twice.

    One question for each way of coming back: asked together, none could use its index.
    """
    changed = get_model("order", "OrderStatusChange").objects.filter(date_created__gte=since)
    for rows, number in (
        (_since("payment", "Transaction", since, txn_type=REFUND), "source__order__number"),
        (
            _since("order", "PaymentEvent", since, event_type__name__in=conf.REFUND_EVENTS()),
            "order__number",
        ),
        (
            _since("order", "ShippingEvent", since, event_type__name__in=conf.RETURN_EVENTS()),
            "order__number",
        ),
        (changed.filter(new_status__in=conf.CANCELLED_STATUSES()), "order__number"),
        (_placed(since).filter(status__in=conf.CANCELLED_STATUSES()), "number"),
        # Lines have no dates of their own.
        (_placed(since).filter(lines__status__in=conf.RETURNED_LINE_STATUSES()), "number"),
    ):
        yield from rows.order_by().values_list(number, flat=True).distinct().iterator()


def is_refund(transaction: Any) -> bool:
    """Whether a transaction of Oscar's gave money back."""
    return bool(transaction.txn_type == REFUND)


def _since(app: str, model: str, since: datetime, **named: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = get_model(app, model).objects.filter(date_created__gte=since, **named)
    return rows


def _placed(since: datetime) -> QuerySet[Any]:
    orders: QuerySet[Any] = get_model("order", "Order").objects.filter(date_placed__gte=since)
    return orders


def _lines(order_ids: Iterable[int]) -> dict[int, list[LineReturn]]:
    ids = list(order_ids)
    returned = _items("ShippingEventQuantity", ids, conf.RETURN_EVENTS())
    refunded = _items("PaymentEventQuantity", ids, conf.REFUND_EVENTS())
    by_points = _by_points(ids)
    rows = get_model("order", "Line").objects.filter(order_id__in=ids).order_by("pk")
    lines: dict[int, list[LineReturn]] = {}
    for order_id, pk, quantity, paid, status in rows.values_list(
        "order_id", "pk", "quantity", "line_price_incl_tax", "status"
    ):
        all_of_it = quantity if status in conf.RETURNED_LINE_STATUSES() else 0
        back = max(all_of_it, returned.get(pk, 0), refunded.get(pk, 0))
        line = LineReturn(
            pk,
            quantity,
            paid,
            returned=min(back, quantity),
            refunded=min(refunded.get(pk, 0), quantity),
            by_points=by_points.get(pk, Decimal(0)),
        )
        lines.setdefault(order_id, []).append(line)
    return lines


def _items(model: str, order_ids: list[int], names: Collection[str]) -> dict[int, int]:
    """How many items of each line events of these names are about."""
    quantities = get_model("order", model).objects.filter(
        event__order_id__in=order_ids, event__event_type__name__in=names
    )
    sums = quantities.order_by().values("line_id").annotate(items=Sum("quantity"))
    return dict(sums.values_list("line_id", "items"))


def _by_transaction(order_ids: Iterable[int]) -> dict[int, Decimal]:
    refunds = get_model("payment", "Transaction").objects.filter(
        txn_type=REFUND, source__order_id__in=list(order_ids)
    )
    return _money(refunds, "source__order_id")


def _by_event(order_ids: Iterable[int], *, named: bool) -> dict[int, Decimal]:
    """Money that refund events gave back, of those that name lines or of the others."""
    quantities = get_model("order", "PaymentEventQuantity").objects
    about = Q(pk__in=quantities.filter(event__order_id__in=list(order_ids)).values("event_id"))
    refunds = get_model("order", "PaymentEvent").objects.filter(
        about if named else ~about,
        order_id__in=list(order_ids),
        event_type__name__in=conf.REFUND_EVENTS(),
    )
    return _money(refunds, "order_id")


def _by_points(order_ids: list[int]) -> dict[int, Decimal]:
    offer = get_model("offer", "ConditionalOffer").objects.filter(
        pk=OuterRef("order_discount__offer_id")
    )
    ours = Exists(offer.filter(benefit__proxy_class=offers.POINTS_BENEFIT))
    # Staff may have deleted ours since: it said what it did, which offers off the price do not.
    was_ours = ~Exists(offer) & ~Q(order_discount__message="")
    taken = get_model("order", "OrderLineDiscount").objects.filter(
        ours | was_ours, line__order_id__in=order_ids
    )
    before = (
        "line__line_price_before_discounts_incl_tax",
        "line__line_price_before_discounts_excl_tax",
    )
    paid: dict[int, Decimal] = defaultdict(Decimal)
    for line_id, amount, is_incl_tax, incl, excl in taken.values_list(
        "line_id", "amount", "is_incl_tax", *before
    ):
        # With its tax, or lines of several rates would not compare.
        paid[line_id] += amount if is_incl_tax or not excl else amount * incl / excl
    return {line_id: money.quantize(_CENT) for line_id, money in paid.items()}


def _money(rows: QuerySet[Any], owner: str) -> dict[int, Decimal]:
    """Sums of amounts by owner; SQLite adds them up as floats."""
    sums = rows.order_by().values(owner).annotate(money=Sum("amount"))
    return {pk: money.quantize(_CENT) for pk, money in sums.values_list(owner, "money")}
