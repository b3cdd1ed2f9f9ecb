"""What is sent without being signed in: log-in leads back to its address, but does not send it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _


class AskedAgain:
    """Mixin for a view that takes only POST: whoever comes from the log-in chooses again."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        messages.info(request, _("Please choose once more: you were not signed in."))
        return redirect("basket:summary")
