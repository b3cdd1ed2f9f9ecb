"""Coupons in tests: given, put into baskets, used."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import F
from django.utils import timezone
from oscar.apps.order.utils import OrderCreator
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from oscar_loyalty import api
from oscar_loyalty.models import Coupon
from tests import world


def give(user, kind="amount", value="5.00", *, days=60, source="test", **terms):
    """A coupon of £5, for two months, unless told otherwise."""
    given = api.give_coupon(
        user,
        kind,
        Decimal(value),
        expires_at=timezone.now() + timedelta(days=days),
        source=source,
        **terms,
    )
    return Coupon.objects.select_related("voucher").get(pk=given.coupon_id)


def basket_of(user, *prices, coupon=None):
    """A basket with a product for each price and the coupon, if there is one."""
    basket = world.basket_with(*(world.product(price) for price in prices), user=user)
    if coupon:
        basket.vouchers.add(coupon.voucher)
    return basket


def as_next_seen(basket, user=None):
    """The basket as a new request reads it, with its offers."""
    again = type(basket).objects.get(pk=basket.pk)
    again.strategy = basket.strategy
    get_class("offer.applicator", "Applicator")().apply(again, user or again.owner)
    return again


def order(user, *prices, coupon=None, number=None, charge="0.00"):
    """An order placed with the coupon in its basket, through Oscar's own OrderCreator."""
    return ordered(basket_of(user, *prices, coupon=coupon), number=number, charge=charge)


def ordered(basket, *, number=None, charge="0.00", user=None):
    """An order of the basket as a new request sees it."""
    return place(as_next_seen(basket, user), number=number, charge=charge, user=user)


def place(basket, *, number=None, charge="0.00", user=None):
    """An order of the basket, whose offers are applied."""
    method = world._shipping(charge)
    if basket.has_shipping_discounts:
        repository = get_class("shipping.repository", "Repository")()
        (method,) = repository.apply_shipping_offers(basket, [method])
    price = method.calculate(basket)
    total = get_class("checkout.calculators", "OrderTotalCalculator")().calculate(basket, price)
    placed = OrderCreator().place_order(
        basket,
        total,
        method,
        price,
        user=user or basket.owner,
        order_number=number or f"c{basket.pk}",
        status="Pending",
    )
    basket.submit()
    return get_model("order", "Order").objects.get(pk=placed.pk)


def put(order, status):
    """The order gets a status with Oscar's signal, past any pipeline."""
    order.refresh_from_db()
    order.set_status(status)


def chain():
    """Every coupon: (order, closed, replaces)."""
    rows = Coupon.objects.order_by("pk")
    return [(one.order_number, one.closed_at is not None, one.replaces_id) for one in rows]


def days_pass(days):
    """For every coupon and voucher: their days come so much nearer."""
    gone = timedelta(days=days)
    Coupon.objects.update(issued_at=F("issued_at") - gone, expires_at=F("expires_at") - gone)
    vouchers = get_model("voucher", "Voucher").objects
    vouchers.update(
        start_datetime=F("start_datetime") - gone, end_datetime=F("end_datetime") - gone
    )


def product_range(name, **fields):
    """A range of Oscar's."""
    return factories.RangeFactory(name=name, **fields)
