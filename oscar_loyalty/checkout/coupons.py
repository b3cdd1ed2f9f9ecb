"""Putting a coupon into the basket, from the account page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from oscar_loyalty.checkout.signed_in import AskedAgain
from oscar_loyalty.guard import harmless
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.coupons.models import Coupon
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.shop import vouchers


class UseCouponView(LoginRequiredMixin, AskedAgain, View):
    """POST `coupon`, the number of one of one's own; leads to the basket."""

    login_url = reverse_lazy("customer:login")

    def post(self, request: HttpRequest) -> HttpResponse:
        level, sentence, page = _put_in(request)
        messages.add_message(request, level, str(sentence))
        return redirect(page)


_UNREACHED = gettext_lazy(
    "Your coupon could not be reached just now. Please try again in a moment."
)


@harmless((messages.ERROR, _UNREACHED, "basket:summary"))
def _put_in(request: HttpRequest) -> tuple[int, Any, str]:
    """What became of it: the level of the message, the sentence, and the page to go on with."""
    coupon = _own(request)
    if coupon is None:
        sentence = _("This coupon cannot be used any more.")
        return messages.ERROR, sentence, "oscar_loyalty:account"
    basket: Any = request.basket  # type: ignore[attr-defined]
    code = {"code": coupon.voucher.code}
    if vouchers.put_into(basket, coupon.voucher, user=request.user, request=request):
        sentence = _("The coupon %(code)s is in your basket.") % code
        return messages.INFO, sentence, "basket:summary"
    sentence = _(
        "The coupon %(code)s is in your basket, but takes nothing off it yet. "
        "It stays good until an order uses it."
    )
    return messages.WARNING, sentence % code, "basket:summary"


def _own(request: HttpRequest) -> Coupon | None:
    asked = request.POST.get("coupon", "")
    user_id: Any = request.user.pk
    account_id = ledger_queries.account_of(user_id)
    if account_id is None or not (asked.isascii() and asked.isdecimal() and len(asked) <= 18):
        return None
    mine = coupons_queries.spendable(account_id, at=timezone.now())
    return mine.filter(pk=int(asked)).first()
