"""Birthdays in tests: entered, and looked for on a day."""

from datetime import datetime, timedelta, timezone

from django.utils import timezone as django_timezone

from oscar_loyalty.flows import birthday_entered, birthdays_found
from oscar_loyalty.models import Birthday, Coupon, MessageKind
from oscar_loyalty.program.members.policy import WAIT, Birth
from oscar_loyalty.program.terms import queries as terms_queries
from tests import world
from tests.mailing import switch_on, willing


def celebrated(*, days=0, **present):
    """Let birthdays be celebrated with 10 % off, so many days ahead."""
    switch_on("birthday", days=days)
    brings = {"gives": "percentage", "value": "10.00", **present}
    MessageKind.objects.filter(code="birthday").update(**brings)


def enter(account, month_day, *, on, year=None):
    """A member's word, given on that day."""
    birthday_entered.run(account.pk, Birth(month_day, year), at=noon(on))


def member(month_day, *, on, name=""):
    """Somebody who said so on that day."""
    made = world.member(name)
    enter(made, month_day, on=on)
    return made


def guests(count):
    """So many who want letters, and whose birthday is today."""
    now = django_timezone.now()
    today = terms_queries.written().local_date(now)
    made = [willing(f"guest{number}") for number in range(count)]
    for guest in made:
        enter(guest, today.month * 100 + today.day, on=today - WAIT)
    return made


def search(day):
    """How many birthdays were celebrated on that day."""
    return birthdays_found.run(at=noon(day))


def searches(first, last, *, asleep=()):
    """The days on which somebody's birthday was celebrated, searched daily but when asleep."""
    days = [first + timedelta(days=past) for past in range((last - first).days + 1)]
    return [day for day in days if day not in asleep and search(day)]


def found_around(*days):
    """The same for the five days before and after each of these."""
    near = [(day - timedelta(days=5), day + timedelta(days=5)) for day in days]
    return [found for first, last in near for found in searches(first, last)]


def years(account):
    """The years whose birthday was celebrated with a coupon, in their order."""
    keys = Coupon.objects.filter(account=account).order_by("pk").values_list("key", flat=True)
    return [int(key.removeprefix(f"birthday:{account.pk}:")) for key in keys]


def known(account):
    """The day that is known of the member, or None."""
    return Birthday.objects.get(account=account).month_day


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc)
