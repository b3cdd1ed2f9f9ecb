"""The form of a flash sale, with the tiers that buy first."""

from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.flows import flash_sale_planned
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns.models import FlashSale
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.staff.names import TranslatedNameForm

#: Heading, what it is about, and fields; those in brackets stand on one line.
PARTS = (
    (None, None, ("name", "active", ("announced", "hold_out"))),
    (
        _("What is sold, and for how much"),
        _(
            "No other offer takes anything off these units; coupons and points come off "
            "afterwards. Once the sale has begun, this stays as it is."
        ),
        ("product", "range", ("kind", "value", "currency")),
    ),
    (_("When"), None, ("starts_at", "ends_at", "tiers_only")),
    (
        _("How many"),
        _(
            "A unit is kept for a basket from when its payment begins. If the payment "
            "fails, takes too long, or the order is cancelled while the sale is on, "
            "somebody else can have it."
        ),
        ("units", "per_customer", "payment_minutes"),
    ),
)


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
            # The early hours are those that are written beside it, not those of before.
            planned = replace(campaigns_queries.as_written(self.instance), early=())
            for field, words in flash_sale_planned.refusals(planned, at=timezone.now()):
                self.add_error(field if field in self.fields else None, words)
            # For those who read the hours of its tiers, once this is right.
            self.instance.planned = None if self.errors else planned


class FlashSaleTierFormSet(forms.BaseInlineFormSet):
    """A sale for tiers alone has one; nobody's early hours are those of another sale."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form.cleaned_data.get("tier")]
        kept = [form for form in kept if not form.cleaned_data.get("DELETE")]
        if self.instance.tiers_only and not kept and not any(self.errors):
            raise ValidationError(
                gettext("The sale is only for tiers: choose at least one, or open it to all.")
            )
        planned = getattr(self.instance, "planned", None)
        if planned and not any(self.errors):
            early = tuple(
                (form.cleaned_data["tier"].rank, form.cleaned_data["hours"]) for form in kept
            )
            if words := flash_sale_planned.clash(replace(planned, early=early), at=timezone.now()):
                raise ValidationError(words)


def _has_begun(sale: FlashSale) -> bool:
    """Whether somebody could buy by now."""
    return (
        sale.pk is not None and campaigns_queries.as_written(sale).first_opens_at <= timezone.now()
    )
