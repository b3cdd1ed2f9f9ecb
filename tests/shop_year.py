"""
Fourteen months of a shop with customers of CDNOW, lived day by day.

Who they are, what they order and say, and when the worker is awake is all decided here, from the
file and from the customers' numbers alone: `live` lets the shop go through it, or the calendar of
`year_calendar`, which works out what must come of it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import islice
from pathlib import Path
from random import Random

from django.utils import timezone as django_timezone
from django.utils.translation import override

from oscar_loyalty.flows import birthday_entered, due_jobs, messages_delivered, preferences_chosen
from oscar_loyalty.models import (
    Account,
    MessageKind,
    MessageLimits,
    Occasion,
    SurpriseSettings,
    WinBackSettings,
)
from oscar_loyalty.program.members.policy import Birth
from oscar_loyalty.program.messages import queries as messages_queries
from tests import world
from tests.mailing import switch_on

#: All of the file, moved so far: then 29 February comes once without its day and once with it.
YEARS_LATER = 30
FIRST, LAST = date(2027, 2, 20), date(2028, 3, 2)
LONG_AGO = datetime(2026, 10, 1, 12, tzinfo=timezone.utc)

LANGUAGES = ("en", "fa", "pl", "ar")
#: Birthdays at the seams of the calendar; all others lie somewhere.
SEAMS = ((2, 29), (1, 1), (12, 31), (2, 28), (3, 1))
WIN_BACK = ("win-back", "win-back-why", "win-back-gift", "win-back-goodbye")


@dataclass(frozen=True)
class Bought:
    """An order; one that is not `signalled` comes into the shop by an import."""

    number: str
    at: datetime
    amount: Decimal
    signalled: bool


@dataclass(frozen=True)
class Said:
    """What a customer wanted to get from then on."""

    at: datetime
    about: str
    wanted: bool


@dataclass(frozen=True)
class Person:
    """A customer: `born` is a month and a day, `reads` the language of their visits."""

    name: str
    born: tuple[int, int]
    reads: str
    orders: tuple[Bought, ...]
    said: tuple[Said, ...]


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """By universal time: the shop's own clock is an hour later in summer."""
    return datetime.combine(day, time(hour, minute), tzinfo=timezone.utc)


def days() -> list[date]:
    """All that are lived."""
    return [FIRST + timedelta(days=past) for past in range((LAST - FIRST).days + 1)]


