"""Where members say which messages they want: in their account, and by a link in a message."""

from typing import Any

from django.contrib import messages as notices
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView
from oscar.core.loading import get_class

from oscar_loyalty.flows import preferences_chosen, unsubscribed
from oscar_loyalty.program.tiers.queries import membership_for
from oscar_loyalty.words import subscriptions
from oscar_loyalty.words.letters import title_of

PageTitleMixin: Any = get_class("customer.mixins", "PageTitleMixin")


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class UnsubscribeView(TemplateView):
    """
    Stops what a message was one of, without signing in.

    GET asks, for mail scanners follow links too; POST does it, from the page or by a mail program
    (RFC 8058), which has neither our cookie nor a token of Django's: the link is the proof.
    """

    http_method_names = ["get", "head", "post", "options"]
    template_name = "oscar_loyalty/unsubscribe.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._page(done=False)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._page(done=True)

    def _page(self, *, done: bool) -> HttpResponse:
        subscription = unsubscribed.subscription_of(self.kwargs["token"])
        if subscription and done:
            unsubscribed.run(subscription, at=timezone.now())
        context = self.get_context_data(
            title=title_of(subscription.about) if subscription else None, done=done
        )
        return self.render_to_response(context, status=200 if subscription else 404)


class PreferencesView(LoginRequiredMixin, PageTitleMixin, TemplateView):
    """Which messages a member wants, one box for each kind that the shop sends."""

    http_method_names = ["get", "head", "post", "options"]
    template_name = "oscar_loyalty/messages.html"
    login_url = reverse_lazy("customer:login")
    page_title = gettext_lazy("Messages")
    active_tab = "loyalty"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        membership = membership_for(self.request.user)
        boxes = subscriptions.boxes(membership.account_id) if membership else []
        return super().get_context_data(boxes=boxes, membership=membership, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        membership = membership_for(request.user)
        if membership:
            ticked = set(request.POST.getlist("wanted"))
            # A kind that was switched on since was not on the page, and nobody said no to it.
            shown = set(request.POST.getlist("shown"))
            offered = [box.about for box in subscriptions.boxes(membership.account_id)]
            choices = {about: about in ticked for about in offered if about in shown}
            preferences_chosen.run(membership.account_id, choices, at=timezone.now())
            notices.success(request, _("Your choice is saved."))
        return redirect("oscar_loyalty:messages")
