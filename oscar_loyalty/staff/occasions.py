"""The form of an occasion, and its next dates."""

from datetime import date
from itertools import islice
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.occasions.models import Occasion
from oscar_loyalty.program.occasions.policy import Feast, occurrences
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import mails
from oscar_loyalty.staff.names import TranslatedNameForm

#: So many of the next dates are shown, so that a mistake is seen.
DATES_SHOWN = 3
#: Heading, what it is about, and fields; those in brackets stand on one line.
PARTS = (
    (None, None, ("name", "active")),
    (
        _("When it is"),
        _(
            "The message goes out as soon as the occasion is so many days ahead, once "
            "each year to each member, and no longer after the day itself."
        ),
        ("what", ("month", "day"), "announced_date", "days_ahead"),
    ),
    (_("Whom it is for"), None, ("language", "tier", "hold_out")),
    (_("What the message brings"), None, Occasion.PRESENT),
)


class OccasionForm(TranslatedNameForm):
    """An occasion; its members' language is one of the shop's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            names = ((code, gettext(name)) for code, name in mails.written_in().items())
            self.fields["language"] = forms.ChoiceField(
                label=_("Members who read"),
                choices=[("", gettext("Any language")), *names],
                required=False,
            )

    def clean_what(self) -> str:
        what: str = self.cleaned_data["what"]
        if what != Occasion.What.FIXED and not next_dates(Feast(what)):
            raise ValidationError(
                gettext(
                    "The calendar of this occasion is not known any further. Choose a date of its "
                    "own."
                )
            )
        return what


def reader_of(occasion: Occasion) -> str:
    """The members it is for, by the language they read."""
    name = mails.written_in().get(occasion.language, occasion.language)
    return gettext(name) if name else gettext("Any language")


def next_dates(feast: Feast) -> list[date]:
    """When it is next, as far as its calendar is known."""
    at, terms = timezone.now(), terms_queries.written()
    today = terms.local_date(at) if terms else timezone.localdate(at)
    return [one.kept_date for one in islice(occurrences(feast, since=today), DATES_SHOWN)]