def customers_of(file: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    """Those of the file who paid for something, each with the days and the amounts."""
    lines = defaultdict(list)
    for line in file.read_text().splitlines():
        customer, _number, day, _units, amount = line.split()
        if Decimal(amount) >= 1:
            lines[customer].append((day, amount))
    return list(lines.items())


def person(customer: str, lines: list[tuple[str, str]]) -> Person:
    """Somebody with orders of the file; all else follows from their number."""
    chance = Random(customer)
    orders = []
    for place, (day, amount) in enumerate(lines):
        on = date(int(day[:4]) + YEARS_LATER, int(day[4:6]), int(day[6:]))
        # In the evening the worker has been there already, as a rule.
        at = moment(on, chance.choice((10, 20)), place % 60)
        # The last are those that a worker who sleeps for long still sees.
        if on <= LAST - timedelta(days=7):
            number = f"{customer}-{place}"
            orders.append(
                Bought(number, at, Decimal(amount), on >= FIRST and chance.random() < 0.8)
            )
    born = date(2000, 1, 1) + timedelta(days=chance.randrange(366))
    seam = int(customer) % (4 * len(SEAMS))
    return Person(
        name=f"cdnow-{customer}",
        born=SEAMS[seam] if seam < len(SEAMS) else (born.month, born.day),
        reads=chance.choice(LANGUAGES),
        orders=tuple(sorted(orders, key=lambda order: order.at)),
        said=tuple(_said(chance)),
    )


def _said(chance: Random) -> Iterator[Said]:
    """Most want offers; some say so later, some change their mind, some are picky."""
    mood, some_day = chance.random(), FIRST + timedelta(days=chance.randrange(400))
    if mood < 0.8:
        yield Said(LONG_AGO, "marketing", True)
    if mood < 0.15 or mood > 0.9:
        yield Said(moment(some_day, 9), "marketing", mood > 0.9)
    if chance.random() < 0.15:
        kind = chance.choice(("check-in", "thank-you", "birthday", "occasion", "win-back-gift"))
        yield Said(LONG_AGO, kind, False)


@dataclass(frozen=True)
class Worker:
    """On which days it is awake, on which it comes late in the evening, on which it works twice."""

    awake: frozenset[date]
    late: frozenset[date]
    twice: frozenset[date]

    def hour(self, day: date) -> datetime:
        """When it works; late is within the quiet hours."""
        return moment(day, 22, 30) if day in self.late else moment(day, 12)


def worker(seed: str) -> Worker:
    """One who is awake for a few days and then sleeps, for a night or for up to six."""
    chance, awake = Random(seed), []
    ahead = iter(days())
    while stretch := list(islice(ahead, chance.randint(1, 5))):
        awake += stretch
        list(islice(ahead, chance.choice((1, 1, 1, 2, 3, 6))))
    late, twice = (
        frozenset(day for day in awake if chance.random() < part) for part in (0.1, 0.05)
    )
    return Worker(frozenset(awake), late, twice)


def live(people: list[Person], working: Worker, where) -> None:
    """Let everything happen there, in its order."""
    happens = [(order.at, "orders", (one, order)) for one in people for order in one.orders]
    happens += [(said.at, "says", (one, said)) for one in people for said in one.said]
    for day in working.awake:
        at = working.hour(day)
        happens += [(moment(day, 11), "posts", ()), (at, "works", ())]
        happens.append((at + timedelta(minutes=30), "posts", ()))
        if day in working.twice:
            happens.append((at + timedelta(minutes=30), "works", ()))
    for at, what, about in sorted(happens, key=lambda happening: happening[:2]):
        getattr(where, what)(at, *about)


class Shop:
    """The real one, by a clock of its own."""

    def __init__(self, people: list[Person], monkeypatch) -> None:
        self.now = LONG_AGO
        monkeypatch.setattr(django_timezone, "now", lambda: self.now)
        _open()
        self.users = {one.name: world.customer(one.name) for one in people}
        found = Account.objects.values_list("user__username", "pk")
        self.accounts: dict[str, int] = dict(found)
        for one in people:
            birth = Birth(one.born[0] * 100 + one.born[1])
            birthday_entered.run(self.accounts[one.name], birth, at=LONG_AGO)

    def says(self, at: datetime, one: Person, said: Said) -> None:
        account_id = self.accounts[one.name]
        preferences_chosen.run(account_id, {said.about: said.wanted}, at=at)

    def orders(self, at: datetime, one: Person, order: Bought) -> None:
        self.now, user = at, self.users[one.name]
        if order.signalled:
            with override(one.reads):
                world.place(user, str(order.amount), number=order.number, at=at)
        else:
            world.unsignalled(user, order.amount, number=order.number, at=at)

    def works(self, at: datetime) -> None:
        self.now = at
        done = due_jobs.run(at=at)
        assert None not in done.values(), done
        self.posts(at)

    def posts(self, at: datetime) -> None:
        self.now = at
        messages_delivered.run(at=at, limit=100_000)


def _open() -> None:
    """What staff would choose before the year begins."""
    world.programme(window="lifetime", downgrade="never", expiry="after-earning", expiry_months=8)
    world.tier("Silver", 1, "60", multiplier="1.50")
    world.tier("Gold", 2, "150", multiplier="2.00")
    plain = ("thank-you", "tier-reached", "occasion", "surprise", *WIN_BACK)
    switch_on(*plain)
    for code, ahead in (
        ("check-in", 7),
        ("review-request", 14),
        ("birthday", 3),
        ("points-expiring", 30),
    ):
        switch_on(code, days=ahead)
    MessageKind.objects.filter(code="birthday").update(gives="percentage", value=10)
    MessageKind.objects.filter(code="win-back-gift").update(gives="points", value=50)
    MessageLimits.objects.update(weekly=2, quiet_from=time(21), quiet_until=time(8))
    Occasion.objects.create(name="New Year", what="new-year", days_ahead=2)
    Occasion.objects.create(name="Nowruz", what="nowruz", days_ahead=7, language="fa")
    Occasion.objects.create(name="Easter", what="easter-western", days_ahead=1)
    WinBackSettings.objects.create(singleton=1, hold_out=30, step_days=7)
    SurpriseSettings.objects.create(budget=4, chance=100, least_days=90, gives="amount", value=1)
    messages_queries.forget_active()
