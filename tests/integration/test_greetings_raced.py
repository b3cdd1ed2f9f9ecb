"""Several workers search and draw at the same moment: everybody is greeted or surprised once."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone as django_timezone

from oscar_loyalty.flows import books_audited, occasions_greeted, surprises_drawn
from oscar_loyalty.models import (
    Account,
    Coupon,
    Message,
    Occasion,
    SurpriseDraw,
    SurpriseGift,
    SurpriseSettings,
)
from oscar_loyalty.program.surprises import policy
from tests.mailing import switch_on, willing
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2027, 3, 20, 12, tzinfo=timezone.utc)
MEMBERS, WORKERS = 20, 4


@pytest.fixture
def members(programme, require_postgres, monkeypatch):
    """Several chunks of them."""
    monkeypatch.setattr("oscar_loyalty.flows.audience.CHUNK", 6)
    switch_on("occasion", "surprise")
    return [willing(f"member{number}").pk for number in range(MEMBERS)]


def keys():
    return sorted(Message.objects.values_list("key", flat=True))


@pytest.mark.parametrize(
    "gift",
    [
        {"gives": "nothing"},
        {"gives": "points", "value": Decimal(50)},
        {"gives": "percentage", "value": Decimal(10)},
    ],
)
def test_an_occasion(members, gift):
    occasion = Occasion.objects.create(name="Nowruz", what="nowruz", **gift)
    greeted = at_once([partial(occasions_greeted.run, at=NOON)] * WORKERS)
    assert sum(greeted) == MEMBERS
    assert keys() == sorted(f"occasion:{occasion.pk}:2027-03-21:{one}" for one in members)
    coupons = Coupon.objects.values_list("account", flat=True)
    assert sorted(coupons) == (members if gift["gives"] == "percentage" else [])
    points = 50 if gift["gives"] == "points" else 0
    assert list(Account.objects.values_list("balance", flat=True)) == [points] * MEMBERS
    assert books_audited.run(at=django_timezone.now()).violations == []


def test_a_draw(members, monkeypatch):
    monkeypatch.setattr(policy, "limit", lambda chance, day: policy.NUMBERS)
    SurpriseSettings.objects.create(
        budget=Decimal("6.99"), chance=1, least_days=1, gives="amount", value=Decimal("0.50")
    )
    surprised = at_once([partial(surprises_drawn.run, at=NOON)] * WORKERS)
    assert sum(surprised) == 13
    winners = set(SurpriseGift.objects.values_list("account_id", flat=True))
    assert keys() == sorted(f"surprise:2027-03-20:{one}" for one in winners)
    assert set(Coupon.objects.values_list("account_id", flat=True)) == winners
    assert (SurpriseDraw.objects.count(), len(winners), Coupon.objects.count()) == (1, 13, 13)


def test_draws_of_two_days(members, monkeypatch):
    """As at midnight: the later one sees what the other has spent, and on whom."""
    monkeypatch.setattr(policy, "limit", lambda chance, day: policy.NUMBERS)
    SurpriseSettings.objects.create(
        budget=Decimal("6.00"), chance=1, least_days=2, gives="points", value=50
    )
    days = [NOON + timedelta(days=number) for number in range(2)]
    at_once([partial(surprises_drawn.run, at=day) for day in days] * 2)
    assert SurpriseDraw.objects.count() == 2
    winners = SurpriseGift.objects.values_list("account_id", flat=True)
    assert (len(winners), len(set(winners))) == (12, 12)
    assert Message.objects.count() == 12
