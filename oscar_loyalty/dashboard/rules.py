"""Earning rules: what they say by now, in a new version, and tried before it counts."""

from copy import copy
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.forms import ModelForm, modelform_factory
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_tables2 import A

from oscar_loyalty.dashboard.access import MANAGE, may
from oscar_loyalty.dashboard.columns import Day, Figure, ListTable, Words
from oscar_loyalty.dashboard.editing import EditPage, day_input, moment_input
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import Link, page_url
from oscar_loyalty.flows import rule_published
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.models import EarningRule, RuleVersion
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.staff import audit_log, figures, rule_trials
from oscar_loyalty.staff.fields import CategoryField, ProductField
from oscar_loyalty.staff.rules import PARTS, RuleForm
from oscar_loyalty.words import rules as words
from oscar_loyalty.words.wording import bare

STATES = {
    "on": _("In force"),
    "planned": _("Planned"),
    "over": _("Over"),
    "ended": _("Ended"),
}


class RulesTable(ListTable):
    """The newest version of each rule."""

    name = Words(
        verbose_name=_("Rule"),
        accessor="pk",
        linkify=("oscar_loyalty:dashboard-rule", [A("rule_id")]),
    )
    state = Words(verbose_name=_("State"), accessor="pk")
    trigger = Words(verbose_name=_("What earns"), accessor="get_trigger_display")
    gives = Words(verbose_name=_("What it gives"), accessor="pk")
    first_day = Day(verbose_name=_("First day"))
    last_day = Day(verbose_name=_("Last day"))
    priority = Figure(verbose_name=_("Priority"))
    used = Figure(verbose_name=_("Points used"), accessor="rule__used")
    budget = Figure(verbose_name=_("Budget"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = timezone.now()
        self.today = _today(self.at)

    def render_name(self, record: RuleVersion) -> str:
        return format_html("<bdi>{}</bdi>", record)

    def value_name(self, record: RuleVersion) -> str:
        return str(record)

    def render_state(self, record: RuleVersion) -> str:
        return str(STATES[state_of(record, self.today, self.at)])

    def render_gives(self, record: RuleVersion) -> str:
        return words.effect(record)

    def render_used(self, record: RuleVersion) -> str:
        return figures.counted(record.rule.used) if record.budget else "—"

    def value_used(self, record: RuleVersion) -> int | None:
        return record.rule.used if record.budget else None

    def value_gives(self, record: RuleVersion) -> str:
        return bare(words.effect(record))

    value_state = render_state


class RulesForm(forms.Form):
    """Which rules."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Every state")), *STATES.items()]
    )
    trigger = forms.ChoiceField(
        label=_("What earns"),
        required=False,
        choices=[("", _("Everything")), *RuleVersion.Trigger.choices],
    )


class RulesPage(ListPage):
    """What every rule says now, or will; those that were changed last come first."""

    title = _("Earning rules")
    url_name = "dashboard-rules"
    table_class = RulesTable
    filter_class = RulesForm
    empty = _("There is no such rule.")

    def rows(self, chosen: dict[str, Any]) -> QuerySet[RuleVersion]:
        found = newest().filter(_in_state(chosen.get("state"), timezone.now()))
        trigger = chosen.get("trigger")
        return found.filter(trigger=trigger) if trigger else found

    def buttons(self) -> list[Link]:
        if not may(self.request.user, MANAGE):
            return []
        return [Link(_("Add a rule"), page_url("dashboard-rule-add"))]


class RulePage(EditPage):
    """What a rule says is published as a version; what was awarded before stays as it is."""

    model = RuleVersion
    pk_url_kwarg = "rule_id"
    template_name = "oscar_loyalty/dashboard/rule.html"
    fieldsets = PARTS
    saved = _("The rule is published.")
    button = _("Publish")
    form_class = modelform_factory(
        RuleVersion,
        form=RuleForm,
        field_classes={"product": ProductField, "category": CategoryField},
        widgets={
            **RuleForm.Meta.widgets,
            "in_force_from": moment_input(),
            "first_day": day_input(),
            "last_day": day_input(),
        },
    )
    field_of = {"invalid-date": "in_force_from"}

    @property
    def title(self) -> Any:
        return str(self.object) if self.object else _("New rule")

    @property
    def remark(self) -> Any:
        return words.in_one(self.object) if self.object else ""

    def get_object(self, queryset: Any = None) -> Any:
        if "rule_id" not in self.kwargs:
            return None
        rule = get_object_or_404(EarningRule, pk=self.kwargs["rule_id"])
        return newest().get(pk=rule.current_id)

    def get_initial(self) -> dict[str, Any]:
        doubles = "double" in self.request.GET
        return {"effect": RuleVersion.Effect.MULTIPLIER, "factor": 2} if doubles else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        # The page goes on saying what is in force, whatever the form makes of its row.
        return {**super().get_form_kwargs(), "instance": copy(self.object)}

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Whoever publishes sees what a colleague has published just before."""
        self.object = self.get_object()
        if self.object:
            earning.lock_rules([self.object.rule_id])
            self.object = self.get_object()
        if self.object and self.object.retired:
            messages.error(request, gettext("This rule has ended; it gives nothing any more."))
            return HttpResponseRedirect(request.path)
        if self.object and "retire" in request.POST:
            return self._retire()
        if "try" in request.POST:
            form = self.get_form()
            trial = rule_trials.of(form, at=timezone.now())
            return self.render_to_response(self.get_context_data(form=form, trial=trial))
        return super().post(request, *args, **kwargs)

    def save(self, form: ModelForm) -> None:
        rule_published.run(form.instance, actor_id=self.request.user.pk, at=timezone.now())

    def _retire(self) -> HttpResponse:
        user, at = self.request.user, timezone.now()
        rule_published.retire(self.object.rule_id, actor_id=user.pk, at=at)
        before, ended = audit_log.values_of(self.object), self.get_object()
        after = audit_log.values_of(ended)
        audit_log.keep(user, gettext("Retired."), ended, at=at, before=before, after=after)
        messages.success(
            self.request, gettext("The rule gives nothing any more. What it gave stays.")
        )
        return HttpResponseRedirect(page_url("dashboard-rules"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        history = rule_trials.versions(self.object) if self.object else []
        return {**super().get_context_data(**kwargs), "history": history}

    def trail(self) -> list[Link]:
        return [Link(RulesPage.title, page_url("dashboard-rules"))]

    def get_success_url(self) -> str:
        return page_url("dashboard-rules")


def newest() -> QuerySet[RuleVersion]:
    """The newest version of every rule, with what it is about."""
    found = RuleVersion.objects.filter(rule__current=F("pk"))
    return found.select_related("rule", "product__parent", "category", "range")


def state_of(version: RuleVersion, today: date, at: datetime) -> str:
    """What becomes of a rule that this is the newest version of."""
    if version.retired:
        return "ended"
    if version.last_day and version.last_day < today:
        return "over"
    if version.in_force_from and version.in_force_from > at:
        return "planned"
    return "planned" if version.first_day and version.first_day > today else "on"


def _in_state(state: str | None, at: datetime) -> Q:
    """The same as a filter."""
    today = _today(at)
    ended, over = Q(retired=True), Q(retired=False, last_day__lt=today)
    planned = ~ended & ~over & (Q(in_force_from__gt=at) | Q(first_day__gt=today))
    on = ~ended & ~over & ~planned
    return {"on": on, "planned": planned, "over": over, "ended": ended}.get(state or "", Q())


def _today(at: datetime) -> date:
    terms = terms_queries.written()
    return terms.local_date(at) if terms else timezone.localdate(at)
