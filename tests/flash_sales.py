"""Flash sales in tests: set up, shopped in, paid."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from oscar_loyalty.flows import flash_units_claimed
from oscar_loyalty.models import FlashSale, FlashSaleTier, FlashSaleUnit
from oscar_loyalty.shop import baskets
from tests import coupons, world


def sale(product=None, *, value="15.00", starts_in=-1, hours=1, early=(), **fields):
    """Two units at £15, one for each customer, begun and for another hour unless told otherwise."""
    now = timezone.now()
    wanted = {
        "name": "Teatime",
        "product": product,
        "value": Decimal(value),
        "currency": "GBP",
        "starts_at": now + timedelta(hours=starts_in),
        "ends_at": now + timedelta(hours=hours),
        "units": 2,
        **fields,
    }
    made = FlashSale.objects.create(**wanted)
    for tier, earlier in early:
        FlashSaleTier.objects.create(sale=made, tier=tier, hours=earlier)
    made.refresh_from_db()
    return made


def basket(product, user=None, *, quantity=1):
    """An open basket with so many of the product, as a request sees it."""
    made = world.basket_with(user=user)
    made.add_product(product, quantity=quantity)
    return coupons.as_next_seen(made)


def taken_off(basket):
    """What flash sales take off the basket."""
    return sum((one.discount for one in baskets.sale_discounts(basket)), Decimal(0))


def pay(basket):
    """The basket is frozen and looked at, as Oscar does before money moves; whether it may."""
    basket.freeze()
    found = baskets.sale_discounts(basket)
    return flash_units_claimed.run(
        [(one.sale_id, one.shares) for one in found],
        basket_id=basket.pk,
        account_id=found[0].account_id if found else None,
        at=timezone.now(),
    )


def states():
    """How many units are in which state."""
    found = FlashSaleUnit.objects.values_list("state", flat=True)
    return {state: list(found).count(state) for state in sorted(set(found))}


def time_is_up():
    """Every payment under way takes too long."""
    FlashSaleUnit.objects.filter(state="claimed").update(
        claimed_at=timezone.now() - timedelta(hours=2),
        expires_at=timezone.now() - timedelta(hours=1),
    )
