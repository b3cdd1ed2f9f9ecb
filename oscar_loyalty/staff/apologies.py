"""The form of an apology, and how it is saved."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_model

from oscar_loyalty.flows import apology_listed
from oscar_loyalty.program.apologies.models import Apology

#: Heading, what it is about, and fields; those in brackets stand on one line.
PARTS = (
    (None, None, ("title", "what_happened")),
    (
        _("Which orders it is about"),
        _("Orders that meet all of it; what is left empty does not count."),
        ("product", "partner", ("placed_from", "placed_until"), "statuses"),
    ),
    (_("What the message brings"), None, Apology.PRESENT),
)


class LinesField(forms.CharField):
    """Text of several lines, which end as they do everywhere but in a browser."""

    widget = forms.Textarea(attrs={"class": "vLargeTextField", "rows": 5, "dir": "auto"})
    default_validators = [RegexValidator(r"\w", _("Write what happened."))]

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value)
        return text.replace("\r\n", "\n")


class ApologyForm(forms.ModelForm):
    """What staff apologise for, and the orders by which the members are found."""

    what_happened = LinesField(
        label=capfirst(Apology._meta.get_field("what_happened").verbose_name),
        max_length=Apology._meta.get_field("what_happened").max_length,
        help_text=Apology._meta.get_field("what_happened").help_text,
    )
    statuses = forms.MultipleChoiceField(
        label=capfirst(Apology._meta.get_field("statuses").verbose_name),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=Apology._meta.get_field("statuses").help_text,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "statuses" not in self.fields:
            return
        chosen = self.instance.statuses.splitlines()
        self.initial["statuses"] = chosen
        known = dict.fromkeys([*_statuses(), *chosen])
        self.fields["statuses"].choices = [(status, status) for status in known if status]

    def clean_statuses(self) -> str:
        return "\n".join(self.cleaned_data["statuses"])

    @property
    def means_other_orders(self) -> bool:
        """Whether others are affected than before."""
        return not set(self.changed_data).isdisjoint(Apology.CRITERIA)


def forget_list_of_others(form: ApologyForm) -> None:
    """Of a draft that means other orders now, the list is none any more."""
    if form.means_other_orders:
        apology_listed.forget(form.instance.pk)


def _statuses() -> list[str]:
    """Those that the shop has said there are; else those that its orders have."""
    orders = get_model("order", "Order")
    written = orders.objects.order_by("status").values_list("status", flat=True).distinct()
    return list(orders.all_statuses()) or list(written)
