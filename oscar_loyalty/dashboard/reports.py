"""Reports: one question to a page, with its table, its picture, and how it is counted."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from oscar_loyalty.dashboard import pictures, tables
from oscar_loyalty.dashboard.access import EXPORT, may
from oscar_loyalty.dashboard.pages import Link, StaffPage, page_url
from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import report_made
from oscar_loyalty.flows.report_made import Made
from oscar_loyalty.program.reports.policy.tables import ALL, Report
from oscar_loyalty.program.reports.queries import REPORTS, segments


class ScopeForm(forms.Form):
    """For which days, and about whom; without days the last twelve months."""

    first = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"})
    )
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}))
    segment = forms.ChoiceField(label=_("About"), required=False)

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if report.segmented:
            self.fields["segment"].choices = segments.choices()
        else:
            del self.fields["segment"]


class ReportsPage(StaffPage, TemplateView):
    """All questions that can be asked."""

    title = _("Reports")
    template_name = "oscar_loyalty/dashboard/reports.html"
    http_method_names = ["get", "head", "options"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        questions = [
            Link(report.question, page_url("dashboard-report", name))
            for name, report in REPORTS.items()
        ]
        return {**super().get_context_data(**kwargs), "questions": questions}


class ReportPage(StaffPage, TemplateView):
    """One of them, and the answer."""

    template_name = "oscar_loyalty/dashboard/report.html"
    http_method_names = ["get", "head", "options"]

    #: Why there is no answer.
    refusal = ""

    @cached_property
    def report(self) -> Report:
        """The one that the address names."""
        try:
            return REPORTS[self.kwargs["report"]]
        except KeyError as unknown:
            raise Http404 from unknown

    @property
    def title(self) -> Any:
        return self.report.question

    @property
    def remark(self) -> Any:
        return _("Whole months are counted.") if self.report.rolled_up else ""

    def trail(self) -> list[Link]:
        return [Link(_("Reports"), page_url("dashboard-reports"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = self.form()
        made = self.made(form)
        if made:
            form.initial = {"first": made.scope.period.first, "last": made.scope.period.last}
        csv_url = page_url("dashboard-report-csv", self.report.name)
        return {
            **super().get_context_data(**kwargs),
            "filters": form,
            "refusal": self.refusal,
            "table": made and tables.shown(made),
            "picture": made and pictures.picture(made.table, made.scope.basis.currency),
            "csv_url": csv_url if may(self.request.user, EXPORT) else "",
            "chosen": self.request.GET.urlencode(),
        }

    def form(self) -> ScopeForm:
        return ScopeForm(self.request.GET or None, report=self.report)

    def made(self, form: ScopeForm) -> Made | None:
        """The answer; none where what is asked for makes no sense, which the page then says."""
        if form.is_bound and not form.is_valid():
            return None
        asked = form.cleaned_data if form.is_bound else {}
        try:
            return report_made.run(
                self.report.name,
                first=asked.get("first"),
                last=asked.get("last"),
                segment=asked.get("segment") or ALL,
                at=timezone.now(),
            )
        except LoyaltyError as refused:
            self.refusal = str(refused)
        return None


class ReportCsv(ReportPage):
    """The same as a file; where there is none, the page says why."""

    permission = EXPORT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        made = self.made(self.form())
        if made is None:
            page = page_url("dashboard-report", self.report.name)
            return HttpResponseRedirect(f"{page}?{request.GET.urlencode()}")
        return tables.as_csv(made)
