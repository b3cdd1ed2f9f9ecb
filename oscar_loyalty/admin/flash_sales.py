"""Flash sales: planned by staff, watched while they run, and kept as they were afterwards."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from i18nfield.admin import I18nModelAdmin
from i18nfield.fields import I18nCharField

from oscar_loyalty.admin.logged import LoggedAdmin
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns.models import FlashSale, FlashSaleTier
from oscar_loyalty.staff import figures
from oscar_loyalty.staff.fields import ProductField
from oscar_loyalty.staff.flash_sales import PARTS, FlashSaleForm, FlashSaleTierFormSet
from oscar_loyalty.staff.names import NamePerLanguage


class FlashSaleTierInline(admin.TabularInline):
    model = FlashSaleTier
    formset = FlashSaleTierFormSet
    extra = 0


@admin.register(FlashSale)
class FlashSaleAdmin(LoggedAdmin, I18nModelAdmin):
    """The sales, newest first, each with what became of its units."""

    class Media:
        css = {"all": ["oscar_loyalty/admin.css"]}

    actions = None
    form = FlashSaleForm
    formfield_overrides = {I18nCharField: {"widget": NamePerLanguage}}
    inlines = [FlashSaleTierInline]
    list_display = ("__str__", "active", "starts_at", "ends_at", "units", "sold", "paying")
    ordering = ("-pk",)
    raw_id_fields = ("product",)
    readonly_fields = ("sold", "paying", "settled_at")
    fieldsets = [
        *((title, {"description": words, "fields": fields}) for title, words, fields in PARTS),
        (None, {"fields": ("sold", "paying")}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FlashSale]:
        return campaigns_queries.with_stock(super().get_queryset(request))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "product":
            kwargs["form_class"] = ProductField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of a sale in which somebody bought, the units say what was sold."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not obj.stock.exclude(state="free").exists())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The sale says it: nobody wants to read the list of its units."""
        return [str(one) for one in objs], {}, set(), []

    @admin.display(description=_("sold"))
    def sold(self, sale: Any) -> str:
        return figures.counted(getattr(sale, "sold_count", 0))

    @admin.display(description=_("being paid"))
    def paying(self, sale: Any) -> str:
        return figures.counted(getattr(sale, "claimed_count", 0))
