"""The benefits of a tier as staff write them: each by itself, and compared with each other."""

from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext
from oscar.core.loading import get_class

from oscar_loyalty.program.tiers.models import TierBenefit
from oscar_loyalty.staff import rates

Kind = TierBenefit.Kind
FIELDS = ("kind", "value", "range", "shipping_methods")


class BenefitForm(forms.ModelForm):
    """One row, checked by itself; the formset compares it with the others."""

    def validate_constraints(self) -> None:
        """Newer Djangos would compare the row with what the others were before this form."""


class BenefitFormSet(BaseInlineFormSet):
    """Rows that are compared with each other before the database does it."""

    def clean(self) -> None:
        super().clean()
        seen: set[Any] = set()
        for form in self.forms:
            benefit = form.instance
            if not benefit.kind or not form.is_valid() or self._should_delete_form(form):
                continue
            if benefit.kind == Kind.MULTIPLIER:
                refused = rates.refuse_multiplier(benefit.value)
                if refused:
                    form.add_error("value", refused)
            if _rival(benefit) in seen:
                form.add_error("kind", _refusal(benefit))
            seen.add(_rival(benefit))

    def save_existing_objects(self, commit: bool = True) -> Any:
        if commit and self.initial_forms:
            self._make_way()
        return super().save_existing_objects(commit)

    def _make_way(self) -> None:
        """
        Remove first what is to go, and start anew what changes its kind.

        Row by row, two benefits that swap their kinds would meet under one unique constraint. The
        offers of the old kinds go with their rows.
        """
        going = [form.instance.pk for form in self.deleted_forms]
        turned = [form.instance.pk for form in self.initial_forms if "kind" in form.changed_data]
        TierBenefit.objects.filter(tier=self.instance, pk__in=[*going, *turned]).delete()


def _rival(benefit: TierBenefit) -> Any:
    """What only one benefit of a tier can be."""
    if benefit.kind in TierBenefit.SHIPPING:
        return "shipping"
    return (benefit.kind, benefit.range_id)


def _refusal(benefit: TierBenefit) -> str:
    if benefit.kind in TierBenefit.SHIPPING:
        return gettext("A tier has one shipping benefit. Change the other one, or delete it.")
    if benefit.kind == Kind.MULTIPLIER:
        return gettext("A tier has one multiplier. Change the other one, or delete it.")
    return gettext("This range has a percentage already. Change the other one, or delete it.")


def shipping_help() -> str:
    """Which shipping methods the shop has; empty where nobody can tell."""
    codes = _method_codes()
    if not codes:
        return ""
    return gettext(
        "Codes of the shipping methods, separated by commas; empty for all. The shop has %(codes)s."
    ) % {"codes": ", ".join(codes)}


def _method_codes() -> list[str]:
    """The codes of the shop's usual methods; one that chooses them by basket may name none."""
    methods = getattr(get_class("shipping.repository", "Repository"), "methods", ())
    return [method.code for method in methods if getattr(method, "code", "")]
