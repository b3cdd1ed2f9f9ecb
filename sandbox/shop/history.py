"""Brings the people in, with orders that are older than the loyalty programme."""

from datetime import datetime, time, timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone
from oscar.core.loading import get_class, get_model

from .people import SHOPPERS, STAFF_EMAIL, STAFF_PASSWORD, PastOrder, Shopper

Basket = get_model("basket", "Basket")
Country = get_model("address", "Country")
Product = get_model("catalogue", "Product")
ShippingAddress = get_model("order", "ShippingAddress")
UserAddress = get_model("address", "UserAddress")
EventHandler = get_class("order.processing", "EventHandler")
OrderCreator = get_class("order.utils", "OrderCreator")
OrderTotalCalculator = get_class("checkout.calculators", "OrderTotalCalculator")
Repository = get_class("shipping.repository", "Repository")
Selector = get_class("partner.strategy", "Selector")
User = get_user_model()


def invite(*, at: datetime) -> int:
    """Bring in whoever is not there yet, with a past as seen from `at`. Returns how many came."""
    wanted = [STAFF_EMAIL, *(shopper.email for shopper in SHOPPERS)]
    known = set(User.objects.filter(email__in=wanted).values_list("email", flat=True))
    if STAFF_EMAIL not in known:
        User.objects.create_superuser("staff", STAFF_EMAIL, STAFF_PASSWORD)
    missing = [shopper for shopper in SHOPPERS if shopper.email not in known]
    for shopper in missing:
        user = _user(shopper, at)
        for past in shopper.past:
            _order(user, past, placed_at=_moment(past.days_ago, at))
    return len(missing)


def _user(shopper: Shopper, at: datetime) -> User:
    user = User.objects.create_user(
        shopper.first_name.lower(),
        shopper.email,
        shopper.password,
        first_name=shopper.first_name,
        last_name=shopper.last_name,
    )
    oldest = max((past.days_ago for past in shopper.past), default=0)
    # Nobody has orders from before they joined.
    User.objects.filter(pk=user.pk).update(date_joined=at - timedelta(days=oldest + 1))
    UserAddress.objects.create(
        user=user,
        first_name=shopper.first_name,
        last_name=shopper.last_name,
        line1="1 Larkfield Lane",
        line4="Leeds",
        postcode="LS1 4AB",
        country=Country.objects.get(iso_3166_1_a2="GB"),
        is_default_for_shipping=True,
    )
    return user


def _moment(days_ago: int, at: datetime) -> datetime:
    """Some time in the day, a different one for each order."""
    day = timezone.localdate(at) - timedelta(days=days_ago)
    some_time = time(9 + days_ago % 10, days_ago * 7 % 60)
    return timezone.make_aware(datetime.combine(day, some_time))


def _order(user: User, past: PastOrder, *, placed_at: datetime) -> None:
    basket = _basket(user, past.upcs)
    method = Repository().get_default_shipping_method(basket)
    charge = method.calculate(basket)
    order = OrderCreator().place_order(
        user=user,
        basket=basket,
        total=OrderTotalCalculator().calculate(basket, charge),
        shipping_method=method,
        shipping_charge=charge,
        shipping_address=_address(user),
        date_placed=placed_at,
    )
    basket.submit()
    order.set_status("Being processed")
    order.set_status("Complete")
    EventHandler().consume_stock_allocations(order)


def _basket(user: User, upcs: tuple[str, ...]) -> Basket:
    basket = Basket.objects.create(owner=user)
    basket.strategy = Selector().strategy(user=user)
    for product in Product.objects.filter(upc__in=upcs).order_by("upc"):
        basket.add_product(product)
    return basket


def _address(user: User) -> ShippingAddress:
    address = ShippingAddress()
    user.addresses.get().populate_alternative_model(address)
    address.save()
    return address
