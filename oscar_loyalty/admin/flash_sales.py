"""Flash sales: planned by staff, watched while they run, and kept as they were afterwards."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from i18nfield.admin import I18nModelAdmin
from i18nfield.fields import I18nCharField

from oscar_loyalty.admin.apologies import ProductField
from oscar_loyalty.admin.logged import LoggedAdmin
from oscar_loyalty.flows import flash_sale_planned
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns.models import FlashSale, FlashSaleTier
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.staff import figures
from oscar_loyalty.staff.names import NamePerLanguage, TranslatedNameForm


class FlashSaleForm(TranslatedNameForm):
    """
    A sale that the shop's prices and other sales allow.

    What was promised when it began is not changed any more: somebody may be paying it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "currency" in self.fields and not self.initial.get("currency"):
            terms = terms_queries.written()
            self.initial["currency"] = terms.currency if terms else settings.OSCAR_DEFAULT_CURRENCY
        for name in FlashSale.KEPT if _has_begun(self.instance) else ():
            if name in self.fields:
                self.fields[name].disabled = True

    def clean_units(self) -> int:
        units: int = self.cleaned_data["units"]
        least = flash_sale_planned.least_units(self.instance.pk) if self.instance.pk else 0
        if units < least:
            words = gettext("%(least)s are sold or being paid: write no fewer.")
            raise ValidationError(words % {"least": least})
        return units

    def _post_clean(self) -> None:
        """After the row's own rules, for these compare it with the shop."""
        super()._post_clean()
        if not self.errors:
            planned = campaigns_queries.as_written(self.instance)
            for field, words in flash_sale_planned.refusals(planned, at=timezone.now()):
                self.add_error(field if field in self.fields else None, words)


class FlashSaleTierFormSet(forms.BaseInlineFormSet):
    """A sale for tiers alone has one."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form.cleaned_data.get("tier")]
        kept = [form for form in kept if not form.cleaned_data.get("DELETE")]
        if self.instance.tiers_only and not kept and not any(self.errors):
            raise ValidationError(
                gettext("The sale is only for tiers: choose at least one, or open it to all.")
            )


class FlashSaleTierInline(admin.TabularInline):
    model = FlashSaleTier
    formset = FlashSaleTierFormSet
    extra = 0


def _has_begun(sale: FlashSale) -> bool:
    """Whether somebody could buy by now."""
    return (
        sale.pk is not None and campaigns_queries.as_written(sale).first_opens_at <= timezone.now()
    )


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
    fieldsets = (
        (None, {"fields": ("name", "active", "announced")}),
        (
            _("What is sold, and for how much"),
            {
                "description": _(
                    "No other offer takes anything off these units; coupons and points come off "
                    "afterwards. Once the sale has begun, this stays as it is."
                ),
                "fields": ("product", "range", ("kind", "value", "currency")),
            },
        ),
        (_("When"), {"fields": ("starts_at", "ends_at", "tiers_only")}),
        (
            _("How many"),
            {
                "description": _(
                    "A unit is kept for a basket from when its payment begins. If the payment "
                    "fails, takes too long, or the order is cancelled while the sale is on, "
                    "somebody else can have it."
                ),
                "fields": ("units", "per_customer", "payment_minutes", "sold", "paying"),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[FlashSale]:
        counted = {
            f"{state}_count": Count("stock", filter=Q(stock__state=state))
            for state in ("sold", "claimed")
        }
        return super().get_queryset(request).annotate(**counted)

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
