"""A member's birthday on the account page: what is known, and what can be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.program.members import policy
from oscar_loyalty.program.members import queries as members_queries
from oscar_loyalty.program.members.policy import Birth
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.words import birthdays
from oscar_loyalty.words.wording import sentence


@dataclass(frozen=True)
class BirthdayCard:
    """The birthday as it is known, if it is; the `form` while it may be changed, or why not."""

    known: SafeString | None
    form: "BirthdayForm | None"
    locked: SafeString | None


class BirthdayForm(forms.Form):
    """A day, a month, and a year or none, in the digits of any language."""

    day = forms.RegexField(r"^\d{1,2}$", label=gettext_lazy("Day"), strip=True)
    month = forms.TypedChoiceField(
        label=gettext_lazy("Month"), coerce=int, choices=[("", "–"), *MONTHS.items()]
    )
    year = forms.RegexField(
        r"^\d{4}$", label=gettext_lazy("Year, if you like"), strip=True, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-control"
            field.widget.attrs["autocomplete"] = f"bday-{name}"
        for name, length in (("day", 2), ("year", 4)):
            self.fields[name].widget.attrs.update(inputmode="numeric", maxlength=length)

    @property
    def birth(self) -> Birth:
        """What was written, whether there is such a day or not."""
        day, month, year = (self.cleaned_data[name] for name in ("day", "month", "year"))
        return Birth(month * 100 + int(day), int(year) if year else None)


def card(account_id: int, terms: Terms, *, at: datetime) -> BirthdayCard:
    """What the page shows, in one query."""
    row = members_queries.birthday_of(account_id)
    known = row.month_day if row else None
    changeable_on = policy.changeable_on(row.changed_date) if row else None
    locked = changeable_on if changeable_on and changeable_on > terms.local_date(at) else None
    return BirthdayCard(
        known=_known(row) if row and known else None,
        form=None if locked else BirthdayForm(auto_id="loyalty-birthday-%s", initial=_initial(row)),
        locked=sentence(_("You can change it again from {day} on."), day=locked)
        if locked
        else None,
    )


def _known(row: Any) -> SafeString:
    return sentence(_("Your birthday: {day}"), day=birthdays.told(row.month_day, row.year))


def _initial(row: Any) -> Mapping[str, int | None]:
    if row is None or row.month_day is None:
        return {}
    month, day = divmod(row.month_day, 100)
    return {"day": day, "month": month, "year": row.year}
