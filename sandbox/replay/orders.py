"""
Writes purchases into the shop as customers and orders, set by set.

Nothing of the catalogue is touched: the lines name no product and no stock. What is already in the
shop, known by its order number, stays as it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.sites.models import Site
from django.db import transaction
from oscar.core.loading import get_model

from .cdnow import Purchase

Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")
User = get_user_model()

CHUNK = 2000
NOON = time(12)
PENNY = Decimal("0.01")
STATUS = "Complete"


@dataclass(frozen=True)
class Imported:
    """What an import wrote: new customers and new orders."""

    customers: int
    orders: int


@transaction.atomic
def write(purchases: Iterable[Purchase], *, currency: str, zone: ZoneInfo) -> Imported:
    """Every purchase as an order at noon of its day in `zone`: all of them or none."""
    customers = orders = 0
    site = Site.objects.get_current()
    for chunk in _chunks(purchases):
        chunk = _not_yet_in_the_shop(chunk)
        users, joined = _customers(chunk, zone)
        customers += joined
        orders += _orders(chunk, users, site=site, currency=currency, zone=zone)
    return Imported(customers, orders)


def _chunks(purchases: Iterable[Purchase]) -> Iterator[list[Purchase]]:
    source = iter(purchases)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _not_yet_in_the_shop(purchases: list[Purchase]) -> list[Purchase]:
    numbers = [purchase.number for purchase in purchases]
    known = set(Order.objects.filter(number__in=numbers).values_list("number", flat=True))
    return [purchase for purchase in purchases if purchase.number not in known]


def _customers(purchases: list[Purchase], zone: ZoneInfo) -> tuple[dict[str, int], int]:
    """The users behind `purchases` by username, and how many of them are new."""
    first = {}
    for purchase in purchases:
        first.setdefault(_username(purchase), purchase)
    users = _ids_of(first)
    new = [_user(name, first[name], zone) for name in first if name not in users]
    User.objects.bulk_create(new)
    return _ids_of(first), len(new)


def _ids_of(usernames: Iterable[str]) -> dict[str, int]:
    return dict(User.objects.filter(username__in=list(usernames)).values_list("username", "pk"))


def _username(purchase: Purchase) -> str:
    return f"cdnow-{purchase.customer}"


def _user(username: str, first: Purchase, zone: ZoneInfo) -> User:
    return User(
        username=username,
        email=f"{username}@example.com",
        password=make_password(None),
        date_joined=_noon(first, zone),
    )


def _orders(
    purchases: list[Purchase], users: dict[str, int], *, site: Site, currency: str, zone: ZoneInfo
) -> int:
    orders = Order.objects.bulk_create(
        Order(
            number=purchase.number,
            user_id=users[_username(purchase)],
            site=site,
            currency=currency,
            total_incl_tax=purchase.paid,
            total_excl_tax=purchase.paid,
            status=STATUS,
            date_placed=_noon(purchase, zone),
        )
        for purchase in purchases
    )
    OrderLine.objects.bulk_create(map(_line, orders, purchases))
    return len(orders)


def _line(order: Order, purchase: Purchase) -> OrderLine:
    unit_price = (purchase.paid / purchase.units).quantize(PENNY, ROUND_HALF_UP)
    return OrderLine(
        order=order,
        partner_sku="cdnow-cd",
        title="Compact disc",
        quantity=purchase.units,
        line_price_incl_tax=purchase.paid,
        line_price_excl_tax=purchase.paid,
        line_price_before_discounts_incl_tax=purchase.paid,
        line_price_before_discounts_excl_tax=purchase.paid,
        unit_price_incl_tax=unit_price,
        unit_price_excl_tax=unit_price,
        status=STATUS,
        num_allocated=0,
    )


def _noon(purchase: Purchase, zone: ZoneInfo) -> datetime:
    return datetime.combine(purchase.date, NOON, tzinfo=zone)
