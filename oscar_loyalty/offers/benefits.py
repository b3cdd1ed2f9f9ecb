"""Benefits that tiers give, so that no member ever pays more than a guest would."""

import sys
from decimal import Decimal
from functools import cached_property
from itertools import dropwhile
from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_class, get_model

from oscar_loyalty.guard import harmless
from oscar_loyalty.program.tiers.models import TierBenefit

Benefit = get_model("offer", "Benefit")

#: A method that asks is two frames away, and three more for an offer of ours that hands on to us.
FRAMES = 6


class TierShippingBenefit(Benefit):
    """
    What Oscar's benefit of the same type would take off, for the methods that the tier names.

    Oscar looks at one shipping offer of a basket only. We stand first, so where the next one takes
    off more, that is what we take off.
    """

    class Meta:
        app_label = "oscar_loyalty"
        proxy = True
        verbose_name = _("shipping benefit of a tier")
        verbose_name_plural = _("shipping benefits of tiers")

    @property
    def name(self) -> str:
        stock = _stock(self)
        if stock is None:
            return str(self._meta.verbose_name)
        if _method_codes(self.pk):
            return gettext("%(benefit)s, for some shipping methods") % {"benefit": stock.name}
        return str(stock.name)

    description = name

    def apply(self, basket: Any, condition: Any, offer: Any, **kwargs: Any) -> Any:
        if _stock(self) is None:
            return get_class("offer.results", "ZERO_DISCOUNT")
        # The offer makes this benefit anew for each charge, so what we know is left with it.
        offer.shipping_discount = TierShippingDiscount(self, offer, basket)
        return get_class("offer.results", "SHIPPING_DISCOUNT")


class TierPercentageBenefit(Benefit):
    """Oscar's percentage off a range, which stops at the first line that another offer has used."""

    class Meta:
        app_label = "oscar_loyalty"
        proxy = True
        verbose_name = _("percentage of a tier")
        verbose_name_plural = _("percentages of tiers")

    @property
    def name(self) -> str:
        """As HTML: Oscar describes a benefit by its name, and prints descriptions as they are."""
        stock = _stock(self)
        return escape(stock.name if stock and self.range else self._meta.verbose_name)

    description = name

    def apply(self, basket: Any, condition: Any, offer: Any, **kwargs: Any) -> Any:
        stock = _stock(self)
        if stock is None or self.range is None:
            return get_class("offer.results", "ZERO_DISCOUNT")
        lines = [
            (price, line)
            for price, line in self.get_applicable_lines(offer, basket)
            if line.is_available_for_offer_discount(offer)
        ]
        stock.get_applicable_lines = lambda *args, **kwargs: lines
        return stock.apply(basket, condition, offer, **kwargs)


class TierShippingDiscount:
    """Stands in for an offer's `shipping_discount`, knowing the methods and the other offers."""

    def __init__(self, benefit: Any, offer: Any, basket: Any) -> None:
        self.benefit = benefit
        self.offer = offer
        self.basket = basket

    @harmless(Decimal("0.00"))
    def __call__(self, charge: Decimal, currency: str | None = None) -> Decimal:
        codes = self.method_codes
        ours = Decimal("0.00")
        if codes is not None and (not codes or _asking_method(sys._getframe(1)) in codes):
            ours = _stock(self.benefit).shipping_discount(charge, currency)
        return max(ours, self._of_the_next_offer(charge, currency))

    def _of_the_next_offer(self, charge: Decimal, currency: str | None) -> Decimal:
        offers = [application["offer"] for application in self.basket.shipping_discounts]
        later = list(dropwhile(lambda offer: offer.pk != self.offer.pk, offers))[1:]
        return later[0].shipping_discount(charge, currency) if later else Decimal("0.00")

    @cached_property
    def method_codes(self) -> tuple[str, ...] | None:
        return _method_codes(self.benefit.pk)


def _stock(benefit: Any) -> Any:
    """Oscar's benefit of the same type; None for a row without a type."""
    kind = benefit.proxy_map.get(benefit.type)
    return kind and kind(
        pk=benefit.pk, type=benefit.type, value=benefit.value, range_id=benefit.range_id
    )


@harmless(None)
def _method_codes(benefit_id: int | None) -> tuple[str, ...] | None:
    """The methods it is for, none for all of them; None when no tier gives it any more."""
    found = TierBenefit.objects.filter(made__offer__benefit=benefit_id).first()
    return found.method_codes if found else None


def _asking_method(frame: Any) -> str | None:
    """
    The code of the shipping method a discount is being worked out for.

    Oscar tells an offer the charge but not the method; the wrapper of the method, which is asking,
    is the only one who knows.
    """
    wrapper = get_class("shipping.methods", "OfferDiscount")
    for _step in range(FRAMES):
        if frame is None:
            break
        caller = frame.f_locals.get("self")
        if isinstance(caller, wrapper):
            return str(caller.code)
        frame = frame.f_back
    return None
