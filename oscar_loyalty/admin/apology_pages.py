"""The list of those whom an apology concerns, and the page from which it is sent."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.contrib import messages as notices
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from oscar_loyalty.admin import apology_words
from oscar_loyalty.admin.links import member_link
from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import apology_listed, apology_released
from oscar_loyalty.program.apologies import queries as apologies_queries
from oscar_loyalty.program.apologies.models import Apology
from oscar_loyalty.staff import people

PER_PAGE = 100


class ApologyPage(TemplateView):
    """A page about one apology."""

    # TemplateView would take a PUT for nothing, and answer it.
    http_method_names = ["get", "head", "post", "options"]
    model_admin: Any = None
    slug: ClassVar[str]
    title: ClassVar[Any]

    apology: Apology

    def is_allowed(self) -> bool:
        """Whether this visitor may do what they ask for."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.is_allowed():
            raise PermissionDenied
        self.apology = get_object_or_404(Apology, pk=kwargs["apology_id"])
        return super().dispatch(request, *args, **kwargs)

    def attempt(self, act: Callable[[], Any]) -> Any:
        """What it answers; a refusal is told, and None."""
        try:
            return act()
        except LoyaltyError as refusal:
            notices.error(self.request, str(refusal))
            return None

    def url_of(self, page: str) -> str:
        return reverse(f"admin:oscar_loyalty_apology_{page}", args=[self.apology.pk])

    def may(self, act: str) -> bool:
        return self.request.user.has_perm(f"oscar_loyalty.{act}_apology")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_look = self.model_admin.has_view_permission(self.request)
        actor = self.apology.actor
        return {
            **self.model_admin.admin_site.each_context(self.request),
            **super().get_context_data(**kwargs),
            "apology": self.apology,
            "opts": self.model_admin.opts,
            "title": self.title,
            "subtitle": self.apology.title,
            "media": self.model_admin.media,
            "may_look": may_look,
            "sent_by": people.staff_names([actor]).get(actor, actor),
            "list_url": self.url_of("list"),
            "send_url": self.url_of("send"),
        }


class ListPage(ApologyPage):
    """Who is affected, as it was when the list was made; single members can be taken off."""

    slug = "list"
    title = gettext_lazy("Who is affected")
    template_name = "admin/oscar_loyalty/apology_list.html"

    def is_allowed(self) -> bool:
        if self.request.method == "POST":
            return self.may("change")
        return self.model_admin.has_view_permission(self.request)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pk, asked = self.apology.pk, request.POST
        if "find" in asked:
            self.attempt(lambda: apology_listed.run(pk, at=timezone.now()))
            return HttpResponseRedirect(self.url_of("list"))
        shown, chosen = _numbers(asked.getlist("shown")), _numbers(asked.getlist("chosen"))
        self.attempt(lambda: apology_listed.choose(pk, shown=shown, chosen=chosen))
        if asked.get("then") == "send":
            return HttpResponseRedirect(self.url_of("send"))
        pages = _numbers([asked.get("then", "")])
        return HttpResponseRedirect(self.url_of("list") + "".join(f"?p={page}" for page in pages))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        apology = self.apology
        listed = apologies_queries.listed(apology.pk).select_related("account__user")
        page = Paginator(listed, PER_PAGE).get_page(self.request.GET.get("p"))
        rows = [{"is": row, "member": member_link(row.account)} for row in page]
        draft = apology.released_at is None
        return {
            **super().get_context_data(**kwargs),
            "page": page,
            "rows": rows,
            "counts": apology_words.counts(apology),
            "left_out": apology_words.left_out(apology),
            "draft": draft,
            "may_change": draft and self.may("change"),
            "may_send": draft and self.may("send"),
        }


class SendPage(ApologyPage):
    """What sending will do, in figures, and the button that does it."""

    slug = "send"
    title = gettext_lazy("Send the apology")
    template_name = "admin/oscar_loyalty/apology_send.html"

    def is_allowed(self) -> bool:
        return self.may("send")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        revision = _numbers([request.POST.get("revision", "")])
        sent = self.attempt(lambda: self._send(revision[0] if revision else -1))
        if sent:
            told = _("The apology is on its way.")
            self.model_admin.log_change(request, self.apology, told)
            notices.success(request, told)
        elif sent is False:
            notices.warning(request, _("This apology is sent already; nothing was sent again."))
        return HttpResponseRedirect(self.url_of("send"))

    def _send(self, revision: int) -> bool:
        return apology_released.run(
            self.apology.pk,
            revision=revision,
            actor_id=self.request.user.pk,
            at=timezone.now(),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if self.apology.released_at:
            return {**context, "counts": apology_words.counts(self.apology)}
        try:
            outlook = apology_released.outlook(self.apology, actor_id=self.request.user.pk)
        except LoyaltyError as refusal:
            return {**context, "refusal": str(refusal)}
        return {**context, "outlook": apology_words.outlook(self.apology, outlook)}


def _numbers(texts: Iterable[str]) -> list[int]:
    """Those of the texts that may be the number of a row, or of a page."""
    return [int(text) for text in texts if text.isdecimal() and len(text) < 19]
