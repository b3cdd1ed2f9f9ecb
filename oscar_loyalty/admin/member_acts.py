"""The admin's page with one form that changes one thing about one member."""

from typing import Any

from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff import people
from oscar_loyalty.staff.member_acts import ActPage, MemberAct


def act_name(act: type[MemberAct]) -> str:
    """The name of the act's URL."""
    return f"oscar_loyalty_account_{act.slug.replace('-', '_')}"


def act_url(act: type[MemberAct], account: Account) -> str:
    """Where the form for this member is."""
    return reverse(f"admin:{act_name(act)}", args=[account.pk])


class AdminActPage(ActPage):
    """The form among the admin's pages."""

    template_name = "admin/oscar_loyalty/member_act.html"
    model_admin: Any = None
    act_class: Any = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(self.act_class.permission):
            raise PermissionDenied
        account = self.model_admin.get_object(request, unquote(kwargs["object_id"]))
        if account is None:
            raise Http404
        self.act = self.act_class(account, request.user.pk)
        return super().dispatch(request, *args, **kwargs)

    def log(self, told: str) -> None:
        self.model_admin.log_change(self.request, self.act.account, told)

    def member_url(self) -> str:
        return reverse("admin:oscar_loyalty_account_change", args=[self.act.account.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        shown = [field.name for field in form.visible_fields()]
        member = people.member_name(self.act.account)
        return {
            **self.model_admin.admin_site.each_context(self.request),
            **context,
            "adminform": AdminForm(form, [(None, {"fields": shown})], {}),
            "errors": form.errors,
            "opts": self.model_admin.opts,
            "title": self.act.title,
            "subtitle": member,
            "member": member,
            "member_url": self.member_url(),
            "remark": self.act.remark(),
            "media": self.model_admin.media + form.media,
        }
