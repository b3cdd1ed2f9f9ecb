"""Occasions that members are wished well on: listed with their next dates, and changed."""

from typing import Any

from django.db.models import QuerySet
from django.forms import modelform_factory
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_tables2 import A

from oscar_loyalty.dashboard.access import MANAGE, may
from oscar_loyalty.dashboard.columns import Figure, ListTable, Words
from oscar_loyalty.dashboard.editing import EditPage, day_input, fields_of
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import Link, page_url
from oscar_loyalty.program.occasions.models import Occasion
from oscar_loyalty.staff.names import NamePerLanguage
from oscar_loyalty.staff.occasions import PARTS, OccasionForm, next_dates, reader_of


class OccasionsTable(ListTable):
    """One line for each."""

    name = Words(
        verbose_name=_("Occasion"), linkify=("oscar_loyalty:dashboard-occasion", [A("pk")])
    )
    active = Words(verbose_name=_("Active"))
    dates = Words(verbose_name=_("Next dates"), accessor="pk")
    days_ahead = Figure(verbose_name=_("Days ahead"))
    reader = Words(verbose_name=_("Members who read"), accessor="pk")
    tier = Words(verbose_name=_("Tier"), default=_("Every tier"))

    def render_active(self, value: bool) -> str:
        return gettext("Yes") if value else gettext("No")

    def render_dates(self, record: Occasion) -> str:
        return ", ".join(date_format(day) for day in next_dates(record.feast))

    def render_reader(self, record: Occasion) -> str:
        return reader_of(record)

    value_active, value_dates, value_reader = render_active, render_dates, render_reader


class OccasionsPage(ListPage):
    """All occasions."""

    title = _("Occasions")
    url_name = "dashboard-occasions"
    table_class = OccasionsTable
    paged = False
    empty = _("There are no occasions yet.")

    def rows(self, chosen: dict[str, Any]) -> QuerySet[Occasion]:
        return Occasion.objects.select_related("tier").order_by("pk")

    def trail(self) -> list[Link]:
        return [Link(_("Messages"), page_url("dashboard-messages"))]

    def buttons(self) -> list[Link]:
        if not may(self.request.user, MANAGE):
            return []
        return [Link(_("Add an occasion"), page_url("dashboard-occasion-add"))]


class OccasionPage(EditPage):
    """One occasion: when it is, whom it is for, and what its message brings."""

    model = Occasion
    pk_url_kwarg = "occasion_id"
    fieldsets = PARTS
    form_class = modelform_factory(
        Occasion,
        form=OccasionForm,
        fields=fields_of(PARTS),
        widgets={
            "name": NamePerLanguage,
            "announced_date": day_input(),
        },
    )

    @property
    def title(self) -> Any:
        return str(self.object) if self.object else _("New occasion")

    def trail(self) -> list[Link]:
        return [
            Link(_("Messages"), page_url("dashboard-messages")),
            Link(_("Occasions"), page_url("dashboard-occasions")),
        ]

    def get_success_url(self) -> str:
        return page_url("dashboard-occasions")
