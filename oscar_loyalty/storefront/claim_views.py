"""The page where somebody who bought as a guest puts the order into their account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from oscar.core.loading import get_class, get_model

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import order_claimed
from oscar_loyalty.storefront import claims

AnonymousOrderMixin: Any = get_class("customer.mixins", "AnonymousOrderMixin")


class ClaimView(LoginRequiredMixin, TemplateView):
    """
    Claims the order that this browser has just placed.

    GET asks, POST does it. Who is not signed in registers or logs in first, and comes back.
    """

    http_method_names = ["get", "head", "post", "options"]
    template_name = "oscar_loyalty/claim.html"
    login_url = reverse_lazy("customer:login")

    def order_in_hand(self) -> Any:
        """The order that the visitor has proved to be theirs; None without a proof."""
        placed = self.request.session.get("checkout_order_id")
        return get_model("order", "Order").objects.filter(pk=placed).first() if placed else None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        order = self.order_in_hand()
        told = order and order_claimed.prospect(str(order.number), at=timezone.now(), exactly=True)
        if not told:
            return self._nothing_here(request)
        context = {"order": order, "words": claims.words(told), "refused": bool(told.refusal)}
        return self.render_to_response(self.get_context_data(**context))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        order = self.order_in_hand()
        if order is None:
            return self._nothing_here(request)
        number = str(order.number)
        user_id: Any = request.user.pk
        try:
            points = order_claimed.run(number, user_id, at=timezone.now())
        except LoyaltyError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, claims.thanks(number, points))
        return redirect("oscar_loyalty:account")

    def _nothing_here(self, request: HttpRequest) -> HttpResponse:
        messages.info(request, _("There is no order here that you could claim."))
        return redirect("oscar_loyalty:account")


class SignedClaimView(AnonymousOrderMixin, ClaimView):
    """
    Claims a guest's order by Oscar's signed link.

    As on the page behind that link, the visitor has also written the order's e-mail address.
    """

    def order_in_hand(self) -> Any:
        return self.get_object()

    def _nothing_here(self, request: HttpRequest) -> HttpResponse:
        if self.email is None:
            return redirect(
                "customer:anon-order-form", order_number=self.order_number, hash=self.hash
            )
        return super()._nothing_here(request)
