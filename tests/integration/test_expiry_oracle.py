"""Whatever happens in whatever order, what expires is what a plain list of lots says."""

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from oscar_loyalty.flows import (
    books_audited,
    expiry_tightened,
    points_expired,
    points_matured,
)
from oscar_loyalty.models import Account, Draw, Programme
from oscar_loyalty.program.ledger import services
from tests import world
from tests.integration.ageing import earn, left, spend

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 1, 29, 15, tzinfo=timezone.utc)
GRACE = 10

amounts = st.integers(1, 40)
acts = st.one_of(
    st.tuples(st.just("earn"), amounts, st.integers(0, 70)),
    st.tuples(st.just("earn"), amounts, st.integers(0, 70)),
    st.tuples(st.just("earn pending"), amounts, st.integers(1, 40)),
    st.tuples(st.just("spend"), amounts),
    st.tuples(st.just("hold"), amounts),
    st.tuples(st.just("let go")),
    st.tuples(st.just("days pass"), st.integers(1, 40)),
    st.tuples(st.just("days pass"), st.integers(1, 40)),
    st.tuples(st.just("months change"), st.integers(1, 3)),
    st.tuples(st.just("switch"), st.sampled_from(["never", "after-earning", "fixed-dates"])),
)


@dataclass
class Shelf:
    """Points with the moment they were earned; `ready_at` is when they may be spent, or could."""

    earned_at: datetime
    points: int
    ready_at: datetime = START
    waits: bool = False


@dataclass
class Member:
    """Lots in order of arrival, what is held, and the terms as the member knows them."""

    at: datetime = START
    shelves: list[Shelf] = field(default_factory=list)
    held: int = 0
    kind: str = "after-earning"
    months: int = 2
    tightened_at: datetime | None = None

    def ready(self) -> list[Shelf]:
        return sorted(
            (shelf for shelf in self.shelves if shelf.points and not shelf.waits),
            key=lambda shelf: shelf.earned_at,
        )

    @property
    def free(self) -> int:
        return sum(shelf.points for shelf in self.ready()) - self.held

    def spend(self, points: int) -> None:
        for shelf in self.ready():
            taken = min(points, shelf.points)
            shelf.points -= taken
            points -= taken

    def change(self, kind: str, months: int) -> None:
        shorter = kind == self.kind and kind == "after-earning" and months < self.months
        if kind != "never" and (kind != self.kind or shorter):
            self.tightened_at = self.at
        self.kind, self.months = kind, months

    def pass_days(self, days: int) -> None:
        self.at += timedelta(days=days)
        for shelf in self.shelves:
            if shelf.waits and shelf.ready_at <= self.at:
                shelf.ready_at, shelf.waits = self.at, False

    def last_day(self, shelf: Shelf) -> date:
        day = shelf.earned_at.date()
        if self.kind == "fixed-dates":
            day = max(day, shelf.ready_at.date())
            while (day.month, day.day) not in ((2, 28), (4, 30)):
                day += timedelta(days=1)
        else:
            day = later(day, self.months)
        if self.tightened_at and shelf.earned_at < self.tightened_at:
            day = max(day, self.tightened_at.date() + timedelta(days=GRACE))
        return day

    def expire(self) -> None:
        """One point after the other; the first of them may be held."""
        if self.kind == "never":
            return
        kept = self.held
        for shelf in self.ready():
            if self.last_day(shelf) < self.at.date():
                stays = min(kept, shelf.points)
                kept -= stays
                shelf.points = stays


def later(day: date, months: int) -> date:
    """Month by month, to the last day there is."""
    wanted, month, year = day.day, day.month, day.year
    for _month in range(months):
        month, year = (1, year + 1) if month == 12 else (month + 1, year)
    while wanted > calendar.monthrange(year, month)[1]:
        wanted -= 1
    return date(year, month, wanted)


def perform(account, member, act, *arguments):
    """The same to the shop and to the member of the oracle."""
    if act in ("spend", "hold"):
        points = min(arguments[0], member.free)
        if points > 0:
            PERFORMED[act](account, member, points)
    else:
        PERFORMED[act](account, member, *arguments)


def come(account, member, points, age):
    earned_at = member.at - timedelta(days=age)
    earn(account, points, at=member.at, earned_at=earned_at)
    member.shelves.append(Shelf(earned_at, points))


def come_later(account, member, points, days):
    ready_at = member.at + timedelta(days=days)
    earn(account, points, at=member.at, pending=True, available_at=ready_at)
    member.shelves.append(Shelf(member.at, points, ready_at, waits=True))


def go(account, member, points):
    spend(account, points, at=member.at)
    member.spend(points)


def hold(account, member, points):
    services.reserve(account.pk, points)
    member.held += points


def let_go(account, member):
    services.let_go(account.pk, member.held)
    member.held = 0


def pass_days(account, member, days):
    member.pass_days(days)
    points_matured.run(at=member.at)


PERFORMED = {
    "earn": come,
    "earn pending": come_later,
    "spend": go,
    "hold": hold,
    "let go": let_go,
    "days pass": pass_days,
    "months change": lambda account, member, months: change(member, member.kind, months),
    "switch": lambda account, member, kind: change(member, kind, member.months),
}


def change(member, kind, months):
    member.change(kind, months)
    programme = Programme.objects.get()
    programme.expiry, programme.expiry_months = kind, months
    expiry_tightened.by_programme(programme, at=member.at)
    Programme.objects.update(expiry=kind, expiry_months=months)


def opened() -> Account:
    world.programme(
        expiry="after-earning",
        expiry_months=2,
        expiry_dates="02-28, 04-30",
        expiry_grace_days=GRACE,
        time_zone="UTC",
    )
    Programme.objects.update(expiry_tightened_at=None)
    return world.member()


@settings(max_examples=60)
@given(st.lists(acts, max_size=25))
def test_what_expires_is_what_a_list_of_lots_says(steps):
    with transaction.atomic():
        account, member = opened(), Member()
        for step in steps:
            perform(account, member, *step)
            points_expired.run(at=member.at)
            member.expire()
            assert left(account) == [shelf.points for shelf in member.shelves if shelf.points]
            account.refresh_from_db()
            assert account.balance == sum(shelf.points for shelf in member.shelves)
            assert account.held == member.held
            assert points_expired.run(at=member.at) == 0
        services.let_go(account.pk, member.held)
        points_expired.run(at=member.at)
        audit = books_audited.run(at=member.at, account_id=account.pk)
        assert audit.violations == []
        transaction.set_rollback(True)


def test_draws_are_soonest_first(db):
    """Partial draws: what was spent came from what would have expired first."""
    account = opened()
    for age, points in ((10, 5), (40, 5), (20, 5)):
        earn(account, points, at=START, earned_at=START - timedelta(days=age))
    spend(account, 7, at=START)
    taken = Draw.objects.order_by("pk").values_list("lot__earned_at", "points")
    assert list(taken) == [(START - timedelta(days=40), 5), (START - timedelta(days=20), 2)]
