"""The form by which staff correct a member's points."""

import re
import uuid
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oscar_loyalty.flows import adjustment_asked, points_adjusted
from oscar_loyalty.flows.points_adjusted import Reason
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff.member_acts import MemberAct, Outcome
from oscar_loyalty.staff.note_form import NoteForm

#: More than this in one go is a slip of the keyboard.
MOST = 10_000_000
LIMIT = lazy(number_format, str)(MOST, force_grouping=True)


class SignedPointsField(forms.IntegerField):
    """A whole number in the digits of any language, with nothing between them."""

    # A number input would turn Arabic digits away, and 1.000, a thousand to many, into 1.
    widget = AdminTextInputWidget(attrs={"dir": "ltr", "size": 12, "autocomplete": "off"})
    default_error_messages = {
        "invalid": gettext_lazy("Write a whole number of points such as 150 or -150."),
        "min_value": format_lazy(
            gettext_lazy("At most {limit} points can be taken at once."), limit=LIMIT
        ),
        "max_value": format_lazy(
            gettext_lazy("At most {limit} points can be given at once."), limit=LIMIT
        ),
    }

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip().replace("\N{MINUS SIGN}", "-")
        if text and not re.fullmatch(r"[+-]?\d{1,30}", text):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value == 0:
            raise ValidationError(_("Write a number of points other than zero."))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


class AdjustForm(NoteForm):
    """How many points, why, and a number that makes sending the form twice harmless."""

    field_order = ("points", "reason", "note")

    points = SignedPointsField(
        label=gettext_lazy("Points"),
        min_value=-MOST,
        max_value=MOST,
        help_text=gettext_lazy("150 gives points, -150 takes points."),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=[("", "---------"), *Reason.choices]
    )
    source = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class AdjustPoints(MemberAct):
    """Points up or down, once for each form that was shown."""

    form_class = AdjustForm
    slug = "adjust"
    permission = "oscar_loyalty.adjust_points"
    title = gettext_lazy("Adjust points")
    field_of = {
        "invalid-points": "points",
        "insufficient-points": "points",
        "note-missing": "note",
    }

    def perform(self, form: AdjustForm) -> Outcome | None:
        given = form.cleaned_data
        alone = not adjustment_asked.needs_approval(given["points"])
        done = (points_adjusted if alone else adjustment_asked).run(
            self.account.pk,
            given["points"],
            reason=given["reason"],
            note=given["note"],
            actor_id=self.actor_id,
            source=str(given["source"]),
            at=timezone.now(),
        )
        if not done:
            return None
        return self._new_balance() if alone else self._waits(given["points"])

    def done_before(self) -> str:
        return _("This adjustment is already posted; nothing was changed again.")

    def remark(self) -> str:
        account = self.account
        words = ngettext(
            "The balance is %(balance)s; at most %(spendable)s point can be taken.",
            "The balance is %(balance)s; at most %(spendable)s points can be taken.",
            account.spendable,
        )
        return words % {
            "balance": number_format(account.balance, force_grouping=True),
            "spendable": number_format(account.spendable, force_grouping=True),
        }

    def _waits(self, points: int) -> Outcome:
        words = _("The correction of %(member)s by %(points)s waits for a colleague to agree.")
        told = number_format(points, force_grouping=True)
        return words, {"member": self.account, "points": told}

    def _new_balance(self) -> Outcome:
        balance = Account.objects.values_list("balance", flat=True).get(pk=self.account.pk)
        words = ngettext(
            "The balance of %(member)s is now %(points)s point.",
            "The balance of %(member)s is now %(points)s points.",
            balance,
        )
        points = number_format(balance, force_grouping=True)
        return words, {"member": self.account, "points": points}
