"""The form of a tier."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.staff.names import TranslatedNameForm


class TierForm(TranslatedNameForm):
    """A rung; its rank and threshold are compared with the others, its months with the terms."""

    def clean_expiry_months(self) -> int | None:
        months: int | None = self.cleaned_data["expiry_months"]
        programme = Programme.objects.first()
        refused = programme and programme.refuse_lifetime(months)
        if refused:
            raise ValidationError(refused)
        return months

    class Meta:
        widgets = {"colour": forms.TextInput(attrs={"type": "color"})}
        error_messages = {
            "rank": {
                "unique": _(
                    "Another tier has this rank. Write a rank that is free, or move the other "
                    "tier to a free rank first."
                )
            }
        }


#: Heading, what it is about, and fields.
PARTS = (
    (None, None, ("name", "colour")),
    (
        _("How it is reached"),
        _(
            "Thresholds rise with the ranks. To put a tier between two others, first move "
            "the upper ones to higher ranks, from the top down."
        ),
        ("rank", "threshold", "kept_for_ever", "may_redeem"),
    ),
    (_("Expiry"), None, ("expiry_months",)),
)
