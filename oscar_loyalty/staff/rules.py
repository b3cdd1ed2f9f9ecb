"""The form in which staff write what a rule says from some moment on."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.earning.models import RuleVersion
from oscar_loyalty.program.terms.models import YEARS
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.shop import mails, orders, places

#: Heading, what it is about, and fields.
PARTS = (
    (None, None, ("name", "in_force_from")),
    (
        _("What earns"),
        _("About a product, a category or a range; with none of them about the whole order."),
        ("trigger", "action", "product", "category", "range"),
    ),
    (
        _("What it gives"),
        _(
            "Extra points come on top as they are written; the multiplier of a tier and the "
            "multiples of rules are about the points by the programme's rate."
        ),
        (
            "effect",
            ("points", "every", "per_amount"),
            "factor",
            "expiry_months",
        ),
    ),
    (
        _("When and for whom"),
        _("All of it must be met; what is left empty does not count."),
        (
            ("first_day", "last_day"),
            "weekdays",
            ("from_time", "until_time"),
            "tiers",
            "groups",
            "languages",
            "countries",
            ("minimum", "nth_order"),
        ),
    ),
    (
        _("Limits"),
        _("What is cancelled or comes back gives its room back to them."),
        ("cap_order", ("cap_period", "period"), "cap_member", "budget"),
    ),
    (_("Beside other rules"), None, ("stackable", "priority")),
    (
        _("Try it"),
        _("What an order would have earned with the rule as it is written here; nothing is saved."),
        (("try_order", "try_at"),),
    ),
)

Choices = Iterable[tuple[Any, Any]]


class SeveralField(forms.TypedMultipleChoiceField):
    """Any of several, kept in order; what was chosen before and is gone may stay."""

    widget = forms.CheckboxSelectMultiple

    def offer(self, choices: Choices, chosen: Iterable[Any]) -> None:
        """Offer these, and those that were chosen."""
        offered = dict(choices)
        self.choices = [*offered.items(), *((one, one) for one in chosen if one not in offered)]


def _several(name: str, coerce: Any) -> SeveralField:
    label = capfirst(RuleVersion._meta.get_field(name).verbose_name)
    return SeveralField(label=label, coerce=coerce, required=False, empty_value=[])


class RuleForm(forms.ModelForm):
    """A version, new or as a change of the one there is, and an order to try it on."""

    weekdays = _several("weekdays", int)
    tiers = _several("tiers", int)
    groups = _several("groups", int)
    languages = _several("languages", str)
    countries = _several("countries", str)
    try_order = forms.CharField(label=_("Order number"), required=False, max_length=128)
    try_at = forms.DateTimeField(
        label=capfirst(_("as if placed on")),
        required=False,
        help_text=_("Such as 2026-12-24 18:00; empty for its own date."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A version that is still to come is changed from the moment on that it would begin.
        since = [timezone.now().replace(microsecond=0), self.instance.in_force_from]
        self.initial["in_force_from"] = max(filter(None, since))
        days = ((day + 1, name) for day, name in WEEKDAYS.items())
        offers: dict[str, Choices] = {
            "weekdays": days,
            "tiers": [(0, gettext("No tier")), *((tier.pk, str(tier)) for tier in _ladder())],
            "groups": Group.objects.order_by("name").values_list("pk", "name"),
            "languages": ((code, gettext(name)) for code, name in mails.written_in().items()),
            "countries": places.countries(),
        }
        for name, choices in offers.items():
            if name in self.fields:
                self.fields[name].offer(choices, getattr(self.instance, name))
        if "countries" in self.fields:
            self.fields["countries"].widget = forms.SelectMultiple(
                choices=self.fields["countries"].choices
            )

    def clean_minimum(self) -> Any:
        return self.cleaned_data["minimum"] or 0

    def clean_in_force_from(self) -> datetime | None:
        since: datetime | None = self.cleaned_data["in_force_from"]
        before = self.instance.pk and RuleVersion.objects.get(pk=self.instance.pk)
        if before and since is None:
            raise ValidationError(gettext("Write from when on this version is in force."))
        if before and before.in_force_from and since and since < before.in_force_from:
            raise ValidationError(
                gettext("The version before it begins later; write its moment or a later one.")
            )
        return since

    def clean_try_at(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data["try_at"]
        if moment and moment.year not in YEARS:
            raise ValidationError(gettext("Write a day between 1990 and 2100."))
        return moment

    def clean_try_order(self) -> str:
        number: str = self.cleaned_data["try_order"].strip()
        if number and orders.facts_of(number) is None:
            raise ValidationError(gettext("There is no such order."))
        return number

    class Meta:
        model = RuleVersion
        fields = (
            "name",
            "in_force_from",
            "trigger",
            "action",
            "product",
            "category",
            "range",
            "effect",
            "points",
            "every",
            "per_amount",
            "factor",
            "expiry_months",
            "first_day",
            "last_day",
            "weekdays",
            "from_time",
            "until_time",
            "tiers",
            "groups",
            "languages",
            "countries",
            "minimum",
            "nth_order",
            "cap_order",
            "cap_member",
            "cap_period",
            "period",
            "budget",
            "stackable",
            "priority",
        )
        widgets = {
            "from_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "until_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }


def _ladder() -> Iterable[Tier]:
    return Tier.objects.order_by("rank")
