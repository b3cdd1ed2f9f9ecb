"""Occasions that members are wished well on."""

from datetime import date
from itertools import islice
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from i18nfield.admin import I18nModelAdmin
from i18nfield.fields import I18nCharField

from oscar_loyalty.admin.names import NamePerLanguage, TranslatedNameForm
from oscar_loyalty.program.occasions.models import Occasion
from oscar_loyalty.program.occasions.policy import Feast, occurrences
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import mails

#: So many of the next dates are shown, so that a mistake is seen.
DATES_SHOWN = 3


class OccasionForm(TranslatedNameForm):
    """An occasion; its members' language is one of the shop's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            names = ((code, gettext(name)) for code, name in mails.written_in().items())
            self.fields["language"] = forms.ChoiceField(
                label=_("Members who read"),
                choices=[("", gettext("Any language")), *names],
                required=False,
            )

    def clean_what(self) -> str:
        what: str = self.cleaned_data["what"]
        if what != Occasion.What.FIXED and not _next_dates(Feast(what)):
            raise ValidationError(
                gettext(
                    "The calendar of this occasion is not known any further. Choose a date of its "
                    "own."
                )
            )
        return what


@admin.register(Occasion)
class OccasionAdmin(I18nModelAdmin):
    """Each with its next dates, the members it is for, and what it brings."""

    class Media:
        css = {"all": ["oscar_loyalty/admin.css"]}

    form = OccasionForm
    formfield_overrides = {I18nCharField: {"widget": NamePerLanguage}}
    list_display = ("__str__", "next_dates", "days_ahead", "reader", "tier", "active")
    list_select_related = ("tier",)
    ordering = ("pk",)
    readonly_fields = ("next_dates",)
    fieldsets = (
        (None, {"fields": ("name", "active")}),
        (
            _("When it is"),
            {
                "description": _(
                    "The message goes out as soon as the occasion is so many days ahead, once "
                    "each year to each member, and no longer after the day itself."
                ),
                "fields": (
                    "what",
                    ("month", "day"),
                    "announced_date",
                    "days_ahead",
                    "next_dates",
                ),
            },
        ),
        (_("Whom it is for"), {"fields": ("language", "tier")}),
        (_("What the message brings"), {"fields": Occasion.PRESENT}),
    )

    @admin.display(description=_("next dates"))
    def next_dates(self, occasion: Occasion) -> str:
        if not occasion.pk:
            return gettext("They are shown when this is saved.")
        days = _next_dates(occasion.feast)
        if not days:
            return gettext("The calendar of this occasion is not known any further.")
        return format_html_join("\n", "<div>{}</div>", ((date_format(day),) for day in days))

    @admin.display(description=_("members who read"), ordering="language")
    def reader(self, occasion: Occasion) -> str:
        name = mails.written_in().get(occasion.language, occasion.language)
        return gettext(name) if name else gettext("Any language")


def _next_dates(feast: Feast) -> list[date]:
    at, terms = timezone.now(), terms_queries.written()
    today = terms.local_date(at) if terms else timezone.localdate(at)
    return [one.kept_date for one in islice(occurrences(feast, since=today), DATES_SHOWN)]
