"""Occasions that members are wished well on."""

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from i18nfield.admin import I18nModelAdmin
from i18nfield.fields import I18nCharField

from oscar_loyalty.admin.logged import LoggedAdmin
from oscar_loyalty.program.occasions.models import Occasion
from oscar_loyalty.staff.names import NamePerLanguage
from oscar_loyalty.staff.occasions import PARTS, OccasionForm, next_dates, reader_of


@admin.register(Occasion)
class OccasionAdmin(LoggedAdmin, I18nModelAdmin):
    """Each with its next dates, the members it is for, and what it brings."""

    class Media:
        css = {"all": ["oscar_loyalty/admin.css"]}

    form = OccasionForm
    formfield_overrides = {I18nCharField: {"widget": NamePerLanguage}}
    list_display = ("__str__", "next_dates", "days_ahead", "reader", "tier", "active")
    list_select_related = ("tier",)
    ordering = ("pk",)
    readonly_fields = ("next_dates",)
    fieldsets = [
        *((title, {"description": words, "fields": fields}) for title, words, fields in PARTS),
        (None, {"fields": ("next_dates",)}),
    ]

    @admin.display(description=_("next dates"))
    def next_dates(self, occasion: Occasion) -> str:
        if not occasion.pk:
            return gettext("They are shown when this is saved.")
        days = next_dates(occasion.feast)
        if not days:
            return gettext("The calendar of this occasion is not known any further.")
        return format_html_join("\n", "<div>{}</div>", ((date_format(day),) for day in days))

    @admin.display(description=_("members who read"), ordering="language")
    def reader(self, occasion: Occasion) -> str:
        return reader_of(occasion)
