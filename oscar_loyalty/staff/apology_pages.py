"""The list of those whom an apology concerns, and the page from which it is sent."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import messages as notices
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import apology_listed, apology_released
from oscar_loyalty.program.apologies import queries as apologies_queries
from oscar_loyalty.program.apologies.models import Apology
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff import apology_words, people

PER_PAGE = 100


class ApologyPage(TemplateView):
    """A page about one apology; its door says who may come in, and where the other pages are."""

    # TemplateView would take a PUT for nothing, and answer it.
    http_method_names = ["get", "head", "post", "options"]
    slug: ClassVar[str]
    title: ClassVar[Any]

    @cached_property
    def apology(self) -> Apology:
        return get_object_or_404(Apology, pk=self.kwargs["apology_id"])

    def may(self, act: str) -> bool:
        """Whether this visitor may "change" apologies, or "send" them."""
        raise NotImplementedError

    def url_of(self, page: str) -> str:
        """Where the "list" is, and where it can be sent from."""
        raise NotImplementedError

    def keep(self, told: str) -> None:
        """Write down what was done."""
        raise NotImplementedError

    def attempt(self, act: Callable[[], Any]) -> Any:
        """What it answers; a refusal is told, and None."""
        try:
            return act()
        except LoyaltyError as refusal:
            notices.error(self.request, str(refusal))
            return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        actor = self.apology.actor
        return {
            **super().get_context_data(**kwargs),
            "apology": self.apology,
            "sent_by": people.staff_names([actor]).get(actor, actor),
            "list_url": self.url_of("list"),
            "send_url": self.url_of("send"),
        }


class ListPage(ApologyPage):
    """Who is affected, as it was when the list was made; single members can be taken off."""

    slug = "list"
    title = gettext_lazy("Who is affected")

    def member_of(self, account: Account) -> Any:
        """The member's name, as it leads to their page."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pk, asked = self.apology.pk, request.POST
        if "find" in asked:
            self.attempt(lambda: apology_listed.run(pk, at=timezone.now()))
            return HttpResponseRedirect(self.url_of("list"))
        shown, chosen = _numbers(asked.getlist("shown")), _numbers(asked.getlist("chosen"))
        if self.attempt(lambda: apology_listed.choose(pk, shown=shown, chosen=chosen)):
            self.keep(_("Chose who is told."))
        if asked.get("then") == "send":
            return HttpResponseRedirect(self.url_of("send"))
        pages = _numbers([asked.get("then", "")])
        return HttpResponseRedirect(self.url_of("list") + "".join(f"?p={page}" for page in pages))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        apology = self.apology
        listed = apologies_queries.listed(apology.pk).select_related("account__user")
        page = Paginator(listed, PER_PAGE).get_page(self.request.GET.get("p"))
        draft = apology.released_at is None
        return {
            **super().get_context_data(**kwargs),
            "page": page,
            "rows": [{"is": row, "member": self.member_of(row.account)} for row in page],
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

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        revision = _numbers([request.POST.get("revision", "")])
        sent = self.attempt(lambda: self._send(revision[0] if revision else -1))
        if sent:
            told = _("The apology is on its way.")
            self.keep(told)
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
