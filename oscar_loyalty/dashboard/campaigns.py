"""Campaigns: flash sales with what is left of them, and rules that give points for a time."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.forms import inlineformset_factory, modelform_factory
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_tables2 import A

from oscar_loyalty.dashboard.access import MANAGE, may
from oscar_loyalty.dashboard.columns import Figure, ListTable, Moment, Words
from oscar_loyalty.dashboard.editing import EditPage, fields_of, moment_input
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import Link, page_url
from oscar_loyalty.dashboard.rules import RulesTable, newest
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns.models import FlashSale, FlashSaleTier
from oscar_loyalty.staff.fields import ProductField
from oscar_loyalty.staff.flash_sales import PARTS, FlashSaleForm, FlashSaleTierFormSet
from oscar_loyalty.staff.names import NamePerLanguage
from oscar_loyalty.words import sales
from oscar_loyalty.words.wording import sentence

#: The page names so many rules for a time at most.
RULES_SHOWN = 50
STATES = {
    "on": _("On"),
    "planned": _("Planned"),
    "suspended": _("Suspended"),
    "over": _("Over"),
}


class SalesTable(ListTable):
    """One line for each flash sale."""

    name = Words(verbose_name=_("Flash sale"), linkify=("oscar_loyalty:dashboard-sale", [A("pk")]))
    state = Words(verbose_name=_("State"), accessor="pk")
    about = Words(verbose_name=_("What is sold"), accessor="pk")
    price = Words(verbose_name=_("For how much"), accessor="pk")
    starts_at = Moment(verbose_name=_("Begins"))
    ends_at = Moment(verbose_name=_("Ends"))
    units = Figure(verbose_name=_("Units"))
    sold = Figure(verbose_name=_("Sold"), accessor="sold_count")
    claimed = Figure(verbose_name=_("Being paid"), accessor="claimed_count")
    left = Figure(verbose_name=_("Left"), accessor="left_count")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = timezone.now()

    def render_state(self, record: FlashSale) -> str:
        return str(STATES[state_of(record, self.at)])

    def render_about(self, record: FlashSale) -> str:
        return format_html("<bdi>{}</bdi>", self.value_about(record))

    def value_about(self, record: FlashSale) -> str:
        if record.product_id:
            return record.product.get_title() if record.product else "—"
        return str(record.range or "—")

    def render_price(self, record: FlashSale) -> str:
        return format_html("<bdi>{}</bdi>", self.value_price(record))

    def value_price(self, record: FlashSale) -> str:
        return sales.value(record)

    value_state = render_state


class SalesForm(forms.Form):
    """Which flash sales."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Every state")), *STATES.items()]
    )


class CampaignsPage(ListPage):
    """All flash sales, the newest first; below them, rules for a time."""

    title = _("Campaigns")
    url_name = "dashboard-campaigns"
    template_name = "oscar_loyalty/dashboard/campaigns.html"
    table_class = SalesTable
    filter_class = SalesForm
    empty = _("There is no such flash sale.")

    def rows(self, chosen: dict[str, Any]) -> QuerySet[FlashSale]:
        found = campaigns_queries.with_stock(FlashSale.objects.all())
        found = found.select_related("product__parent", "range")
        return found.filter(_in_state(chosen.get("state"), timezone.now()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        dated = Q(first_day__isnull=False) | Q(last_day__isnull=False)
        rules = newest().filter(dated, retired=False).order_by("-pk")[:RULES_SHOWN]
        return {**super().get_context_data(**kwargs), "rules": RulesTable(list(rules))}

    def buttons(self) -> list[Link]:
        if not may(self.request.user, MANAGE):
            return []
        return [
            Link(_("Plan a flash sale"), page_url("dashboard-sale-add")),
            Link(_("Plan double points"), f"{page_url('dashboard-rule-add')}?double=1"),
        ]


class SalePage(EditPage):
    """One flash sale, and who buys first."""

    model = FlashSale
    pk_url_kwarg = "sale_id"
    fieldsets = PARTS
    form_class = modelform_factory(
        FlashSale,
        form=FlashSaleForm,
        fields=fields_of(PARTS),
        field_classes={"product": ProductField},
        widgets={
            "name": NamePerLanguage,
            "starts_at": moment_input(),
            "ends_at": moment_input(),
        },
    )
    formset_class = inlineformset_factory(
        FlashSale,
        FlashSaleTier,
        formset=FlashSaleTierFormSet,
        fields=("tier", "hours"),
        extra=1,
        can_delete_extra=False,
    )
    formset_title = _("Tiers that buy first")

    @property
    def title(self) -> Any:
        return str(self.object) if self.object else _("New flash sale")

    @property
    def remark(self) -> Any:
        if self.object is None:
            return ""
        return sentence(
            gettext("Units left: {left}. Sold: {sold}. Being paid: {claimed}."),
            left=self.object.left_count,
            sold=self.object.sold_count,
            claimed=self.object.claimed_count,
        )

    def get_queryset(self) -> QuerySet[FlashSale]:
        return campaigns_queries.with_stock(FlashSale.objects.all())

    def trail(self) -> list[Link]:
        return [Link(CampaignsPage.title, page_url("dashboard-campaigns"))]

    def get_success_url(self) -> str:
        return page_url("dashboard-campaigns")


def state_of(sale: FlashSale, at: datetime) -> str:
    """Whether everybody can buy at that moment, will, or could."""
    if sale.ends_at <= at:
        return "over"
    if not sale.active:
        return "suspended"
    return "on" if sale.starts_at <= at else "planned"


def _in_state(state: str | None, at: datetime) -> Q:
    """The same as a filter."""
    going = Q(ends_at__gt=at, active=True)
    states = {
        "on": going & Q(starts_at__lte=at),
        "planned": going & Q(starts_at__gt=at),
        "suspended": Q(ends_at__gt=at, active=False),
        "over": Q(ends_at__lte=at),
    }
    return states.get(state or "", Q())
