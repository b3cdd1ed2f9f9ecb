"""Drafts of the programme: what they change, and the pages on which they are written."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from django_tables2 import A

from oscar_loyalty.dashboard.access import MANAGE
from oscar_loyalty.dashboard.columns import ListTable, Moment, Words
from oscar_loyalty.dashboard.editing import EditPage, blocks_of
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import Link, StaffPage, page_url
from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import programme_drafted
from oscar_loyalty.program.earning.models import RuleVersion
from oscar_loyalty.program.simulation.models import ProgrammeDraft
from oscar_loyalty.staff import audit_log, draft_published, drafts, people
from oscar_loyalty.words import drafts as words


class DraftsTable(ListTable):
    """One line for each draft."""

    name = Words(verbose_name=_("Draft"), linkify=("oscar_loyalty:dashboard-draft", [A("pk")]))
    created_by = Words(verbose_name=_("By"))
    changed_at = Moment(verbose_name=_("Changed"))
    published_at = Moment(verbose_name=_("Published"))

    def __init__(self, rows: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(rows, *args, **kwargs)
        self.names = people.staff_names({one.created_by for one in rows})

    def render_created_by(self, value: str) -> str:
        return self.names.get(value, value)

    value_created_by = render_created_by


class DraftsPage(ListPage):
    """All drafts, the newest first."""

    permission = MANAGE
    title = _("Simulator")
    remark = _(
        "Draft another programme, replay it over the orders that customers have placed, see what "
        "it would have come to, and publish it, or not. Until then nothing of it counts."
    )
    url_name = "dashboard-drafts"
    table_class = DraftsTable
    empty = _("Nobody has drafted anything yet.")

    def rows(self, chosen: dict[str, Any]) -> QuerySet[ProgrammeDraft]:
        return ProgrammeDraft.objects.all()

    def buttons(self) -> list[Link]:
        return [
            Link(_("Begin a draft"), page_url("dashboard-draft-add")),
            Link(_("Compare two drafts"), page_url("dashboard-simulations")),
        ]


class DraftForm(forms.Form):
    """What a new draft is called."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("For your colleagues only.")
    )


