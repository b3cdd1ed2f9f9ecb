"""Points that waited expire on a fixed day only when one comes after they could be spent."""

from datetime import timedelta

import pytest

from oscar_loyalty import api
from oscar_loyalty.flows import due_jobs, order_status_changed, points_expired, points_matured
from oscar_loyalty.models import Lot
from oscar_loyalty.program.ledger import queries, services
from tests import comebacks, world
from tests.integration.ageing import earn, left, on, terms

pytestmark = pytest.mark.django_db

NEW_YEAR = on("2026-01-01")


@pytest.fixture
def programme(db):
    """Points are good until the end of a year, and wait for two weeks."""
    made = world.programme(
        expiry="fixed-dates",
        expiry_dates="12-31",
        spendable="after-days",
        spendable_after_days=14,
        time_zone="UTC",
    )
    return terms(made, expiry_tightened_at=None)


@pytest.fixture
def dora(programme):
    return world.member("dora")


def test_points_that_wait_over_a_fixed_day_are_good_until_the_next(dora):
    for day in ("2025-12-10", "2025-12-20"):
        ready_at = on(day) + timedelta(days=14)
        earn(dora, 30, at=on(day), pending=True, available_at=ready_at)
    due_jobs.run(at=on("2025-12-24"))
    due_jobs.run(at=NEW_YEAR)
    assert left(dora) == [30]
    due_jobs.run(at=on("2026-01-03"))
    due_jobs.run(at=on("2026-12-31"))
    dora.refresh_from_db()
    assert (left(dora), dora.spendable) == ([30], 30)
    due_jobs.run(at=on("2027-01-01"))
    assert left(dora) == []


def test_points_that_no_sweep_made_spendable_in_time_are_not_lost(dora):
    earn(dora, 30, at=on("2025-12-10"), pending=True, available_at=on("2025-12-24"))
    due_jobs.run(at=on("2026-01-02"))
    assert left(dora) == [30]
    assert Lot.objects.get().spendable_since == on("2026-01-02")


def test_the_day_that_was_promised_counts(dora):
    earn(dora, 30, at=NEW_YEAR, earned_at=on("2025-12-20"), available_at=on("2026-01-01"))
    earn(dora, 20, at=NEW_YEAR, earned_at=on("2025-12-10"), available_at=on("2025-12-24"))
    points_expired.run(at=NEW_YEAR)
    assert left(dora) == [30]


@pytest.mark.parametrize(("shipped", "kept"), [("2025-12-30", []), ("2026-01-02", [10])])
def test_a_status_makes_points_spendable_before_a_fixed_day_or_after_it(programme, shipped, kept):
    terms(programme, spendable="on-status", spendable_status="Complete")
    eve = world.customer("eve")
    order = world.place(eve, "10.00", at=on("2025-12-20"), status="Pending")
    comebacks.put(order, "Complete")
    order_status_changed.run(order.number, at=on(shipped))
    points_expired.run(at=on("2026-01-03"))
    assert left(eve.loyalty_account) == kept


def test_points_of_a_reinstated_order_remember_when_they_could_be_spent(programme):
    terms(programme, spendable="on-status", spendable_status="Complete")
    eve = world.customer("eve")
    order = world.place(eve, "10.00", at=on("2025-12-20"), status="Pending")
    for status, day in (("Complete", 2), ("Cancelled", 3), ("Complete", 4)):
        comebacks.put(order, status)
        order_status_changed.run(order.number, at=on(f"2026-01-0{day}"))
    points_expired.run(at=on("2026-01-05"))
    assert left(eve.loyalty_account) == [10]
    points_expired.run(at=on("2027-01-01"))
    assert left(eve.loyalty_account) == []


@pytest.mark.parametrize("kind", ["awarded late", "born cancelled"])
@pytest.mark.parametrize("spendable", ["on-status", "at-once"])
def test_points_that_come_late_could_not_be_spent_before(programme, kind, spendable):
    terms(programme, spendable=spendable, spendable_status="Complete")
    eve = world.customer("eve")
    if kind == "awarded late":
        world.unsignalled(eve, "10.00", at=on("2025-12-20"), status="Complete")
    else:
        order = world.place(eve, "10.00", at=on("2025-12-20"), status="Cancelled")
        comebacks.put(order, "Complete")
        order_status_changed.run(order.number, at=on("2026-01-02"))
    due_jobs.run(at=on("2026-01-03"))
    assert left(eve.loyalty_account) == [10]
    due_jobs.run(at=on("2027-01-01"))
    assert left(eve.loyalty_account) == []


def test_points_that_return_remember_when_they_could_be_spent(programme):
    terms(programme, return_grace_days=0)
    eve = world.customer("eve")
    account = eve.loyalty_account
    earn(account, 1000, at=on("2025-12-20"), pending=True, available_at=on("2026-01-03"))
    points_matured.run(at=on("2026-01-03"))
    order = world.place(eve, "0.50", at=on("2026-01-04"), status="Pending")
    comebacks.spend(order, 1000)
    assert left(account) == []
    comebacks.put(order, "Cancelled")
    api.recalculate(order, at=on("2026-01-05"))
    points_expired.run(at=on("2026-01-06"))
    assert left(account) == [1000]
    points_expired.run(at=on("2027-01-01"))
    assert left(account) == []


def test_points_that_return_and_had_waited_live_for_the_days_of_grace(programme):
    terms(programme, return_grace_days=30)
    eve = world.customer("eve")
    account = eve.loyalty_account
    earn(account, 1000, at=on("2025-12-20"), pending=True, available_at=on("2026-01-03"))
    order = world.place(eve, "0.50", at=on("2025-12-21"), status="Pending")
    comebacks.spend(order, 1000)
    comebacks.put(order, "Cancelled")
    api.recalculate(order, at=on("2025-12-28"))
    back = Lot.objects.get(entry__kind="return")
    assert back.expires_at == on("2026-01-28") - timedelta(hours=12)
    assert back.matured_at == on("2025-12-28")


def test_merged_points_remember_when_they_could_be_spent(dora):
    bob = world.member("bob")
    earn(bob, 30, at=on("2025-12-20"), pending=True, available_at=on("2025-12-31"))
    points_matured.run(at=NEW_YEAR)
    services.merge(bob.pk, dora.pk, note="One person.", actor="user:1", at=NEW_YEAR)
    points_expired.run(at=on("2026-01-02"))
    assert left(dora) == [30]


def test_points_of_one_day_are_told_apart_by_when_they_could_be_spent(dora):
    earn(dora, 10, at=on("2025-12-20"))
    for points, day in ((20, "2025-12-31"), (30, "2026-01-01")):
        earn(dora, points, at=on("2025-12-20"), available_at=on(day))
    told = {lot.spendable_since: lot.points for lot in queries.lots_by_day(dora.pk, "UTC")}
    assert told == {on("2025-12-20"): 10, on("2025-12-31"): 20, on("2026-01-01"): 30}
