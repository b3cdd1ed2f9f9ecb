"""The benefits of a tier, edited with it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.tiers.models import TierBenefit
from oscar_loyalty.staff.benefits import FIELDS, BenefitForm, BenefitFormSet, shipping_help


class BenefitInline(admin.TabularInline):
    """What the members of the tier get."""

    model = TierBenefit
    form = BenefitForm
    formset = BenefitFormSet
    extra = 0
    verbose_name_plural = _("What its members get")
    fields = FIELDS
    # The widgets of the admin are wider than a row of four has room for.
    formfield_overrides = {
        models.DecimalField: {"widget": forms.NumberInput(attrs={"class": "loyalty-narrow"})},
        models.CharField: {"widget": forms.TextInput(attrs={"class": "loyalty-middling"})},
    }

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "range":
            for link in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{link}_related", False)
        if db_field.name == "shipping_methods" and (words := shipping_help()):
            field.help_text = words
        return field