class FormPage(StaffPage, FormView):
    """A form that is no row; a refusal of the programme becomes an error of it."""

    permission = MANAGE
    template_name = "oscar_loyalty/dashboard/edit.html"
    button: Any = _("Save")
    fieldsets: ClassVar[drafts.Parts] = ()

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            to = self.save(form)
        except LoyaltyError as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        return HttpResponseRedirect(to)

    def save(self, form: Any) -> str:
        """
        Do it, and say where to go then.

        :raises LoyaltyError: if it is refused.
        """
        raise NotImplementedError

    def trail(self) -> list[Link]:
        return [Link(DraftsPage.title, page_url("dashboard-drafts"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        blocks = blocks_of(context["form"], self.fieldsets)
        return {"rows": None, **context, "button": self.button, "blocks": blocks}


class DraftAddPage(FormPage):
    """Begin a draft; it says what the programme says."""

    title = _("Begin a draft")
    button = _("Begin")
    form_class = DraftForm

    @transaction.atomic
    def save(self, form: DraftForm) -> str:
        user, at = self.request.user, timezone.now()
        name = form.cleaned_data["name"]
        draft = programme_drafted.begin(name, actor=f"user:{user.pk}", at=at)
        audit_log.keep_saved(user, draft, {}, {"name": name}, at=at)
        return page_url("dashboard-draft", draft.pk)


class OfDraft(FormPage):
    """A part of a draft, which is still open."""

    part: ClassVar[str]

    @cached_property
    def draft(self) -> ProgrammeDraft:
        """The one that the address names."""
        return get_object_or_404(ProgrammeDraft, pk=self.kwargs["draft_id"])

    def keep(self, how: drafts.Rewrite) -> str:
        """Write this part of it, and go back to the draft."""
        user, at = self.request.user, timezone.now()
        drafts.keep(self.draft.pk, self.part, how, user=user, at=at)
        messages.success(self.request, gettext("The draft is saved. Nothing of it counts yet."))
        return page_url("dashboard-draft", self.draft.pk)

    def trail(self) -> list[Link]:
        return [*super().trail(), Link(self.draft.name, page_url("dashboard-draft", self.draft.pk))]


class DraftTermsPage(OfDraft):
    """The terms as the draft has them."""

    title = _("Terms")
    part = "terms"
    remark = _("Those that a replay of orders depends on. All others are in the settings.")

    @property
    def fieldsets(self) -> drafts.Parts:
        return drafts.terms_parts()

    def get_form_class(self) -> Any:
        return drafts.terms_form()

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": drafts.terms_row(self.draft)}

    def save(self, form: Any) -> str:
        return self.keep(lambda draft: drafts.terms_said(form))


class DraftLadderPage(OfDraft):
    """All tiers as the draft has them."""

    title = _("Tiers")
    part = "tiers"
    remark = _(
        "Discounts that tiers give stay as they are. A tier is removed on its own page, once "
        "nobody stands on it."
    )
    form_class = forms.Form

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form, rows = self.get_form(), self._rows()
        if form.is_valid() and rows.is_valid():
            try:
                return HttpResponseRedirect(self.keep(lambda draft: rows.rows()))
            except LoyaltyError as refusal:
                form.add_error(None, str(refusal))
        return self.render_to_response(self.get_context_data(form=form, rows=rows))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        beside = {"rows": self._rows(), "rows_title": self.title}
        return super().get_context_data(**beside | kwargs)

    def _rows(self) -> drafts.TierFormSet:
        return drafts.ladder_formset()(
            self.request.POST or None, tiers=self.draft.says["tiers"], prefix="tiers"
        )


class DraftRulePage(OfDraft):
    """A rule as the draft has it; without a key in its address, a new one."""

    template_name = "oscar_loyalty/dashboard/draft_rule.html"
    part = "rules"

    @property
    def fieldsets(self) -> drafts.Parts:
        return drafts.rule_parts()

    @property
    def title(self) -> Any:
        return str(self.row) if self.row.rule_id else self.row.name or _("New rule")

    @property
    def key(self) -> str:
        """The rule; empty for a new one."""
        return str(self.kwargs.get("rule", ""))

    @cached_property
    def row(self) -> RuleVersion:
        """What the draft says of it."""
        if not self.key:
            return RuleVersion()
        says = self.draft.says["rules"].get(self.key)
        if says is None:
            raise Http404
        return drafts.rule_row(self.key, says)

    def get_form_class(self) -> Any:
        return drafts.rule_form()

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.row, "says": self.draft.says}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "remove" not in request.POST or not (self.key and self.row):
            return super().post(request, *args, **kwargs)
        try:
            to = self.keep(drafts.rules_without(self.key))
        except LoyaltyError as refusal:
            messages.error(request, str(refusal))
            to = request.path
        return HttpResponseRedirect(to)

    def save(self, form: Any) -> str:
        return self.keep(drafts.rules_with(self.key, form.instance))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "removable": bool(self.key)}


class DraftAssumptionsPage(EditPage):
    """What a draft is called, and how points are taken to be spent."""

    title = _("Name and assumptions")
    model = ProgrammeDraft
    pk_url_kwarg = "draft_id"
    form_class = drafts.AssumptionsForm

    def save(self, form: forms.ModelForm) -> None:
        programme_drafted.opened(form.instance.pk)
        # A colleague may change what the draft says meanwhile.
        form.instance.save(update_fields=form.Meta.fields)

    def _values(self, row: Any, rows: Any) -> audit_log.Values:
        """All that this page changes."""
        said = audit_log.values_of(row)
        return {name: said[name] for name in self.form_class.Meta.fields if name in said}

    def trail(self) -> list[Link]:
        link = Link(self.object.name, page_url("dashboard-draft", self.object.pk))
        return [Link(DraftsPage.title, page_url("dashboard-drafts")), link]

    def get_success_url(self) -> str:
        return page_url("dashboard-draft", self.object.pk)


class DraftPublishPage(OfDraft):
    """What publishing changes, and the button that does it."""

    title = _("Publish the draft")
    template_name = "oscar_loyalty/dashboard/draft_publish.html"
    button = _("Publish")
    form_class = forms.Form

    def save(self, form: forms.Form) -> str:
        draft_published.run(self.draft.pk, user=self.request.user, at=timezone.now())
        messages.success(self.request, gettext("The programme says now what the draft says."))
        return page_url("dashboard-draft", self.draft.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        changes = words.changes(self.draft.begun_from, self.draft.says)
        return {**super().get_context_data(**kwargs), "draft": self.draft, "changes": changes}
