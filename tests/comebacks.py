"""What a shop writes down when something of an order comes back."""

from decimal import Decimal

from django.utils import timezone
from oscar.core.loading import get_class, get_model

from oscar_loyalty.flows import books_audited, points_spent
from oscar_loyalty.models import Account, Hold

#: The lines of the order that is sent back, by position.
CUPS, POT, VOUCHER = 0, 1, 2


def refund(order, amount):
    """Money goes back, without a word about lines, as payment plugins record it."""
    kind, _made = get_model("payment", "SourceType").objects.get_or_create(
        code="till", defaults={"name": "Till"}
    )
    source, _made = order.sources.get_or_create(
        source_type=kind, defaults={"currency": "GBP", "amount_debited": order.total_incl_tax}
    )
    source.refund(Decimal(amount))


def refund_items(order, amount, *items):
    """Money goes back for items: (position of the line, how many)."""
    kind, _made = get_model("order", "PaymentEventType").objects.get_or_create(name="Refunded")
    lines, quantities = _chosen(order, items)
    handler = get_class("order.processing", "EventHandler")()
    return handler.create_payment_event(order, kind, Decimal(amount), lines, quantities)


def send_back(order, *items):
    """Items come back: (position of the line, how many)."""
    kind, _made = get_model("order", "ShippingEventType").objects.get_or_create(name="Returned")
    lines, quantities = _chosen(order, items)
    handler = get_class("order.processing", "EventHandler")()
    return handler.create_shipping_event(order, kind, lines, quantities)


def put_line(order, position, status):
    """A line gets a status behind every signal, as by Oscar's cascade."""
    line = order.lines.order_by("pk")[position]
    order.lines.filter(pk=line.pk).update(status=status)


def put(order, status):
    """The order gets a status behind every signal."""
    type(order).objects.filter(pk=order.pk).update(status=status)


def spend(order, points):
    """Points pay for a part of the order."""
    account = account_of(order)
    now = timezone.now()
    points_spent.run(account.pk, order.basket_id, points, order_number=order.number, at=now)
    return Hold.objects.get(order_number=order.number)


def account_of(order):
    return Account.objects.get(user=order.user)


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


def _chosen(order, items):
    lines = list(order.lines.order_by("pk"))
    return [lines[position] for position, _count in items], [count for _line, count in items]
