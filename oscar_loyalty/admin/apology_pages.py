"""The pages about one apology, as the admin shows them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from oscar_loyalty.admin.links import member_link
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff import apology_pages


class _InTheAdmin:
    """Each act has a permission of its own."""

    model_admin: Any = None

    def is_allowed(self) -> bool:
        """Whether this visitor may do what they ask for."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.is_allowed():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def may(self, act: str) -> bool:
        return self.request.user.has_perm(f"oscar_loyalty.{act}_apology")

    def url_of(self, page: str) -> str:
        return reverse(f"admin:oscar_loyalty_apology_{page}", args=[self.apology.pk])

    def keep(self, told: str) -> None:
        self.model_admin.log_change(self.request, self.apology, told)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **self.model_admin.admin_site.each_context(self.request),
            **super().get_context_data(**kwargs),
            "opts": self.model_admin.opts,
            "title": self.title,
            "subtitle": self.apology.title,
            "media": self.model_admin.media,
            "may_look": self.model_admin.has_view_permission(self.request),
        }


class ListPage(_InTheAdmin, apology_pages.ListPage):
    """Who is affected."""

    template_name = "admin/oscar_loyalty/apology_list.html"

    def is_allowed(self) -> bool:
        if self.request.method == "POST":
            return self.may("change")
        return self.model_admin.has_view_permission(self.request)

    def member_of(self, account: Account) -> Any:
        return member_link(account)


class SendPage(_InTheAdmin, apology_pages.SendPage):
    """The last look before it goes."""

    template_name = "admin/oscar_loyalty/apology_send.html"

    def is_allowed(self) -> bool:
        return self.may("send")
