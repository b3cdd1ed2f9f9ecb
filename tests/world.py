"""The people, programmes and orders that tests speak of."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import count

from django.contrib.auth import get_user_model
from django.utils import timezone as django_timezone
from oscar.apps.order.utils import OrderCreator
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from oscar_loyalty.flows import accounts_merged
from oscar_loyalty.models import (
    Account,
    Hold,
    Programme,
    RuleVersion,
    Standing,
    Tier,
    TierBenefit,
)
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.redemption import services as redemption

NEW_YEAR = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
MARCH = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
JUNE = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)

_numbers = count(1)


def programme(**terms) -> Programme:
    """One point for every pound, available at once but not to be spent, from New Year 2020 on."""
    wanted = {
        "name": "Larkfield Points",
        "currency": "GBP",
        "time_zone": "Europe/London",
        "starts_at": datetime(2020, 1, 1, tzinfo=timezone.utc),
        "redeemable": False,
        **terms,
    }
    return Programme.objects.create(**wanted)


def rule(**says) -> RuleVersion:
    """A rule that has always been in force; extra points are for every item of a target."""
    if says.get("points") and any(says.get(name) for name in ("product", "category", "range")):
        says = {"every": 1, **says}
    version = RuleVersion(**says)
    version.clean()
    earning.publish(version, actor="user:1", at=NEW_YEAR)
    return version


def customer(name: str = ""):
    """A registered customer; a member as soon as there is a programme."""
    name = name or f"customer{next(_numbers)}"
    return get_user_model().objects.create_user(
        username=name, email=f"{name}@example.com", password=f"{name}-secret"
    )


def member(name: str = "") -> Account:
    """An account with its place on the ladder."""
    return Account.objects.get(user=customer(name))


def merge(user, into) -> None:
    """Two customers turn out to be one person."""
    accounts_merged.run(
        user.loyalty_account.pk,
        into.loyalty_account.pk,
        note="One person",
        actor_id=customer().pk,
        at=django_timezone.now(),
    )


def forget_membership(user) -> None:
    """Make a customer one who registered before there was a programme."""
    Standing.objects.filter(account__user=user).delete()
    Account.objects.filter(user=user).delete()


def tier(name: str, rank: int, threshold, *, multiplier=None, **fields) -> Tier:
    """A rung, with a multiplier when one is given."""
    made = Tier.objects.create(name=name, rank=rank, threshold=Decimal(threshold), **fields)
    if multiplier:
        TierBenefit.objects.create(tier=made, kind="multiplier", value=Decimal(multiplier))
    return made


def tier_of(user) -> str:
    """The name of the tier a customer stands on, empty for none."""
    return str(Standing.objects.get(account__user=user).tier or "")


def product(price="10.00", **fields):
    """Something to buy, with plenty in stock."""
    made = factories.create_product(**fields)
    factories.create_stockrecord(made, price=Decimal(price), num_in_stock=10_000)
    return made


def basket_with(*products, user=None):
    """A basket with one of each."""
    basket = factories.create_basket(empty=True)
    basket.owner = user
    basket.strategy = get_class("partner.strategy", "Default")()
    basket.save()
    for item in products:
        basket.add_product(item)
    return basket


def place(
    user, *amounts, number=None, at=None, shipping="0.00", status=None, products=(), points=0
):
    """
    An order placed through Oscar's own OrderCreator, so that its signals fire.

    Each amount is a product of that price; `at` is the order's own date, `points` what its owner
    has chosen to spend on it.
    """
    # Every order is a request of its own, with a user of its own.
    user = user and get_user_model().objects.get(pk=user.pk)
    items = products or [product(amount) for amount in amounts]
    basket = basket_with(*items, user=user)
    if points:
        hold(user, points, basket_id=basket.pk)
    get_class("offer.applicator", "Applicator")().apply(basket, user)
    method = _shipping(shipping)
    if basket.has_shipping_discounts:
        repository = get_class("shipping.repository", "Repository")()
        (method,) = repository.apply_shipping_offers(basket, [method])
    charge = method.calculate(basket)
    total = get_class("checkout.calculators", "OrderTotalCalculator")().calculate(basket, charge)
    number = number or f"{900_000 + next(_numbers)}"
    extra = {"date_placed": at} if at else {}
    order = OrderCreator().place_order(
        basket, total, method, charge, user=user, order_number=number, status=status, **extra
    )
    basket.submit()
    return order


def unsignalled(user, amount, *, number=None, at=None, status="Pending", currency="GBP"):
    """An order that is in the database without any signal having been sent."""
    order = get_model("order", "Order").objects.create(
        number=number or f"{900_000 + next(_numbers)}",
        user=user,
        currency=currency,
        total_incl_tax=Decimal(amount),
        total_excl_tax=Decimal(amount),
        status=status,
        date_placed=at or django_timezone.now(),
    )
    get_model("order", "Line").objects.create(
        order=order,
        title="Something",
        num_allocated=0,
        quantity=1,
        line_price_incl_tax=Decimal(amount),
        line_price_excl_tax=Decimal(amount),
        line_price_before_discounts_incl_tax=Decimal(amount),
        line_price_before_discounts_excl_tax=Decimal(amount),
    )
    return order


def hold(user, points, *, basket_id=1):
    """Points kept for a basket, for an hour."""
    at = django_timezone.now()
    until = at + timedelta(hours=1)
    redemption.hold(user.loyalty_account.pk, basket_id, points, at=at, until=until)
    return Hold.objects.get(basket_id=basket_id, state="open")


def _shipping(amount):
    fixed = get_class("shipping.methods", "FixedPrice")
    free = get_class("shipping.methods", "Free")
    if Decimal(amount) == 0:
        return free()
    method = fixed(Decimal(amount), Decimal(amount))
    method.code = "standard"
    return method
