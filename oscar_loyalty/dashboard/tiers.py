"""The ladder: its tiers, who stands on them, and what they give."""

from typing import Any

from django.forms import inlineformset_factory, modelform_factory
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_tables2 import A

from oscar_loyalty.dashboard.access import MANAGE, may
from oscar_loyalty.dashboard.columns import Figure, ListTable, Words
from oscar_loyalty.dashboard.editing import EditPage, fields_of
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import Link, page_url
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.models import Tier, TierBenefit
from oscar_loyalty.staff import figures
from oscar_loyalty.staff.benefits import FIELDS, BenefitForm, BenefitFormSet, shipping_help
from oscar_loyalty.staff.names import NamePerLanguage
from oscar_loyalty.staff.tiers import PARTS, TierForm
from oscar_loyalty.words import benefits, progress


class TiersTable(ListTable):
    """Each rung, how it is reached, what it gives, and how many stand on it."""

    rank = Figure(verbose_name=_("Rank"))
    name = Words(verbose_name=_("Tier"), linkify=("oscar_loyalty:dashboard-tier", [A("pk")]))
    threshold = Words(verbose_name=_("Reached from"))
    gives = Words(verbose_name=_("What its members get"), accessor="pk")
    members = Figure(verbose_name=_("Members"), accessor="pk")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms = terms_queries.written()
        self.counts = tiers_queries.members_per_tier()

    def render_threshold(self, record: Tier) -> str:
        return format_html("<bdi>{}</bdi>", self.value_threshold(record))

    def value_threshold(self, record: Tier) -> str:
        terms = self.terms
        return progress.amount(record.threshold, terms) if terms else str(record.threshold)

    def render_gives(self, record: Tier) -> str:
        told = benefits.of(record, self.terms.currency if self.terms else "")
        return format_html("{}", "–") if not told else figures.lines(told)

    def value_gives(self, record: Tier) -> str:
        return ", ".join(str(one.get_kind_display()) for one in record.benefits.all())

    def render_members(self, record: Tier) -> str:
        url = page_url("dashboard-members")
        count = figures.counted(self.value_members(record))
        return format_html('<a href="{}?tier={}">{}</a>', url, record.pk, count)

    def value_members(self, record: Tier) -> int:
        return self.counts.get(record.pk, 0)


class TiersPage(ListPage):
    """All tiers, lowest first."""

    title = _("Tiers")
    url_name = "dashboard-tiers"
    table_class = TiersTable
    paged = False
    empty = _("There are no tiers yet.")

    def rows(self, chosen: dict[str, Any]) -> list[Tier]:
        return tiers_queries.ladder_in_words()

    def buttons(self) -> list[Link]:
        if not may(self.request.user, MANAGE):
            return []
        return [Link(_("Add a tier"), page_url("dashboard-tier-add"))]


class TierPage(EditPage):
    """One tier with its benefits."""

    model = Tier
    pk_url_kwarg = "tier_id"
    form_class = modelform_factory(
        Tier,
        form=TierForm,
        fields=fields_of(PARTS),
        widgets={**TierForm.Meta.widgets, "name": NamePerLanguage},
    )
    fieldsets = PARTS
    formset_class = inlineformset_factory(
        Tier,
        TierBenefit,
        form=BenefitForm,
        formset=BenefitFormSet,
        fields=FIELDS,
        extra=1,
        can_delete_extra=False,
    )
    formset_title = _("What its members get")

    @property
    def title(self) -> Any:
        return str(self.object) if self.object else _("New tier")

    def get_formset(self) -> Any:
        rows, words = super().get_formset(), shipping_help()
        for form in rows.forms if words else ():
            form.fields["shipping_methods"].help_text = words
        return rows

    def trail(self) -> list[Link]:
        return [Link(_("Tiers"), page_url("dashboard-tiers"))]

    def get_success_url(self) -> str:
        return page_url("dashboard-tiers")
