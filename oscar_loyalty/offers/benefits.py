"""A shipping benefit for some of the shop's shipping methods."""

import sys
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_class, get_model

from oscar_loyalty.guard import harmless
from oscar_loyalty.program.tiers.models import TierBenefit

Benefit = get_model("offer", "Benefit")


class NamedMethodsShippingBenefit(Benefit):
    """What Oscar's benefit of the same type would take off, for the methods the tier names."""

    class Meta:
        app_label = "oscar_loyalty"
        proxy = True
        verbose_name = _("shipping benefit for named methods")
        verbose_name_plural = _("shipping benefits for named methods")

    @property
    def name(self) -> str:
        return gettext("%(benefit)s, for some shipping methods") % {"benefit": self._stock().name}

    description = name

    def apply(self, basket: Any, condition: Any, offer: Any, **kwargs: Any) -> Any:
        # The offer makes this benefit anew for each charge, so what we know is left with it.
        offer.shipping_discount = NamedMethodsDiscount(self._stock(), offer.pk)
        return get_class("offer.results", "SHIPPING_DISCOUNT")

    def _stock(self) -> Any:
        return self.proxy_map[self.type](type=self.type, value=self.value)


class NamedMethodsDiscount:
    """Stands in for an offer's `shipping_discount`, knowing which methods it is for."""

    def __init__(self, benefit: Any, offer_id: int) -> None:
        self.benefit = benefit
        self.offer_id = offer_id

    @harmless(Decimal("0.00"))
    def __call__(self, charge: Decimal, currency: str | None = None) -> Decimal:
        if _method_code(sys._getframe(1)) in self.method_codes:
            discount: Decimal = self.benefit.shipping_discount(charge, currency)
            return discount
        return Decimal("0.00")

    @cached_property
    def method_codes(self) -> tuple[str, ...]:
        benefit = TierBenefit.objects.filter(offer_id=self.offer_id).first()
        return benefit.method_codes if benefit else ()


def _method_code(frame: Any) -> str | None:
    """
    The code of the shipping method a discount is being worked out for.

    Oscar tells an offer the charge but not the method; the wrapper of the method, which is asking,
    is the only one who knows.
    """
    wrapper = get_class("shipping.methods", "OfferDiscount")
    while frame is not None:
        caller = frame.f_locals.get("self")
        if isinstance(caller, wrapper):
            return str(caller.code)
        frame = frame.f_back
    return None
