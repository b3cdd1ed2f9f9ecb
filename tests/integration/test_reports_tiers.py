"""How many members stood on each tier when a month was over, and who moved in it."""

from datetime import date

import pytest

from oscar_loyalty.flows import accounts_merged, member_erased, report_made, tier_assigned
from oscar_loyalty.models import Account, Standing, Tier
from tests import world
from tests.functional.desk import owner
from tests.integration.ageing import on
from tests.selling import asked

AT = on("2026-03-20")
FIRST = date(2026, 1, 1)


def joined(name, day):
    account = world.member(name)
    Account.objects.filter(pk=account.pk).update(joined_at=on(day))
    Standing.objects.filter(account=account).update(since=on(day))
    return account


@pytest.fixture
def climb(ladder):
    actor = owner()

    def moved(account, rank, day):
        tier = Tier.objects.get(rank=rank)
        tier_assigned.run(account.pk, tier, actor_id=actor.pk, at=on(day))

    return moved


@pytest.fixture
def members(climb):
    """Dora climbs to Gold and falls to Silver; Emma is Silver since last year; Fay has no tier."""
    dora, emma = joined("dora", "2025-10-01"), joined("emma", "2025-11-01")
    joined("fay", "2026-02-02")
    climb(emma, 1, "2025-12-01")
    climb(dora, 1, "2026-01-31")
    climb(dora, 2, "2026-02-01")
    climb(dora, 1, "2026-03-02")
    return dora, emma


def test_each_month(members):
    rows, whole = asked("tiers", FIRST, at=AT)
    # Members, without a tier, Silver, Gold, moved up, moved down.
    assert rows == [
        (date(2026, 1, 1), 2, 0, 2, 0, 1, 0),
        (date(2026, 2, 1), 3, 1, 1, 1, 1, 0),
        (date(2026, 3, 1), 3, 1, 2, 0, 0, 1),
    ]
    assert whole[1:] == (3, 1, 2, 0, 2, 1)
    _rows, whole = asked("tiers", date(2026, 2, 2), at=AT)
    assert whole[1:] == (3, 1, 2, 0, 0, 1), "who moved the day before is no move of this time"


def test_who_leaves_was_a_member_until_then(members):
    member_erased.run(members[0].pk, at=on("2026-03-10"))
    rows, _whole = asked("tiers", FIRST, at=AT)
    assert [row[1:5] for row in rows] == [(2, 0, 2, 0), (3, 1, 1, 1), (2, 1, 1, 0)]


def test_who_is_merged_counts_once(members):
    dora, emma = members
    accounts_merged.run(emma.pk, dora.pk, note="Same", actor_id=owner("amy").pk, at=AT)
    rows, _whole = asked("tiers", FIRST, at=AT)
    assert [row[1:5] for row in rows] == [(1, 0, 1, 0), (2, 1, 0, 1), (2, 1, 1, 0)]


def test_a_tier_that_is_no_more(members, climb):
    climb(members[1], 2, "2026-03-05")
    Standing.objects.filter(tier__rank=1).update(tier=None, pinned_tier=None)
    Standing.objects.update(pinned_tier=None)
    Tier.objects.get(rank=1).delete()
    table = report_made.run("tiers", first=FIRST, at=AT).table
    names = [column.name for column in table.columns][1:]
    assert names == ["members", "no_tier", "tier_2", "gone", "up", "down"]
    shown = [tuple(row[name] for name in names) for row in table.rows]
    assert shown == [(2, 0, 0, 2, 1, 0), (3, 1, 1, 1, 0, 1), (3, 1, 1, 1, 0, 2)]
