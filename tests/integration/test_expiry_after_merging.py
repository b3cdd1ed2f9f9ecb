"""Points that came with a merged account expire no sooner than before, nor do those they join."""

from datetime import datetime, timezone

import pytest

from oscar_loyalty.flows import accounts_merged, points_expired
from oscar_loyalty.models import Account, Standing
from oscar_loyalty.program.ledger import queries
from tests import world
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
