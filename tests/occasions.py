"""Occasions as tests set them up, and the days on which members are greeted."""

from datetime import date, datetime, timezone

from oscar_loyalty.flows import occasions_greeted
from oscar_loyalty.models import Message, Occasion


def occasion(what="nowruz", **fields):
    """One that is named after what it is."""
    return Occasion.objects.create(**{"name": what.title(), "what": what, **fields})


def noon(day):
    """The middle of a day, in universal time."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc)


def greet(*days):
    """How many were greeted on each day."""
    return [occasions_greeted.run(at=noon(day)) for day in days]


def greeted():
    """Who was greeted, and for which day of the calendar, in order."""
    rows = Message.objects.filter(kind="occasion").order_by("pk")
    return [(row.account.user.username, row.about.partition(":")[2]) for row in rows]
