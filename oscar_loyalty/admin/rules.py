"""What earns extra points or nothing, edited with the programme."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.earning.models import EarningRule
from oscar_loyalty.program.redemption.models import ExcludedRange


class ExcludedRangeInline(admin.TabularInline):
    """One range in each row."""

    model = ExcludedRange
    extra = 0
    verbose_name_plural = _("Ranges that points cannot pay for")
    fields = ("range",)


class EarningRuleInline(admin.TabularInline):
    """One product, category or range in each row."""

    model = EarningRule
    extra = 0
    verbose_name_plural = _("Exceptions: products that earn extra points, or nothing")
    fields = ("product", "category", "range", "excludes", "extra_points", "expiry_months")
    raw_id_fields = ("product", "category")

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Search where the shop's admin can: not every shop keeps Oscar's own pages there."""
        return [name for name in self.raw_id_fields if self._is_searchable(name)]

    def _is_searchable(self, name: str) -> Any:
        related = self.model._meta.get_field(name).remote_field.model
        registered = self.admin_site._registry.get(related)
        return registered and registered.search_fields
