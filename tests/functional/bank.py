"""
A shop whose payments happen at a bank: the shopper is sent there, and the bank calls back.

The URLs of the sandbox, with a last step of the checkout that asks the bank, and the bank's door.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from oscar.core.loading import get_class, get_model

from sandbox import urls

Basket = get_model("basket", "Basket")
OrderCreator = get_class("order.utils", "OrderCreator")
OrderNumberGenerator = get_class("order.utils", "OrderNumberGenerator")
OrderPlacementMixin = get_class("checkout.mixins", "OrderPlacementMixin")
PaymentDetailsView = get_class("checkout.views", "PaymentDetailsView")
RedirectRequired = get_class("payment.exceptions", "RedirectRequired")

#: What the bank was asked for, by basket.
asked: dict[str, Any] = {}


class AskTheBank(PaymentDetailsView):
    """The order waits until the bank has called."""

    preview = True

    def handle_payment(self, order_number: Any, total: Any, **kwargs: Any) -> None:
        asked[str(self.request.basket.pk)] = total.incl_tax
        raise RedirectRequired(f"https://bank.example/pay/{order_number}")


@csrf_exempt
def paid(request: Any) -> HttpResponse:
    """The bank's own call: no cookie, no session and nobody signed in, but a frozen basket."""
    basket = get_object_or_404(Basket, pk=request.POST["basket"], status=Basket.FROZEN)
    basket.strategy = get_class("partner.strategy", "Selector")().strategy()
    get_class("offer.applicator", "Applicator")().apply(basket, basket.owner)
    method = get_class("shipping.repository", "Repository")().get_default_shipping_method(basket)
    charge = method.calculate(basket)
    total = get_class("checkout.calculators", "OrderTotalCalculator")().calculate(basket, charge)
    OrderCreator().place_order(
        basket=basket,
        total=total,
        shipping_method=method,
        shipping_charge=charge,
        user=basket.owner,
        order_number=str(OrderNumberGenerator().order_number(basket)),
    )
    basket.submit()
    return HttpResponse("thank you")


class GiveUp(OrderPlacementMixin, View):
    """The shopper comes back from the bank without having paid."""

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        self.restore_frozen_basket()
        return redirect("basket:summary")


urlpatterns = [
    path("checkout/preview/", AskTheBank.as_view()),
    path("bank/paid/", paid),
    path("bank/given-up/", GiveUp.as_view()),
    *urls.urlpatterns,
]
