"""A draft with its simulations, what came of one, and two drafts beside each other."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from oscar_loyalty.dashboard import drafts, pictures, tables
from oscar_loyalty.dashboard.access import EXPORT, MANAGE, may
from oscar_loyalty.dashboard.drafts import DraftsPage, OfDraft
from oscar_loyalty.dashboard.pages import Link, StaffPage, page_url
from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import programme_simulated
from oscar_loyalty.program.reports.policy.tables import Column
from oscar_loyalty.program.simulation import queries as simulation_queries
from oscar_loyalty.program.simulation import services as simulations
from oscar_loyalty.program.simulation.models import ProgrammeDraft, Simulation
from oscar_loyalty.program.simulation.queries import documents
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.staff import audit_log, people
from oscar_loyalty.staff.drafts import begin_again
from oscar_loyalty.words import drafts as draft_words
from oscar_loyalty.words import simulations as words
from oscar_loyalty.words.figures import shown
from oscar_loyalty.words.simulations import Line, Side

State = Simulation.State
#: Seconds after which a page about one that runs asks again.
REFRESH = 5
MONEY = Column("gain", _("Worth more"), "money")
#: The page of a draft names so many of its simulations.
SHOWN = 20


class DaysForm(forms.Form):
    """The orders of which days are replayed."""

    first = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=_("Empty: from the first order on."),
    )
    last = forms.DateField(
        label=_("To"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=_("Empty: until now."),
    )


class DraftPage(OfDraft):
    """What a draft changes, where to change more, and its simulations."""

    template_name = "oscar_loyalty/dashboard/draft.html"
    form_class = DaysForm
    button = _("Replay the orders")

    @property
    def title(self) -> str:
        return self.draft.name

    def trail(self) -> list[Link]:
        return [Link(DraftsPage.title, page_url("dashboard-drafts"))]

    def buttons(self) -> list[Link]:
        pk, is_open = self.draft.pk, self.draft.published_at is None
        parts = (
            (_("Publish"), "dashboard-draft-publish"),
            (_("Terms"), "dashboard-draft-terms"),
            (_("Tiers"), "dashboard-draft-tiers"),
            (_("New rule"), "dashboard-draft-rule-add"),
            (_("Name and assumptions"), "dashboard-draft-assumptions"),
        )
        return [Link(title, page_url(name, pk)) for title, name in parts] if is_open else []

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "remove" in request.POST:
            self._remove()
            return HttpResponseRedirect(page_url("dashboard-drafts"))
        if "again" not in request.POST:
            return super().post(request, *args, **kwargs)
        try:
            begin_again(self.draft.pk, user=request.user, at=timezone.now())
            messages.success(request, gettext("The draft goes on from what the programme says."))
        except LoyaltyError as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(request.path)

    def save(self, form: DaysForm) -> str:
        asked = programme_simulated.ask(
            self.draft.pk,
            first=form.cleaned_data["first"],
            last=form.cleaned_data["last"],
            actor=f"user:{self.request.user.pk}",
            at=timezone.now(),
        )
        return page_url("dashboard-simulation", asked.pk)

    @transaction.atomic
    def _remove(self) -> None:
        at = timezone.now()
        before = {"name": self.draft.name}
        audit_log.keep(self.request.user, gettext("Deleted."), self.draft, at=at, before=before)
        simulations.remove(self.draft.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        draft = self.draft
        is_open = draft.published_at is None
        moved = is_open and documents.written() != draft.begun_from
        return {
            **super().get_context_data(**kwargs),
            "draft": draft,
            "is_open": is_open,
            "changes": draft_words.changes(draft.begun_from, draft.says),
            "moved": draft_words.changes(draft.begun_from, documents.written()) if moved else [],
            "rules": [
                (key, draft_words.rule_told(says, draft.says["tiers"]))
                for key, says in sorted(draft.says["rules"].items(), key=lambda one: int(one[0]))
            ],
            "simulations": draft.simulations.order_by("-pk")[:SHOWN],
        }


class SimulationPage(StaffPage, TemplateView):
    """How far a simulation is, and what came of it."""

    permission = MANAGE
    template_name = "oscar_loyalty/dashboard/simulation.html"
    http_method_names = ["get", "head", "options"]

    @cached_property
    def simulation(self) -> Simulation:
        """The one that the address names."""
        found = Simulation.objects.select_related("draft")
        return get_object_or_404(found, pk=self.kwargs["simulation_id"])

    @property
    def title(self) -> str:
        return self.simulation.draft.name

    def trail(self) -> list[Link]:
        draft = self.simulation.draft
        return [
            Link(DraftsPage.title, page_url("dashboard-drafts")),
            Link(draft.name, page_url("dashboard-draft", draft.pk)),
        ]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = super().get(request, *args, **kwargs)
        if self.looks_again:
            # Without a script.
            answer["Refresh"] = str(REFRESH)
        return answer

    @property
    def looks_again(self) -> bool:
        """While there is something to come, and until one asks it to stand still."""
        unfinished = self.simulation.state in (State.WAITING, State.RUNNING)
        return unfinished and "still" not in self.request.GET

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        one = self.simulation
        context = {**super().get_context_data(**kwargs), "simulation": one}
        if one.state != State.DONE:
            percent = 100 * one.orders_done // one.orders
            return {**context, "percent": percent, "looks_again": self.looks_again}
        currency, drafted = _currency(), words.draft(one)
        table = words.by_months(drafted)
        csv_url = page_url("dashboard-simulation-csv", one.pk)
        return {
            **context,
            **_beside([words.programme(one), drafted], currency),
            "months": dict(zip(("headings", "rows"), tables.cells(table, currency), strict=True)),
            "picture": pictures.picture(table, currency),
            "counted": words.how_counted(one),
            "gainers": _gainers(one, currency),
            "csv_url": csv_url if may(self.request.user, EXPORT) else "",
        }


class SimulationCsv(SimulationPage):
    """The months of a simulation as a file; where there are none yet, the page says so."""

    permission = EXPORT

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not may(request.user, MANAGE):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.simulation.state != State.DONE:
            return HttpResponseRedirect(page_url("dashboard-simulation", self.simulation.pk))
        table = words.by_months(words.draft(self.simulation))
        return tables.csv_of(table, f"loyalty-simulation-{self.simulation.pk}.csv")


class ChoiceForm(forms.Form):
    """Two drafts that have been replayed."""

    first = forms.ModelChoiceField(label=_("Draft"), queryset=ProgrammeDraft.objects.none())
    second = forms.ModelChoiceField(label=_("Beside"), queryset=ProgrammeDraft.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.queryset = simulation_queries.replayed()


class ComparisonPage(StaffPage, TemplateView):
    """Two drafts, each as it was replayed last, and the programme beside them."""

    permission = MANAGE
    title = _("Compare two drafts")
    template_name = "oscar_loyalty/dashboard/comparison.html"
    http_method_names = ["get", "head", "options"]

    def trail(self) -> list[Link]:
        return [Link(DraftsPage.title, page_url("dashboard-drafts"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = ChoiceForm(self.request.GET or None)
        context = {**super().get_context_data(**kwargs), "filters": form}
        if not form.is_bound or not form.is_valid():
            return context
        one, other = (
            simulation_queries.newest_done(form.cleaned_data[name].pk)
            for name in ("first", "second")
        )
        if one is None or other is None or (one.first, one.last) != (other.first, other.last):
            refusal = gettext("Replay both drafts over the orders of the same days first.")
            return {**context, "refusal": refusal}
        sides = [words.programme(one), words.draft(one), words.draft(other)]
        return {**context, "simulation": one, **_beside(sides, _currency())}


def draft_urls() -> list[URLPattern]:
    """The pages of one draft, below its own address."""
    parts = {
        "": (DraftPage, ""),
        "terms/": (drafts.DraftTermsPage, "-terms"),
        "tiers/": (drafts.DraftLadderPage, "-tiers"),
        "rules/add/": (drafts.DraftRulePage, "-rule-add"),
        "rules/<slug:rule>/": (drafts.DraftRulePage, "-rule"),
        "assumptions/": (drafts.DraftAssumptionsPage, "-assumptions"),
        "publish/": (drafts.DraftPublishPage, "-publish"),
    }
    return [
        path(route, page.as_view(), name=f"dashboard-draft{name}")
        for route, (page, name) in parts.items()
    ]


def _beside(sides: list[Side], currency: str) -> dict[str, Any]:
    """The figures of some sides, as the page has them."""
    return {
        "sides": [side.title for side in sides],
        "lines": [_told(line, currency) for line in words.beside(sides)],
    }


def _told(line: Line, currency: str) -> tuple[Any, list[str]]:
    return line.column.title, [shown(cell, line.column, currency) for cell in line.cells]


def _currency() -> str:
    terms = terms_queries.written()
    return terms.currency if terms else ""


def _gainers(simulation: Simulation, currency: str) -> list[dict[str, Any]]:
    """Those who would gain most, by name, members with the number of their account."""
    found = simulation.results["gainers"]
    before, after = words.programme(simulation), words.draft(simulation)
    customers = [one["customer"] for one in found]
    users = get_user_model().objects.select_related("loyalty_account").in_bulk(customers)
    return [
        {
            "before": number_format(one["before"], force_grouping=True),
            "after": number_format(one["after"], force_grouping=True),
            "gain": shown(
                one["after"] * after.value - one["before"] * before.value, MONEY, currency
            ),
            "account": getattr(user, "loyalty_account", None),
            "name": people.name_of(user) if user else gettext("Former customer"),
        }
        for one in found
        for user in [users.get(one["customer"])]
    ]
