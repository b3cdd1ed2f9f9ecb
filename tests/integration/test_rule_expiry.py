"""Points that expire on a day of their own, such as extra points of a rule."""

from datetime import datetime, timedelta, timezone

import pytest
from django.utils import timezone as django_timezone

from oscar_loyalty.flows import backfill, books_audited, order_recalculated, points_expired
from oscar_loyalty.models import Account, Award, Entry, Lot, Standing
from oscar_loyalty.program.ledger import services
from tests import world
from tests.integration.ageing import change, earn, left, on, terms

pytestmark = pytest.mark.django_db

PLACED = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
#: The last day is 28 February.
THE_END = datetime(2026, 3, 1, tzinfo=timezone.utc)


@pytest.fixture
def programme():
    return world.programme()


@pytest.fixture
def pot(programme):
    made = world.product("10.00")
    world.rule(product=made, points=50, expiry_months=1)
    return made


@pytest.fixture
def order(pot):
    """Ten points, and fifty that are good for a month."""
    return world.place(world.customer("bob"), products=[pot], at=PLACED)


def balance():
    return Account.objects.get(user__username="bob").balance


def entries():
    return list(Entry.objects.order_by("seq").values_list("key", "points", "lot__expires_at"))


def put(order, status, *, at):
    order.status = status
    order.save()
    order_recalculated.run(order.number, at=at)


def test_an_order_has_an_entry_for_each_day(order):
    assert entries() == [
        (f"earn:{order.number}", 10, None),
        (f"earn:{order.number}::2", 50, THE_END),
    ]
    award = Award.objects.get()
    assert (award.points, award.carried) == (60, 60)
    assert books_audited.run(at=PLACED + timedelta(days=1)).violations == []


def test_only_they_expire_though_the_programme_lets_points_live_for_ever(order):
    assert points_expired.run(at=THE_END - timedelta(seconds=1)) == 0
    assert balance() == 60
    assert points_expired.run(at=THE_END) == 1
    assert balance() == 10
    assert points_expired.run(at=THE_END + timedelta(days=5000)) == 0
    assert books_audited.run(at=django_timezone.now()).violations == []


def test_a_cancelled_order_takes_all_and_reinstated_gives_each_its_day(order):
    put(order, "Cancelled", at=PLACED + timedelta(days=1))
    assert balance() == 0
    put(order, "Pending", at=PLACED + timedelta(days=2))
    assert balance() == 60
    lots = Lot.objects.filter(open=True).order_by("pk").values_list("remaining", "expires_at")
    assert list(lots) == [(10, None), (50, THE_END)]
    put(order, "Cancelled", at=PLACED + timedelta(days=3))
    put(order, "Pending", at=PLACED + timedelta(days=4))
    assert balance() == 60


def test_a_backfill_writes_the_same(pot):
    order = world.unsignalled(world.customer("bob"), "10.00", at=PLACED)
    order.lines.update(product=pot)
    backfill.run(at=PLACED + timedelta(days=1))
    assert entries() == [
        (f"earn:{order.number}", 10, None),
        (f"earn:{order.number}::2", 50, THE_END),
    ]
    assert books_audited.run(at=PLACED + timedelta(days=1)).violations == []


def test_without_a_rule_of_its_own_everything_is_one_entry(programme):
    lamp = world.product("10.00")
    world.rule(product=lamp, points=5)
    world.place(world.customer("bob"), products=[lamp])
    assert [(points, until) for _key, points, until in entries()] == [(15, None)]


def test_they_expire_however_active_their_owner_is(programme):
    terms(programme, expiry="inactivity")
    eve = world.customer("eve")
    earn(eve.loyalty_account, 30, at=on("2025-10-01"), expires_at=on("2025-11-01"))
    earn(eve.loyalty_account, 20, at=on("2025-10-01"))
    world.place(eve, "10.00", at=on("2025-10-15"))
    points_expired.run(at=on("2025-11-02"))
    assert left(eve.loyalty_account) == [20, 10]


def test_they_expire_whatever_tier_their_owner_has_come_to(programme):
    gold, silver = world.tier("Gold", 2, "300", expiry_months=24), world.tier("Silver", 1, "100")
    terms(programme, expiry="after-earning")
    for name, tier in (("alice", gold), ("bob", None), ("eve", silver)):
        account = world.customer(name).loyalty_account
        Standing.objects.filter(account=account).update(tier=tier, since=on("2025-10-20"))
        earn(account, 30, at=on("2025-10-01"), expires_at=on("2025-11-01"))
        earn(account, 20, at=on("2024-10-01"))
        services.reserve(account.pk, 10)
    assert points_expired.run(at=on("2025-11-02")) == 3
    assert list(Lot.objects.order_by("pk").values_list("remaining", flat=True)) == [10, 20] * 3
    assert Entry.objects.filter(kind="expire").count() == 3
    assert points_expired.run(at=on("2025-11-21")) == 2
    assert list(Lot.objects.order_by("pk").values_list("remaining", flat=True)) == [
        *(10, 20),
        *(10, 0),
        *(10, 0),
    ]


@pytest.mark.parametrize("expiry", ["never", "after-earning"])
def test_what_fell_due_while_it_was_off_has_days_of_grace_too(programme, monkeypatch, expiry):
    dora = world.member("dora")
    terms(programme, active=False, expiry=expiry, expiry_grace_days=30)
    earn(dora, 30, at=on("2025-10-01"), expires_at=on("2025-11-01"))
    change(on("2026-02-01"), monkeypatch, active=True)
    earn(dora, 20, at=on("2026-02-02"), expires_at=on("2026-02-10"))
    points_expired.run(at=on("2026-03-03"))
    assert left(dora) == [30]
    points_expired.run(at=on("2026-03-04"))
    assert left(dora) == []
