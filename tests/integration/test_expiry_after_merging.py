"""Points that came with a merged account expire no sooner than before, nor do those they join."""

from datetime import datetime, timezone

import pytest

from oscar_loyalty import api
from oscar_loyalty.flows import accounts_merged, books_audited, points_expired
from oscar_loyalty.models import Account, Standing
from oscar_loyalty.program.ledger import queries
from tests import comebacks, world
from tests.integration.ageing import earn, left, spend, terms

pytestmark = pytest.mark.django_db


def on(text):
    return datetime.fromisoformat(f"{text}T12:00").replace(tzinfo=timezone.utc)


@pytest.fixture
def programme(db):
    made = world.programme(expiry="after-earning", expiry_months=12, time_zone="UTC")
    return terms(made, expiry_tightened_at=None)


@pytest.fixture
def dora(programme):
    return world.member("dora")


@pytest.fixture
def eve(programme):
    return world.member("eve")


def merge(gone, stays, *, at):
    actor = world.customer("carol")
    accounts_merged.run(gone.pk, stays.pk, note="One person", actor_id=actor.pk, at=at)


@pytest.mark.parametrize("counts", ["earning", "spending"])
def test_what_the_other_did_keeps_points_alive(programme, dora, eve, counts):
    chosen = {f"active_by_{name}": name == counts for name in ("orders", "earning", "spending")}
    terms(programme, expiry="inactivity", **chosen)
    earn(dora, 30, at=on("2024-02-10"))
    earn(eve, 20, at=on("2026-01-15"))
    spend(eve, 20, at=on("2026-01-15"), kind="redeem")
    merge(eve, dora, at=on("2026-01-20"))
    points_expired.run(at=on("2026-02-11"))
    assert left(dora) == [30]
    kinds = ["earn", "bonus"] if counts == "earning" else ["redeem"]
    moved = queries.last_moved_at(dora.pk, kinds)
    found = Account.objects.filter(pk=dora.pk).values_list(moved, flat=True).get()
    assert found == on("2026-01-15")
    points_expired.run(at=on("2027-01-16"))
    assert left(dora) == []


def test_a_tier_with_fewer_months_leaves_days_of_grace(dora, eve):
    silver = world.tier("Silver", 1, "100", expiry_months=6)
    Standing.objects.filter(account=dora).update(tier=silver, since=on("2020-01-01"))
    earn(eve, 10, at=on("2025-07-10"))
    earn(dora, 7, at=on("2025-07-10"))
    merge(eve, dora, at=on("2026-03-01"))
    points_expired.run(at=on("2026-03-31"))
    assert left(dora) == [10]
    points_expired.run(at=on("2026-04-01"))
    assert left(dora) == []


def test_returned_points_that_expire_are_not_what_the_order_gave(dora, eve):
    earn(dora, 50, at=on("2025-02-01"))
    order = world.place(dora.user, "100.00", number="7", at=on("2026-01-10"))
    comebacks.spend(order, 50)
    comebacks.refund(order, "50.00")
    api.recalculate(order, at=on("2026-01-20"))
    merge(dora, eve, at=on("2026-01-25"))
    assert left(eve) == [25, 50]
    points_expired.run(at=on("2026-03-01"))
    assert left(eve) == [50]
    comebacks.refund(order, "50.00")
    api.recalculate(order, at=on("2026-03-02"))
    assert left(eve) == [25]
    assert books_audited.run(at=on("2026-03-02")).violations == []
