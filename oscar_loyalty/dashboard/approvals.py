"""Corrections of points that wait for a colleague to agree, and what became of the others."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from django_tables2 import A

from oscar_loyalty.dashboard.access import APPROVE
from oscar_loyalty.dashboard.columns import Figure, ListTable, MemberName, Moment, Words
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import Link, StaffPage, page_url
from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import adjustment_asked
from oscar_loyalty.flows.points_adjusted import Reason
from oscar_loyalty.program.oversight.models import AdjustmentRequest
from oscar_loyalty.staff import audit_log, people

State = AdjustmentRequest.State


class ApprovalsTable(ListTable):
    """One line for each correction that was asked for."""

    requested_at = Moment(
        verbose_name=_("Asked"), linkify=("oscar_loyalty:dashboard-approval", [A("pk")])
    )
    member = MemberName()
    points = Figure(verbose_name=_("Points"))
    reason = Words(verbose_name=_("Reason"))
    note = Words(verbose_name=_("Note"))
    requested_by = Words(verbose_name=_("Asked by"))
    state = Words(verbose_name=_("State"), accessor="get_state_display")
    decided_by = Words(verbose_name=_("Decided by"))
    decided_at = Moment(verbose_name=_("Decided"))

    def __init__(self, rows: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(rows, *args, **kwargs)
        labels = {label for one in rows for label in (one.requested_by, one.decided_by) if label}
        self.names = people.staff_names(labels)

    def render_requested_by(self, value: str) -> str:
        return self.names.get(value, value)

    def render_reason(self, value: str) -> str:
        return str(dict(Reason.choices).get(value, value))

    value_requested_by = render_decided_by = value_decided_by = render_requested_by
    value_reason = render_reason


class StateForm(forms.Form):
    """Which corrections."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Every state")), *State.choices]
    )


class ApprovalsPage(ListPage):
    """All that was asked for, the newest first."""

    title = _("Corrections to approve")
    remark = _("The settings say beyond how many points a colleague has to agree.")
    url_name = "dashboard-approvals"
    table_class = ApprovalsTable
    filter_class = StateForm

    def rows(self, chosen: dict[str, Any]) -> QuerySet[AdjustmentRequest]:
        found = AdjustmentRequest.objects.select_related("account__user")
        return found.filter(state=chosen["state"]) if chosen.get("state") else found


class ApprovalPage(StaffPage, TemplateView):
    """One correction, and the buttons by which another than who asked for it decides."""

    permission = APPROVE
    title = _("Approve a correction")
    template_name = "oscar_loyalty/dashboard/approval.html"

    def post(self, request: HttpRequest, request_id: int) -> HttpResponse:
        approves = "approve" in request.POST
        asked = get_object_or_404(AdjustmentRequest, pk=request_id)
        if not approves and "refuse" not in request.POST:
            return self.get(request, request_id=request_id)
        try:
            decided = self._decide(asked, approves)
        except LoyaltyError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(page_url("dashboard-approval", request_id))
        if decided:
            messages.success(request, _told(approves))
        else:
            messages.warning(request, gettext("A colleague had decided before."))
        return HttpResponseRedirect(page_url("dashboard-approvals"))

    @transaction.atomic
    def _decide(self, asked: AdjustmentRequest, approves: bool) -> bool:
        user, at = self.request.user, timezone.now()
        before = audit_log.standing_of(asked.account)
        decide = adjustment_asked.approve if approves else adjustment_asked.refuse
        decided = decide(asked.pk, actor_id=user.pk, at=at)
        if decided:
            after = audit_log.standing_of(asked.account)
            words = _told(approves)
            audit_log.keep(user, words, asked.account, at=at, before=before, after=after)
        return decided

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = AdjustmentRequest.objects.select_related("account__user")
        asked = get_object_or_404(found, pk=self.kwargs["request_id"])
        names = people.staff_names([asked.requested_by, asked.decided_by])
        return {
            **super().get_context_data(**kwargs),
            "asked": asked,
            "member": people.member_name(asked.account),
            "reason": dict(Reason.choices).get(asked.reason, asked.reason),
            "asked_by": names.get(asked.requested_by, asked.requested_by),
            "decided_by": names.get(asked.decided_by, asked.decided_by),
            "waits": asked.state == State.WAITING,
            "own": asked.requested_by == f"user:{self.request.user.pk}",
        }

    def trail(self) -> list[Link]:
        return [Link(ApprovalsPage.title, page_url("dashboard-approvals"))]


def _told(approves: bool) -> str:
    if approves:
        return gettext("The correction is approved and posted.")
    return gettext("The correction is refused; nothing was changed.")
