"""What the last audit of the books found, and the button that asks for another."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from oscar_loyalty.dashboard.access import MANAGE, may
from oscar_loyalty.dashboard.pages import StaffPage, page_url
from oscar_loyalty.flows import audit_kept
from oscar_loyalty.program.ledger.queries.figures import last_audit


class AuditPage(StaffPage, TemplateView):
    """The result as it was kept: the audit itself may take minutes."""

    title = _("Audit of the books")
    template_name = "oscar_loyalty/dashboard/audit.html"
    http_method_names = ["get", "head", "options"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report = last_audit()
        asked, done = report.asked_at, report.finished_at
        return {
            **super().get_context_data(**kwargs),
            "report": report,
            "shown": len(report.examples),
            "waits": asked is not None and (done is None or asked > done),
            "may_ask": may(self.request.user, MANAGE),
        }


class AskPage(StaffPage, View):
    """Asks for another audit; the next round of the due jobs makes it."""

    permission = MANAGE
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        audit_kept.ask(at=timezone.now())
        messages.success(request, gettext("The books will be audited with the next due jobs."))
        return HttpResponseRedirect(page_url("dashboard-audit"))
