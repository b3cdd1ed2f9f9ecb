"""A member says when they were born, so that the shop can celebrate it; or takes it back."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.errors import BirthdayRefused, InvalidDate
from oscar_loyalty.flows import message_queued
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.members import policy
from oscar_loyalty.program.members import queries as members_queries
from oscar_loyalty.program.members import services as members
from oscar_loyalty.program.members.policy import Birth
from oscar_loyalty.program.messages.policy import BIRTHDAY
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.words.wording import written

FAULTS = {
    "day": gettext_lazy("There is no such day: look at the day and the month again."),
    "leap-day": gettext_lazy("There was no 29 February in that year."),
    "year": gettext_lazy(
        "Write the year you were born in with four digits, or leave the year out."
    ),
}


@transaction.atomic
def run(account_id: int, birth: Birth, *, at: datetime) -> None:
    """
    Keep the birthday; the same day again changes its year at most.

    :raises BirthdayRefused: if the shop celebrates none, or it was changed within a year.
    :raises InvalidDate: if nobody can be born then.
    """
    terms = terms_queries.current()
    if terms is None or not message_queued.is_on(BIRTHDAY):
        raise BirthdayRefused(_("The shop celebrates no birthdays at present."))
    today = terms.local_date(at)
    wrong = policy.fault(birth, today)
    if wrong:
        raise InvalidDate(str(FAULTS[wrong]))
    account_id = ledger.lock_current(account_id)
    known = members_queries.birthday_of(account_id)
    if known and known.month_day == birth.month_day:
        members.write_year(account_id, birth.year)
        return
    _refuse_early(known.changed_date if known else None, today)
    members.enter_birthday(account_id, birth, today=today)


@transaction.atomic
def remove(account_id: int) -> None:
    """Keep the birthday no more; what was celebrated and changed is remembered."""
    members.forget_birthday(ledger.lock_current(account_id))


def _refuse_early(changed_on: date | None, today: date) -> None:
    day = policy.changeable_on(changed_on)
    if day and day > today:
        raise BirthdayRefused(
            _("A birthday can be changed once a year: yours from %(day)s on.")
            % {"day": written(day)}
        )
