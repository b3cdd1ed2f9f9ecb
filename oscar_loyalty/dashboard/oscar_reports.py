"""Our reports on Oscar's own report page, beside Oscar's."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_class

from oscar_loyalty.dashboard import tables
from oscar_loyalty.dashboard.access import EXPORT, VIEW, may
from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import report_made
from oscar_loyalty.program.reports.policy.tables import Report
from oscar_loyalty.program.reports.queries import REPORTS

ReportGenerator = get_class("dashboard.reports.reports", "ReportGenerator")


class LoyaltyReportGenerator(ReportGenerator):
    """One of our reports as Oscar asks for it: made when it is created, and then told."""

    report: Report
    # Its name here only says that both days of the form are used.
    date_range_field_name = "date_placed"

    def __init__(self, **kwargs: Any) -> None:
        self.is_download = kwargs.get("formatter") == "CSV"
        self.refusal, self.table, self.queryset = "", None, []
        try:
            self.made = report_made.run(
                self.report.name,
                first=kwargs.get("start_date"),
                last=kwargs.get("end_date"),
                at=timezone.now(),
            )
        except LoyaltyError as refused:
            self.refusal = str(refused)
            return
        self.table = tables.shown(self.made)
        self.queryset = LoyaltyRows(self.table)

    def report_description(self) -> str:
        return self.refusal or f"{self.table.question} {self.table.period}"

    def is_available_to(self, user: Any) -> bool:
        return may(user, EXPORT if self.is_download else VIEW)

    def filename(self) -> str:
        return "oscar_loyalty/dashboard/oscar_report.html"

    def generate(self) -> Any:
        if not self.is_download:
            return self.queryset
        if self.refusal:
            return HttpResponse(self.refusal, content_type="text/plain", status=400)
        return tables.as_csv(self.made)


class LoyaltyRows(list[Any]):
    """The rows that Oscar's page cuts into pages, with the table that they are of."""

    def __init__(self, table: tables.ShownTable) -> None:
        super().__init__(table.rows)
        self.table = table


def register() -> None:
    """Put our reports behind Oscar's; called once, before Oscar's form has looked."""
    repository = get_class("dashboard.reports.utils", "GeneratorRepository")
    repository.generators = [*repository.generators, *map(_generator, REPORTS.values())]


def _generator(report: Report) -> type[LoyaltyReportGenerator]:
    return type(
        "LoyaltyReport",
        (LoyaltyReportGenerator,),
        {
            "report": report,
            "code": f"loyalty_{report.name}",
            "description": format_lazy("{}: {}", _("Loyalty"), report.question),
        },
    )
