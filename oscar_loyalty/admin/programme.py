"""The programme: one row, its fields in plain language, with the sentence they add up to."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from i18nfield.admin import I18nModelAdmin
from i18nfield.fields import I18nCharField

from oscar_loyalty.admin.excluded_ranges import ExcludedRangeInline
from oscar_loyalty.admin.logged import LoggedAdmin
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.staff.names import NamePerLanguage
from oscar_loyalty.staff.programme import PARTS, ProgrammeForm, first_terms


@admin.register(Programme)
class ProgrammeAdmin(LoggedAdmin, I18nModelAdmin):
    """The one programme: never a second, never none again."""

    class Media:
        css = {"all": ["oscar_loyalty/admin.css"]}

    form = ProgrammeForm
    formfield_overrides = {I18nCharField: {"widget": NamePerLanguage}}
    inlines = [ExcludedRangeInline]
    actions = None
    fieldsets = [
        (title, {"description": words, "fields": fields}) for title, words, fields in PARTS
    ]

    @admin.display(description=_("what shoppers read"))
    def sentence(self, programme: Programme) -> str:
        return programme.sentence()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("sentence",) if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sentence = (None, {"fields": ("sentence",)})
        return [sentence, *self.fieldsets] if obj else self.fieldsets

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            **first_terms(),
            **super().get_changeform_initial_data(request),
        }

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Programme.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is no list of one: go to the row, or to the form that makes it."""
        pk = Programme.objects.values_list("pk", flat=True).first()
        if pk and self.has_view_or_change_permission(request):
            url = reverse("admin:oscar_loyalty_programme_change", args=[pk])
        elif not pk and self.has_add_permission(request):
            url = reverse("admin:oscar_loyalty_programme_add")
        else:
            raise PermissionDenied
        return HttpResponseRedirect(url)
