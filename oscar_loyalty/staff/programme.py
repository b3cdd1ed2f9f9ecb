"""The form of the programme: its terms in plain language, part by part."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_model

from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.ledger.models import Entry
from oscar_loyalty.program.terms.models import Programme, time_zones
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.staff import rates
from oscar_loyalty.staff.names import TranslatedNameForm

#: Heading, what it is about, and fields; those in brackets stand on one line.
PARTS = (
    (
        None,
        None,
        ("name", "active"),
    ),
    (
        _("Where and since when"),
        _(
            "The time zone decides when a day, a month or a year begins. The currency "
            "cannot be changed any more once there are entries in the books."
        ),
        ("currency", "time_zone", "starts_at"),
    ),
    (
        _("Earning"),
        _(
            "What counts is what was paid for the goods after all discounts. Points are "
            "added up over the whole order and rounded down once."
        ),
        (
            ("earn_points", "earn_amount"),
            "base",
            "counts_shipping",
            "minimum_order",
            "signup_points",
        ),
    ),
    (
        _("What points are worth"),
        _("What the shop promises to take off for points."),
        (("value_points", "value_amount"),),
    ),
    (
        _("Spending points"),
        _(
            "Points pay for goods, after all other offers and before tax is added up, "
            "never for shipping."
        ),
        (
            "redeemable",
            ("redeem_minimum", "redeem_step"),
            "redeem_share",
            "redeem_without_tier",
            "earns_on_redeemed",
        ),
    ),
    (
        _("When orders come back"),
        _(
            "What is returned, refunded or cancelled loses its points, and gets back the "
            "points that paid for it."
        ),
        ("clawback", "return_grace_days"),
    ),
    (
        _("When points become spendable"),
        _(
            "Points that wait are shown to the member as pending. Let them wait as long "
            "as goods may be sent back."
        ),
        ("spendable", "spendable_after_days", "spendable_status"),
    ),
    (
        _("Expiry"),
        _(
            "Points expire at the end of a day, those that expire soonest are spent "
            "first, and what a shopper is checking out with stays. A tier may have months "
            "of its own. Whenever points would expire sooner than before, those that "
            "members already have are kept for the days of grace; while the programme is "
            "switched off, nothing expires."
        ),
        (
            "expiry",
            "expiry_months",
            "expiry_dates",
            ("active_by_orders", "active_by_earning", "active_by_spending"),
            "expiry_grace_days",
            "expiry_after_warning",
        ),
    ),
    (
        _("Tiers"),
        _(
            "How the ladder is climbed and left. Members rise at once when they reach a "
            "threshold; they fall only at the daily review, after the days of grace."
        ),
        ("measure", "window", "window_months", "downgrade", "grace_days"),
    ),
    (_("Corrections by staff"), None, ("approve_above",)),
)


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


def first_terms() -> dict[str, Any]:
    """What the form of a new programme shows at first."""
    return {
        "currency": settings.OSCAR_DEFAULT_CURRENCY,
        "time_zone": settings.TIME_ZONE,
        "starts_at": timezone.now(),
    }
