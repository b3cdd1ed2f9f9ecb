"""The programme: what it says in plain words, and its terms."""

from typing import Any

from django.forms import inlineformset_factory, modelform_factory
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.dashboard.editing import OneRowPage, fields_of, moment_input
from oscar_loyalty.dashboard.pages import Link, page_url
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.redemption.models import ExcludedRange
from oscar_loyalty.program.reviews.models import ReviewTerms
from oscar_loyalty.program.surprises.models import SurpriseSettings
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.winback.models import WinBackSettings
from oscar_loyalty.staff.names import NamePerLanguage
from oscar_loyalty.staff.programme import PARTS, ProgrammeForm, first_terms
from oscar_loyalty.words import earning, progress
from oscar_loyalty.words.wording import sentence

#: The summary names so many earning rules at most.
RULES_SHOWN = 20


class SettingsPage(OneRowPage):
    """The terms of the programme, below the sentences that they add up to."""

    title = gettext_lazy("Settings")
    model = Programme
    template_name = "oscar_loyalty/dashboard/settings.html"
    form_class = modelform_factory(
        Programme,
        form=ProgrammeForm,
        fields=fields_of(PARTS),
        widgets={
            "name": NamePerLanguage,
            "starts_at": moment_input(),
        },
    )
    fieldsets = PARTS
    formset_class = inlineformset_factory(
        Programme, ExcludedRange, fields=("range",), extra=1, can_delete_extra=False
    )
    formset_title = gettext_lazy("Ranges that points cannot pay for")

    def get_initial(self) -> dict[str, Any]:
        return {} if self.object else first_terms()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        saved = Programme.objects.first()
        told = summary(saved) if saved else []
        return {**super().get_context_data(**kwargs), "summary": told}

    def buttons(self) -> list[Link]:
        return [
            Link(page.title, page_url(name))
            for name, page in (
                ("dashboard-reviews", ReviewsPage),
                ("dashboard-winback", WinBackPage),
                ("dashboard-surprises", SurprisesPage),
            )
        ]


class _Beside(OneRowPage):
    """More settings, which the page of the programme leads to."""

    def trail(self) -> list[Link]:
        return [Link(SettingsPage.title, page_url("dashboard-settings"))]


class ReviewsPage(_Beside):
    """What an approved review gives."""

    title = gettext_lazy("Points for reviews")
    model = ReviewTerms
    fields = ("points", "monthly")


class WinBackPage(_Beside):
    """When members who stay away are written to."""

    title = gettext_lazy("Win-back")
    model = WinBackSettings
    fields = ("least_days", "step_days", "hold_out", "gift_days", "gifts_most")


class SurprisesPage(_Beside):
    """How often members are surprised, and with what."""

    title = gettext_lazy("Surprises")
    remark = gettext_lazy(
        "Surprises are given while their message is switched on among the kinds of "
        "messages, to members who asked for marketing."
    )
    model = SurpriseSettings
    fields = ("budget", "chance", "least_days", *SurpriseSettings.PRESENT, "assumed_cost")


def summary(programme: Programme) -> list[SafeString]:
    """The whole programme in sentences."""
    terms = terms_queries.terms_of(programme)
    rules = earning_queries.rules_in_words(at=timezone.now(), limit=RULES_SHOWN)
    told = [sentence(programme.sentence()), *earning.ways(programme, rules, None)]
    tiers = tiers_queries.ladder_in_words()
    for tier in tiers:
        amount = progress.amount(tier.threshold, terms)
        told.append(sentence(_("{tier} from {amount}."), tier=str(tier), amount=amount))
    if tiers:
        told.append(progress.counting(terms, terms.local_date(timezone.now())))
    if not programme.active:
        told.insert(0, sentence(_("The programme is switched off: orders earn nothing.")))
    return told
