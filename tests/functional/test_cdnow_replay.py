"""
A real shop's orders, replayed, against what the file itself says.

The CDNOW sample is 6,919 orders of 2,357 customers from January 1997 to June 1998. What everybody
must have is worked out here from the lines of the file, day by day and in whole pence, by the
promise in the README alone: nothing of the plugin is asked.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.utils import timezone

from oscar_loyalty.flows import books_audited
from oscar_loyalty.models import Account, Award, Standing
from tests import cdnow, world
from tests.conftest import missing

# It takes long, and is the same on every database: once is enough.
pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

SAMPLE = "CDNOW_sample.txt"
NIGHT = datetime(1998, 6, 30, 22, tzinfo=ZoneInfo("Europe/London"))
LAST_DAY = NIGHT.date()
TIERS = ("", "Silver", "Gold")


@dataclass(frozen=True)
class Promise:
    """A programme as a manager would say it: money in pence, multipliers in hundredths."""

    points_per_pound: int
    thresholds: tuple[int, int]
    multipliers: tuple[int, int, int]
    measure: str
    window: str
    downgrade: str
    grace_days: int = 0
    minimum: int = 0
    kept: int = 0


PROMISES = {
    "twelve rolling months, 30 days of grace": Promise(
        points_per_pound=1,
        thresholds=(10_000, 25_000),
        multipliers=(100, 150, 200),
        measure="spend",
        window="rolling",
        downgrade="to-qualified",
        grace_days=30,
    ),
    "the calendar year, one tier at a time": Promise(
        points_per_pound=3,
        thresholds=(3, 7),
        multipliers=(100, 110, 125),
        measure="orders",
        window="calendar-year",
        downgrade="one-rung",
        grace_days=90,
        minimum=1_000,
    ),
    "all time, counted in points, Silver for ever": Promise(
        points_per_pound=2,
        thresholds=(300, 1_000),
        multipliers=(100, 133, 175),
        measure="points",
        window="lifetime",
        downgrade="never",
        kept=1,
    ),
}


@pytest.fixture(
    params=[
        pytest.param(promise, id=name, marks=[] if promise.grace_days == 30 else pytest.mark.slow)
        for name, promise in PROMISES.items()
    ]
)
def promise(request, db):
    """The promise, entered as a manager would."""
    promised = request.param
    world.programme(
        earn_points=promised.points_per_pound,
        measure=promised.measure,
        window=promised.window,
        downgrade=promised.downgrade,
        grace_days=promised.grace_days,
        minimum_order=f"{promised.minimum / 100:.2f}",
    )
    unit = 100 if promised.measure == "spend" else 1
    for rank in (1, 2):
        world.tier(
            TIERS[rank],
            rank,
            promised.thresholds[rank - 1] // unit,
            multiplier=f"{promised.multipliers[rank] / 100:.2f}",
            kept_for_ever=rank == promised.kept,
        )
    return promised


@pytest.fixture
def sample(monkeypatch):
    """The file, on the evening of its last day."""
    monkeypatch.setattr(timezone, "now", lambda: NIGHT)
    return cdnow.file(SAMPLE) or missing(cdnow.MISSING)


def test_every_customer_has_what_the_file_says(promise, sample):
    printed = replayed(sample)
    expected = {name: Customer(orders).live(promise) for name, orders in histories(sample).items()}

    points = dict(Account.objects.values_list("user__username", "balance"))
    assert points == {name: customer.points for name, customer in expected.items()}
    standings = Standing.objects.select_related("tier", "account__user")
    tiers = {standing.account.user.username: str(standing.tier or "") for standing in standings}
    assert tiers == {name: TIERS[customer.tier] for name, customer in expected.items()}

    total = sum(customer.points for customer in expected.values())
    members = Counter(tiers.values())
    assert min(members[name] for name in TIERS) > 10, "a programme that tells nobody apart"
    assert printed == {
        "Members": "2357",
        "Orders": "6919 (6919 of them now)",
        "Points": f"{total} ({total} of them now)",
        "No tier": str(members[""]),
        "Silver": str(members["Silver"]),
        "Gold": str(members["Gold"]),
        "Liability": pounds(total),
    }
    assert books_audited.run(at=NIGHT).violations == []

    again = replayed(sample)
    assert again["Points"] == f"{total} (0 of them now)"
    assert Award.objects.count() == 6919


def replayed(sample):
    """What the replay prints of the programme, by its label."""
    out = StringIO()
    call_command("replay_orders", sample, stdout=out, stderr=StringIO())
    labelled = (line.partition(": ") for line in out.getvalue().splitlines())
    return {label: figure for label, _colon, figure in labelled if not label[0].isdigit()}


def pounds(points):
    """100 points are £1."""
    text = f"£{points // 100:,}.{points % 100:02}"
    return text.removesuffix(".00")


def histories(sample):
    """For each customer of the file, the amounts in pence by day, in the order of its lines."""
    found = defaultdict(lambda: defaultdict(list))
    for line in sample.read_text().splitlines():
        customer, _number, day, _units, amount = line.split()
        when = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        whole, _point, part = amount.partition(".")
        found[f"cdnow-{customer}"][when].append(int(whole) * 100 + int(part))
    return found


class Customer:
    """Somebody who gets up every morning, is reviewed, and then buys."""

    def __init__(self, orders):
        self.orders, self.points, self.tier = orders, 0, 0
        self.below_since, self.counted = None, []

    def live(self, promise):
        today = min(self.orders)
        while today <= LAST_DAY:
            self.be_reviewed(promise, today)
            for pence in self.orders.get(today, ()):
                self.buy(promise, today, pence)
            today += timedelta(days=1)
        return self

    def buy(self, promise, today, pence):
        if pence < promise.minimum or pence == 0:
            return
        earned = pence * promise.points_per_pound * promise.multipliers[self.tier] // 10_000
        self.points += earned
        self.counted.append((today, {"spend": pence, "orders": 1, "points": earned}))
        reached = self.reached(promise, today)
        if reached > self.tier:
            self.tier, self.below_since = reached, None

    def be_reviewed(self, promise, today):
        reached = self.reached(promise, today)
        if reached >= self.tier or promise.downgrade == "never":
            self.tier, self.below_since = max(reached, self.tier), None
            return
        self.below_since = self.below_since or today
        if (today - self.below_since).days >= promise.grace_days:
            self.tier = self.tier - 1 if promise.downgrade == "one-rung" else reached
            self.below_since = None

    def reached(self, promise, today):
        first = {
            "rolling": a_year_before(today),
            "calendar-year": date(today.year, 1, 1),
            "lifetime": date.min,
        }[promise.window]
        made = sum(counts[promise.measure] for day, counts in self.counted if day >= first)
        return sum(made >= threshold for threshold in promise.thresholds)


def a_year_before(day):
    return date(day.year - 1, day.month, min(day.day, 28 if day.month == 2 else 31))
