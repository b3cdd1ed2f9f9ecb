"""Coupons inside Oscar's offers: only their owner's baskets get what they give."""

import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from oscar.apps.order.exceptions import UnableToPlaceOrder
from oscar.core.loading import get_class, get_model

from oscar_loyalty.flows import coupon_used
from oscar_loyalty.guard import harmless, within_lock_timeout
from oscar_loyalty.offers.owners import AsksTheOwner
from oscar_loyalty.program.coupons import policy
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.coupons.models import Coupon
from oscar_loyalty.program.coupons.policy import Gift
from oscar_loyalty.program.redemption.policy import spread
from oscar_loyalty.shop import baskets, offers

Benefit = get_model("offer", "Benefit")
Condition = get_model("offer", "Condition")
BasketDiscount = get_class("offer.results", "BasketDiscount")
ZERO_DISCOUNT = get_class("offer.results", "ZERO_DISCOUNT")

logger = logging.getLogger("oscar_loyalty")

_NAMES = {
    Benefit.PERCENTAGE: _("%(value)s%% off by coupon"),
    Benefit.FIXED: _("%(value)s off by coupon"),
    Benefit.SHIPPING_FIXED_PRICE: _("Free shipping by coupon"),
    Benefit.MULTIBUY: _("One item for free by coupon"),
}


class CouponTaken(UnableToPlaceOrder, ValueError):
    """Shown to the shopper by Oscar's checkout, and by an API as Oscar's own refusals are."""


class VoucherOwnerCondition(AsksTheOwner, Condition):
    """The basket's owner holds the coupon behind the voucher, and spends enough."""

    class Meta:
        app_label = "oscar_loyalty"
        proxy = True
        verbose_name = _("coupon condition")
        verbose_name_plural = _("coupon conditions")

    @property
    def name(self) -> str:
        if not self.value:
            return gettext("The coupon is the shopper's own")
        return gettext("The coupon is the shopper's own, who spends at least %(amount)s") % {
            "amount": self.value
        }

    description = name

    @harmless(False)
    def is_satisfied(self, offer: Any, basket: Any) -> bool:
        coupon = _coupon(offer, basket)
        if coupon is None or coupon.gives.offer_id != offer.pk:
            return False
        gift = coupon.gives.gift
        if baskets.has_by_another_voucher(basket, offer) or not _is_enough(gift, basket):
            return False
        # The benefit asks no second time.
        offer.loyalty_gift = gift
        offer.record_usage = partial(_record_usage, offer)
        return True


class CouponBenefit(Benefit):
    """Free shipping, or money or an item off the goods, after all offers but that for points."""

    class Meta:
        app_label = "oscar_loyalty"
        proxy = True
        verbose_name = _("coupon benefit")
        verbose_name_plural = _("coupon benefits")

    @property
    @harmless("")
    def name(self) -> str:
        """As HTML: Oscar describes a benefit by its name, and prints descriptions as they are."""
        named = _NAMES.get(self.type, "") % {"value": self.value}
        return escape(f"{named} ({self.range.name})" if self.range else named)

    description = name

    @harmless(ZERO_DISCOUNT)
    def apply(self, basket: Any, condition: Any, offer: Any, **kwargs: Any) -> Any:
        gift = getattr(offer, "loyalty_gift", None)
        if gift is None:
            return ZERO_DISCOUNT
        if gift.kind == "free-shipping":
            return get_class("offer.results", "SHIPPING_DISCOUNT")
        priced = baskets.priced_lines(basket)
        payable = baskets.within(baskets.payable(priced, excluded=()), gift.range_id)
        if gift.kind == "gift":
            payable = [(price, line) for price, line in payable if _items(line)]
            shares = policy.cheapest_item([(price, _items(line)) for price, line in payable])
        else:
            prices = [price for price, _line in payable]
            shares = spread(policy.taken_off(gift, sum(prices, start=0 * gift.value)), prices)
        lines = (line for _price, line in payable)
        return BasketDiscount(baskets.take_off(basket, zip(shares, lines, strict=True), offer))

    def apply_deferred(self, basket: Any, order: Any, application: Any) -> None:
        """Oscar tells only here which order it is."""
        application["offer"].loyalty_order = order
        # Of several that ship for free Oscar uses the first, and counts them all.
        application["freq"] = 1

    def shipping_discount(self, charge: Any, currency: Any = None) -> Any:
        return charge


def _record_usage(offer: Any, discount: dict[str, Any]) -> None:
    """
    Oscar counts what an order got by the offer, in the order's own transaction.

    It saves the whole offer with its count, and so undoes what staff changed; we do not.

    :raises CouponTaken: if another order has the coupon, or is being paid with it, and nobody can
        have paid for this one: its basket was never frozen.
    """
    offers.count_use(offer.pk, discount)
    order = offer.loyalty_order
    if _claim(discount["voucher"].pk, order) is not False:
        return
    if not baskets.may_be_paid(order.basket):
        raise CouponTaken(gettext("A coupon in your basket was used for another order meanwhile."))
    # The audit names the order too, for as long as the shop keeps both.
    logger.error("loyalty: order %s was paid with a coupon that another order has", order.number)


@harmless(None)
def _claim(voucher_id: int, order: Any) -> bool | None:
    """Whether the order has the coupon; None when we failed, for which the sweep makes up."""
    with transaction.atomic(), within_lock_timeout():
        return coupon_used.run(
            voucher_id, str(order.number), basket_id=order.basket_id, at=timezone.now()
        )


def _coupon(offer: Any, basket: Any) -> Coupon | None:
    if basket.owner_id is None:
        return None
    paying = basket.pk if baskets.may_be_paid(basket) else None
    mine = coupons_queries.usable_by(basket.owner_id, at=timezone.now(), paying=paying)
    voucher = offer.get_voucher()
    if voucher:
        return mine.filter(voucher_id=voucher.pk).first()
    # Oscar asks whether a voucher is for a basket without saying which.
    return mine.filter(gives__offer_id=offer.pk).first()


def _items(line: Any) -> int:
    """How many items of a line are not free yet."""
    offers_on_it = (discount.offer for discount in line.discounts.all())
    gifts = (getattr(offer, "loyalty_gift", None) for offer in offers_on_it)
    return int(line.quantity) - sum(gift is not None and gift.kind == "gift" for gift in gifts)


def _is_enough(gift: Gift, basket: Any) -> bool:
    """Money of one currency says nothing about prices in another."""
    if (gift.minimum or gift.kind == "amount") and basket.currency != gift.currency:
        return False
    if not gift.minimum:
        return True
    counting = baskets.within(baskets.at_full_price(basket), gift.range_id)
    return baskets.total(counting) >= gift.minimum
