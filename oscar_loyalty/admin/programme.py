"""The programme: one row, its fields in plain language, with the sentence they add up to."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from i18nfield.admin import I18nModelAdmin
from i18nfield.fields import I18nCharField
from oscar.core.loading import get_model

from oscar_loyalty.admin import rates
from oscar_loyalty.admin.names import NamePerLanguage, TranslatedNameForm
from oscar_loyalty.admin.rules import EarningRuleInline, ExcludedRangeInline
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.ledger.models import Entry
from oscar_loyalty.program.terms.models import Programme, time_zones
from oscar_loyalty.program.tiers.models import Tier


class ProgrammeForm(TranslatedNameForm):
    """The terms, refused where the books or the ladder forbid them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "time_zone" in self.fields:
            self.fields["time_zone"].widget = Suggesting(_time_zones())
        statuses = list(get_model("order", "Order").all_statuses())
        if statuses and "spendable_status" in self.fields:
            self._offer_statuses(["", *statuses])

    def clean_currency(self) -> str:
        currency = self.cleaned_data["currency"].upper()
        before = self.initial.get("currency")
        if before and currency != before and _books_are_filled():
            raise ValidationError(
                gettext(
                    "The books are kept in %(currency)s. With entries in them the currency "
                    "cannot be changed; write %(currency)s again."
                )
                % {"currency": before}
            )
        return currency

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        refused = rates.refuse_programme(cleaned)
        if refused:
            self.add_error("earn_points", refused)
        tier = _tier_that_loses_what_waits(cleaned)
        if tier:
            message = gettext(
                "Points of the tier %(tier)s would expire before they can be spent. Let points "
                "wait for fewer days, or let those of the tier be good for longer."
            )
            self.add_error("spendable_after_days", message % {"tier": tier})
        return cleaned

    def _offer_statuses(self, statuses: list[str]) -> None:
        """Choose from the shop's; the one in force may stay even if the shop gave it up."""
        current = self.initial.get("spendable_status") or ""
        shown = statuses if current in statuses else [current, *statuses]
        choices = [(status, status or "—") for status in shown]
        self.fields["spendable_status"].widget = forms.Select(choices=choices)


def _tier_that_loses_what_waits(cleaned: dict[str, Any]) -> Tier | None:
    """A tier whose own months are fewer than the days that points would wait."""
    names = ("spendable", "spendable_after_days", "expiry")
    terms = Programme(**{name: cleaned.get(name) for name in names})
    tiers = Tier.objects.all()
    return next((tier for tier in tiers if terms.refuse_lifetime(tier.expiry_months)), None)


def _books_are_filled() -> bool:
    """An order may count towards tiers and have earned no points."""
    return Entry.objects.exists() or Award.objects.exists()


class Suggesting(forms.TextInput):
    """A line of text with suggestions: a menu of 600 would be slow to read and to render."""

    def __init__(self, suggestions: list[str]) -> None:
        super().__init__({"class": "vTextField", "autocomplete": "off"})
        self.suggestions = suggestions

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        listed = f"{name}-suggestions"
        line = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        zones = ((zone,) for zone in self.suggestions)
        options = format_html_join("", '<option value="{}">', zones)
        return format_html('{}<datalist id="{}">{}</datalist>', line, listed, options)


def _time_zones() -> list[str]:
    """Places; the database of zones also knows offsets and historic names."""
    places = {name for name in time_zones() if "/" in name}
    return ["UTC", *sorted(name for name in places if not name.startswith("Etc/"))]


@admin.register(Programme)
class ProgrammeAdmin(I18nModelAdmin):
    """The one programme: never a second, never none again."""

    class Media:
        css = {"all": ["oscar_loyalty/admin.css"]}

    form = ProgrammeForm
    formfield_overrides = {I18nCharField: {"widget": NamePerLanguage}}
    inlines = [EarningRuleInline, ExcludedRangeInline]
    actions = None
    fieldsets = (
        (None, {"fields": ("sentence", "name", "active")}),
        (
            _("Where and since when"),
            {
                "description": _(
                    "The time zone decides when a day, a month or a year begins. The currency "
                    "cannot be changed any more once there are entries in the books."
                ),
                "fields": ("currency", "time_zone", "starts_at"),
            },
        ),
        (
            _("Earning"),
            {
                "description": _(
                    "What counts is what was paid for the goods after all discounts. Points are "
                    "added up over the whole order and rounded down once."
                ),
                "fields": (
                    ("earn_points", "earn_amount"),
                    "base",
                    "counts_shipping",
                    "minimum_order",
                    "signup_points",
                ),
            },
        ),
        (
            _("What points are worth"),
            {
                "description": _("What the shop promises to take off for points."),
                "fields": (("value_points", "value_amount"),),
            },
        ),
        (
            _("Spending points"),
            {
                "description": _(
                    "Points pay for goods, after all other offers and before tax is added up, "
                    "never for shipping."
                ),
                "fields": (
                    "redeemable",
                    ("redeem_minimum", "redeem_step"),
                    "redeem_share",
                    "redeem_without_tier",
                    "earns_on_redeemed",
                ),
            },
        ),
        (
            _("When orders come back"),
            {
                "description": _(
                    "What is returned, refunded or cancelled loses its points, and gets back the "
                    "points that paid for it."
                ),
                "fields": ("clawback", "return_grace_days"),
            },
        ),
        (
            _("When points become spendable"),
            {
                "description": _(
                    "Points that wait are shown to the member as pending. Let them wait as long "
                    "as goods may be sent back."
                ),
                "fields": ("spendable", "spendable_after_days", "spendable_status"),
            },
        ),
        (
            _("Expiry"),
            {
                "description": _(
                    "Points expire at the end of a day, those that expire soonest are spent "
                    "first, and what a shopper is checking out with stays. A tier may have months "
                    "of its own. Whenever points would expire sooner than before, those that "
                    "members already have are kept for the days of grace; while the programme is "
                    "switched off, nothing expires."
                ),
                "fields": (
                    "expiry",
                    "expiry_months",
                    "expiry_dates",
                    ("active_by_orders", "active_by_earning", "active_by_spending"),
                    "expiry_grace_days",
                    "expiry_after_warning",
                ),
            },
        ),
        (
            _("Tiers"),
            {
                "description": _(
                    "How the ladder is climbed and left. Members rise at once when they reach a "
                    "threshold; they fall only at the daily review, after the days of grace."
                ),
                "fields": ("measure", "window", "window_months", "downgrade", "grace_days"),
            },
        ),
    )

    @admin.display(description=_("what shoppers read"))
    def sentence(self, programme: Programme) -> str:
        return programme.sentence()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("sentence",) if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj:
            return self.fieldsets
        return ((None, {"fields": ("name", "active")}), *self.fieldsets[1:])

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "currency": settings.OSCAR_DEFAULT_CURRENCY,
            "time_zone": settings.TIME_ZONE,
            "starts_at": timezone.now(),
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
