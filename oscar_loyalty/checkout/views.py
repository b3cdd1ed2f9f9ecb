"""Choosing how many points to spend on the basket."""

import re
from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from oscar_loyalty.checkout import panel
from oscar_loyalty.checkout.signed_in import AskedAgain
from oscar_loyalty.errors import InsufficientPoints, InvalidPoints, LoyaltyError
from oscar_loyalty.flows import points_chosen, points_taken_off
from oscar_loyalty.guard import harmless, within_lock_timeout
from oscar_loyalty.program.ledger.policy import MAX_POINTS
from oscar_loyalty.program.redemption.queries import wanted_for
from oscar_loyalty.program.tiers.queries import forget_membership, membership_for

BASKET = reverse_lazy("basket:summary")


class PointsField(forms.IntegerField):
    """A whole number in the digits of any language, with nothing between them."""

    def to_python(self, value: Any) -> int | None:
        # Django would take 1.000, a thousand to many, for 1.
        text = str(value or "").strip()
        if text and not re.fullmatch(r"\+?\d{1,30}", text):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text)


class PointsForm(forms.Form):
    """How many points to spend."""

    points = PointsField(
        min_value=1,
        max_value=MAX_POINTS,
        error_messages={
            code: gettext_lazy("Write how many points you want to spend, as a whole number.")
            for code in ("required", "invalid", "min_value", "max_value")
        },
    )


class SpendPointsView(LoginRequiredMixin, AskedAgain, View):
    """
    POST `points` to spend so many, `all` to spend what there is, `none` to spend none.

    Leads back to the page it was sent from, named by `next`, else to the basket.
    """

    login_url = reverse_lazy("customer:login")

    def post(self, request: HttpRequest) -> HttpResponse:
        reason = self._refused(request, request.basket)  # type: ignore[attr-defined]
        if reason:
            panel.refuse(request, str(reason))
        forget_membership(request.user)
        # Not redirect(): what is no path it would take for the name of a view.
        return HttpResponseRedirect(_way_back(request))

    @harmless(gettext_lazy("Your points could not be reached just now; nothing was changed."))
    def _refused(self, request: HttpRequest, basket: Any) -> Any:
        """Why the choice was not taken; None when it was."""
        try:
            with transaction.atomic(), within_lock_timeout():
                self._choose(request, basket)
        except LoyaltyError as refused:
            return str(refused)
        if basket.is_empty and "none" not in request.POST:
            return _("Your basket is empty: there is nothing that points could pay for.")
        return None

    def _choose(self, request: HttpRequest, basket: Any) -> None:
        if "none" in request.POST or basket.is_empty:
            points_taken_off.by_shopper(basket.pk)
            return
        points = _everything(request, basket) if "all" in request.POST else _written(request)
        points_chosen.run(request.user.pk, basket.pk, points, at=timezone.now())


def _everything(request: HttpRequest, basket: Any) -> int:
    """All that can be spent, with what is kept for this basket already."""
    membership, wanted = membership_for(request.user), wanted_for(basket)
    points = (membership.spendable if membership else 0) + (wanted.covered if wanted else 0)
    if membership and points <= 0:
        raise InsufficientPoints(_("You have no points that can be spent."))
    return points


def _written(request: HttpRequest) -> int:
    form = PointsForm(request.POST)
    if not form.is_valid():
        raise InvalidPoints(" ".join(form.errors["points"]))
    points: int = form.cleaned_data["points"]
    return points


def _way_back(request: HttpRequest) -> str:
    """A path of this shop, as our own form names it; a browser follows none that is endless."""
    asked = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if safe and asked.startswith("/") and len(asked) < 2000 else str(BASKET)
