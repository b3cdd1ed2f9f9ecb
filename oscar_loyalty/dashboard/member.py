"""The page of one member: who, what they have, where they stand, and all that happened."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from oscar_loyalty.dashboard import timeline
from oscar_loyalty.dashboard.access import EXPORT, may
from oscar_loyalty.dashboard.member_words import card_of
from oscar_loyalty.dashboard.pages import Link, StaffPage, page_url
from oscar_loyalty.flows import member_exported
from oscar_loyalty.flows.coupon_given import words_for
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff import people
from oscar_loyalty.staff.acts import ACTS
from oscar_loyalty.staff.member_acts import ActPage, MemberAct

#: The page shows so many coupons that can be used; all are in its timeline.
COUPONS_SHOWN = 20


class ShownForm(forms.Form):
    """Which of the things that happened to show."""

    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ("", _("Everything")),
            *((code, source.title) for code, source in timeline.SOURCES.items()),
        ],
    )


class OneMember(StaffPage):
    """A page about the member in its URL."""

    account: Account

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if may(request.user, self.permission):
            known = Account.objects.select_related(
                "user", "standing__tier", "standing__pinned_tier", "birthday", "merged_into__user"
            )
            account = known.filter(pk=kwargs["account_id"]).first()
            if account is None:
                raise Http404
            self.account = account
            self.prepare()
        return super().dispatch(request, *args, **kwargs)

    def prepare(self) -> None:
        """What has to be known of the member before anything else."""

    def trail(self) -> list[Link]:
        return [Link(_("Members"), page_url("dashboard-members"))]


class MemberPage(OneMember, TemplateView):
    """Everything about one member, and the buttons for what may be done."""

    template_name = "oscar_loyalty/dashboard/member.html"
    http_method_names = ["get", "head", "options"]

    @property
    def title(self) -> str:
        return people.member_name(self.account)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        at, account = timezone.now(), self.account
        form = ShownForm(self.request.GET)
        only = form.cleaned_data["show"] if form.is_valid() else ""
        before = timeline.place(self.request.GET.get("before", ""))
        return {
            **super().get_context_data(**kwargs),
            "account": account,
            "card": card_of(account, at=at),
            "customer_url": customer_url(account),
            "coupons": _coupons(account, at),
            "timeline": timeline.page(account, only=only, before=before),
            "shown": form,
            "only": only,
            "is_newest": before is None,
            "merged": list(account.merged_from.select_related("user").order_by("pk")[:20]),
            "own_account": account.user_id == self.request.user.pk,
        }

    def buttons(self) -> list[Link]:
        """What this member of staff may do here; nothing to themselves."""
        user, account = self.request.user, self.account
        acts = [act for act in ACTS if act.is_for(account) and may(user, act.permission)]
        if account.user_id == user.pk:
            acts = []
        links = [Link(act.title, page_url(_name(act), account.pk)) for act in acts]
        if may(user, EXPORT):
            links.append(Link(_("Export as JSON"), page_url("dashboard-member-json", account.pk)))
        return links


class MemberExport(OneMember, View):
    """All that is held about the member, as a file."""

    permission = EXPORT
    http_method_names = ["get", "options"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = member_exported.run(self.account.pk)
        text = json.dumps(rows, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False, sort_keys=True)
        name = f"member-{self.account.public_id}.json"
        return HttpResponse(
            text,
            content_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class MemberActPage(OneMember, ActPage):
    """The form of one act."""

    template_name = "oscar_loyalty/dashboard/edit.html"
    act_class: Any = None

    def prepare(self) -> None:
        self.act = self.act_class(self.account, self.request.user.pk)

    @property
    def title(self) -> Any:
        return self.act.title

    @property
    def remark(self) -> str:
        return self.act.remark()

    def member_url(self) -> str:
        return page_url("dashboard-member", self.account.pk)

    def trail(self) -> list[Link]:
        return [*super().trail(), Link(people.member_name(self.account), self.member_url())]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        fields = context["form"].visible_fields()
        return {
            **context,
            "button": self.act.title,
            "blocks": [(None, None, [[field] for field in fields])],
        }


def member_urls() -> list[URLPattern]:
    """The member's page, the file about them, and the form of each act."""
    return [
        path("<int:account_id>/", MemberPage.as_view(), name="dashboard-member"),
        path("<int:account_id>/json/", MemberExport.as_view(), name="dashboard-member-json"),
        *(
            path(
                f"<int:account_id>/{act.slug}/",
                MemberActPage.as_view(act_class=act, permission=act.permission),
                name=_name(act),
            )
            for act in ACTS
        ),
    ]


def _coupons(account: Account, at: datetime) -> list[tuple[str, str, datetime]]:
    """Code, gift and end of those that can be used, what expires soonest first."""
    usable = coupons_queries.spendable(account.pk, at=at)[:COUPONS_SHOWN]
    return [(one.voucher.code, words_for(one.gives.gift), one.expires_at) for one in usable]


def customer_url(account: Account) -> str:
    """Oscar's page of the customer; empty where there is none."""
    return reverse("dashboard:user-detail", args=[account.user_id]) if account.user_id else ""


def _name(act: type[MemberAct]) -> str:
    return f"dashboard-member-{act.slug}"
