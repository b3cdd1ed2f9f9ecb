"""A page with one form that changes one thing about one member."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.generic import FormView

from oscar_loyalty.admin import people
from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.program.ledger.models import Account

#: A sentence about what came of it, and what stands in it: members are named on the screen only.
Outcome = tuple[str, dict[str, Any]]


class MemberAct(FormView):
    """
    Shows the form, performs it by POST, and returns to the member's page.

    A refusal of the programme becomes an error of the form.
    """

    # FormView would take a PUT for a POST.
    http_method_names = ["get", "head", "post", "options"]
    template_name = "admin/oscar_loyalty/member_act.html"
    model_admin: Any = None
    slug: ClassVar[str]
    url_name: ClassVar[str]
    permission: ClassVar[str]
    title: ClassVar[Any]
    #: Which field a refusal belongs to, by its code; others concern the form.
    field_of: ClassVar[dict[str, str]] = {}

    account: Account

    def perform(self, form: forms.Form) -> Outcome | None:
        """
        Do it and say what came of it; None when it had been done before.

        :raises LoyaltyError: if it is refused.
        """
        raise NotImplementedError

    def remark(self) -> str:
        """Where the member stands now, above the form."""
        raise NotImplementedError

    @classmethod
    def is_for(cls, account: Account) -> bool:
        """Whether there is anything to do about this member; nothing about one that is merged."""
        return account.merged_into_id is None

    @classmethod
    def url_for(cls, account: Account) -> str:
        """Where the form for this member is."""
        return reverse(f"admin:oscar_loyalty_account_{cls.url_name}", args=[account.pk])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(self.permission):
            raise PermissionDenied
        account = self.model_admin.get_object(request, unquote(kwargs["object_id"]))
        if account is None:
            raise Http404
        self.account = account
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            outcome = self.perform(form)
        except LoyaltyError as refusal:
            form.add_error(self.field_of.get(refusal.code), str(refusal))
            return self.form_invalid(form)
        if outcome is None:
            messages.warning(self.request, self.done_before())
        else:
            # The log outlives the members, and forgets nothing.
            self.model_admin.log_change(self.request, self.account, _told(outcome, str))
            messages.success(self.request, _told(outcome, people.member_name))
        return HttpResponseRedirect(self.member_url())

    def done_before(self) -> str:
        """The sentence for a form that was sent twice."""
        raise NotImplementedError

    def member_url(self) -> str:
        return reverse("admin:oscar_loyalty_account_change", args=[self.account.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        shown = [field.name for field in form.visible_fields()]
        return {
            **self.model_admin.admin_site.each_context(self.request),
            **context,
            "adminform": AdminForm(form, [(None, {"fields": shown})], {}),
            "errors": form.errors,
            "opts": self.model_admin.opts,
            "title": self.title,
            "subtitle": people.member_name(self.account),
            "member": people.member_name(self.account),
            "member_url": self.member_url(),
            "remark": self.remark(),
            "media": self.model_admin.media + form.media,
        }


def _told(outcome: Outcome, call: Callable[[Account], str]) -> str:
    words, parts = outcome
    return words % {
        name: call(part) if isinstance(part, Account) else part for name, part in parts.items()
    }
