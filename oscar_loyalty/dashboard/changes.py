"""What staff changed: who, when, and what was before and after."""

from datetime import date
from typing import Any

from django import forms
from django.apps import apps
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from oscar_loyalty.dashboard import differences
from oscar_loyalty.dashboard.access import MANAGE
from oscar_loyalty.dashboard.columns import ListTable, Moment, Words
from oscar_loyalty.dashboard.editing import day_input
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import page_url
from oscar_loyalty.program.oversight.models import StaffAct
from oscar_loyalty.program.terms.models import YEARS

#: Of what has no row, in words.
SUBJECTS = {
    "balances": _("Balances from another system"),
    "communicationeventtype": _("Text of a message"),
}
#: More values than these are folded.
AT_ONCE = 4
_LINE = '<div>{}: <bdi>{}</bdi> <span class="loyalty-arrow">→</span> <bdi>{}</bdi></div>'
_DAYS = [MinValueValidator(date(YEARS[0], 1, 1)), MaxValueValidator(date(YEARS[-1], 12, 30))]


class ChangesTable(ListTable):
    """One line for each act."""

    at = Moment(verbose_name=_("Date"))
    by = Words(verbose_name=_("By"), accessor="actor")
    words = Words(verbose_name=_("What was done"))
    about = Words(verbose_name=_("About"), accessor="subject", linkify=lambda record: _page(record))
    changed = Words(verbose_name=_("Before and after"), accessor="pk")

    def render_by(self, record: StaffAct) -> str:
        return format_html("<bdi>{}</bdi>", self.value_by(record))

    def value_by(self, record: StaffAct) -> str:
        return record.actor_name or record.actor

    def render_about(self, record: StaffAct) -> str:
        return format_html("<bdi>{}</bdi>", self.value_about(record))

    def value_about(self, record: StaffAct) -> str:
        model = differences.model_of(record.subject)
        kind = capfirst(model._meta.verbose_name) if model else record.subject
        name = record.subject_name or record.subject_id
        return f"{SUBJECTS.get(record.subject, kind)} {name}".strip()

    def render_changed(self, record: StaffAct) -> str:
        told = list(differences.of(record))
        lines = format_html_join("", _LINE, told)
        if len(told) <= AT_ONCE:
            return lines
        words = ngettext("%(count)s value", "%(count)s values", len(told)) % {"count": len(told)}
        return format_html("<details><summary>{}</summary>{}</details>", words, lines)

    def value_changed(self, record: StaffAct) -> str:
        return "; ".join(f"{name}: {old} → {new}" for name, old, new in differences.of(record))


class ChangesForm(forms.Form):
    """Whose acts, about what, and when."""

    who = forms.CharField(label=_("By"), max_length=254, required=False)
    about = forms.ChoiceField(label=_("About"), required=False)
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=day_input(),
        validators=_DAYS,
    )
    until = forms.DateField(
        label=_("To"),
        required=False,
        widget=day_input(),
        validators=_DAYS,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ours = apps.get_app_config("oscar_loyalty").get_models()
        names = {one._meta.model_name: capfirst(one._meta.verbose_name) for one in ours}
        known = StaffAct.objects.order_by("subject").values_list("subject", flat=True).distinct()
        choices = [(one, SUBJECTS.get(one, names.get(one, one))) for one in known]
        self.fields["about"].choices = [("", _("Everything")), *choices]


class ChangesPage(ListPage):
    """All that staff did, the newest first."""

    permission = MANAGE
    title = _("Changes by staff")
    url_name = "dashboard-changes"
    table_class = ChangesTable
    filter_class = ChangesForm
    empty = _("Staff have changed nothing like that.")

    def rows(self, chosen: dict[str, Any]) -> QuerySet[StaffAct]:
        found = StaffAct.objects.all()
        if who := chosen.get("who"):
            found = found.filter(Q(actor_name__icontains=who) | Q(actor=who))
        if about := chosen.get("about"):
            found = found.filter(subject=about)
        if since := chosen.get("since"):
            found = found.filter(at__date__gte=since)
        if until := chosen.get("until"):
            found = found.filter(at__date__lte=until)
        return found


def _page(record: StaffAct) -> str | None:
    return page_url("dashboard-member", record.subject_id) if record.subject == "account" else None
