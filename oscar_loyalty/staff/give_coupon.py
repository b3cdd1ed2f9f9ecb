"""The form by which staff give a member a coupon."""

import re
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oscar.core.loading import get_model

from oscar_loyalty.errors import InvalidDate
from oscar_loyalty.flows import coupon_given
from oscar_loyalty.flows.coupon_given import LONGEST, Reason
from oscar_loyalty.program.coupons.models import FAULTS, CouponOffer
from oscar_loyalty.program.coupons.policy import MOST
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.staff.member_acts import MemberAct, Outcome

Kind = CouponOffer.Kind


class SumField(forms.DecimalField):
    """A sum such as 10 or 12.50, in the digits of any language, with a point or a comma."""

    widget = AdminTextInputWidget(attrs={"dir": "ltr", "size": 12, "autocomplete": "off"})
    default_error_messages = {"invalid": gettext_lazy("Write a sum such as 10 or 12.50.")}

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "").strip()
        if not text:
            return None
        if not re.fullmatch(r"\d{1,9}([.,]\d{1,2})?", text):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return Decimal(text.replace(",", "."))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


class GiveCouponForm(forms.Form):
    """What it gives, until when, why, and a number that makes sending the form twice harmless."""

    kind = forms.ChoiceField(label=gettext_lazy("Gives"), choices=Kind.choices)
    value = SumField(
        label=gettext_lazy("Value"),
        required=False,
        help_text=gettext_lazy("Per cent, or money; empty for free shipping and for a gift."),
    )
    minimum = SumField(
        label=gettext_lazy("Minimum spend"),
        required=False,
        max_value=MOST,
        help_text=gettext_lazy("What the goods must cost before discounts; empty for any order."),
    )
    range = forms.ModelChoiceField(
        None,
        label=gettext_lazy("Range"),
        required=False,
        empty_label=gettext_lazy("All products"),
        help_text=gettext_lazy(
            "Only its products are discounted, and count for the minimum; a gift is one of them."
        ),
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=[("", "---------"), *Reason.choices]
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=1000,
        validators=[RegexValidator(r"\w", gettext_lazy("Write a note that says why."))],
        widget=AdminTextareaWidget(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("For your colleagues; the member does not see it."),
    )
    source = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["range"].queryset = get_model("offer", "Range").objects.order_by("name")

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        terms = terms_queries.written()
        today = terms.local_date(timezone.now()) if terms else timezone.localdate()
        if not today <= day <= today + LONGEST - timedelta(days=2):
            raise ValidationError(_("Choose a day from today on, within ten years."))
        return day

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if "value" in given and "kind" in given:
            value = given["value"] or Decimal(0)
            most = {Kind.PERCENTAGE: Decimal(100), Kind.AMOUNT: MOST}.get(given["kind"], Decimal(0))
            if value > most or (most and not value):
                self.add_error("value", FAULTS["value"])
        if given.get("kind") == Kind.GIFT and "range" in given and given["range"] is None:
            self.add_error("range", _("A gift is an item of a range: choose which."))
        return given


class GiveCoupon(MemberAct):
    """One coupon for each form that was shown."""

    form_class = GiveCouponForm
    slug = "give-coupon"
    permission = "oscar_loyalty.give_coupon"
    title = gettext_lazy("Give a coupon")
    field_of = {"invalid-coupon": "value", "invalid-date": "last_day", "note-missing": "note"}

    def perform(self, form: GiveCouponForm) -> Outcome | None:
        asked = form.cleaned_data
        gift = coupon_given.gift_of(
            asked["kind"],
            asked["value"] or Decimal(0),
            minimum=asked["minimum"] or Decimal(0),
            range_id=asked["range"].pk if asked["range"] else None,
        )
        given = coupon_given.by_staff(
            self.account.pk,
            gift,
            expires_at=_end_of(asked["last_day"]),
            reason=asked["reason"],
            note=asked["note"],
            actor_id=self.actor_id,
            source=str(asked["source"]),
            at=timezone.now(),
        )
        if not given.new:
            return None
        return _("%(member)s has the coupon %(code)s now, until %(day)s."), {
            "member": self.account,
            "code": given.code,
            "day": date_format(asked["last_day"], "DATE_FORMAT"),
        }

    def done_before(self) -> str:
        return _("This coupon is already given; nothing was given again.")

    def remark(self) -> str:
        return _("The member finds the code in the account and can use it for one order.")


def _end_of(day: date) -> datetime:
    """The end of the day by the programme's clock."""
    terms = terms_queries.written()
    if terms is None:
        raise InvalidDate(_("There is no programme yet."))
    return terms.midnight(day + timedelta(days=1))
