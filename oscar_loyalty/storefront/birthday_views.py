"""Where a member enters, changes or removes their birthday."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from oscar_loyalty.errors import InvalidDate, LoyaltyError, NotAMember
from oscar_loyalty.flows import birthday_entered
from oscar_loyalty.guard import harmless, within_lock_timeout
from oscar_loyalty.program.tiers.queries import membership_for
from oscar_loyalty.storefront.birthday import BirthdayForm


class BirthdayView(LoginRequiredMixin, View):
    """
    POST `day`, `month` and perhaps `year` to enter or change it, `remove` to take it away.

    Leads back to the account page, and so does a log-in that came between.
    """

    login_url = reverse_lazy("customer:login")

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("oscar_loyalty:account")

    def post(self, request: HttpRequest) -> HttpResponse:
        level, sentence = _written(request)
        messages.add_message(request, level, str(sentence))
        return redirect("oscar_loyalty:account")


_UNREACHED = gettext_lazy("Your birthday could not be saved just now; nothing was changed.")


@harmless((messages.ERROR, _UNREACHED))
def _written(request: HttpRequest) -> tuple[int, Any]:
    """What became of it: the level of the message, and the sentence."""
    try:
        with transaction.atomic(), within_lock_timeout():
            return messages.SUCCESS, _act(request)
    except LoyaltyError as refused:
        return messages.ERROR, str(refused)


def _act(request: HttpRequest) -> str:
    membership = membership_for(request.user)
    if membership is None:
        raise NotAMember(_("You are not a member yet."))
    if "remove" in request.POST:
        birthday_entered.remove(membership.account_id)
        return _("Your birthday is removed.")
    form = BirthdayForm(request.POST)
    if not form.is_valid():
        raise InvalidDate(
            _(
                "Write the day as a number, choose the month, and write the year in full or "
                "not at all."
            )
        )
    birthday_entered.run(membership.account_id, form.birth, at=timezone.now())
    return _("Your birthday is saved.")
