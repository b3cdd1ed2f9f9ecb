"""What became of the points: to the point, what the books say."""

from datetime import date, datetime, timezone

import pytest
from django.db.models import Sum

from oscar_loyalty.flows import accounts_merged, member_erased, points_expired
from oscar_loyalty.models import Account, Entry
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.reports.queries.points import KINDS
from tests import world
from tests.functional.desk import owner
from tests.integration.ageing import earn, on, spend, terms
from tests.selling import asked

AT = datetime(2026, 3, 20, 12, tzinfo=timezone.utc)
FIRST = date(2026, 1, 1)


@pytest.fixture
def books(programme):
    """Points of December, and in the new year one of nearly everything that can become of them."""
    terms(programme, expiry="after-earning", expiry_months=13, expiry_tightened_at=None)
    dora, gone, emma = (world.member(name) for name in ("dora", "gone", "emma"))
    earn(dora, 100, at=on("2025-01-10"))
    earn(dora, 500, at=on("2025-12-31"))
    earn(gone, 40, at=on("2026-01-05"))
    spend(dora, 30, at=on("2026-01-31"), kind="redeem")
    number = Entry.objects.get(kind="redeem").order_number
    given = {"least": AT, "ending": lambda life: None}
    ledger.give_back(dora.pk, number, 10, at=on("2026-02-03"), **given)
    points_expired.run(at=on("2026-02-11"))
    spend(dora, 7, at=on("2026-03-01"))
    accounts_merged.run(gone.pk, dora.pk, note="Same", actor_id=owner().pk, at=on("2026-03-02"))
    earn(emma, 5, at=on("2026-03-03"))
    spend(emma, 8, at=on("2026-03-04"), overdraw=True)
    member_erased.run(emma.pk, at=on("2026-03-05"))
    earn(dora, 1, at=on("2026-03-21"))
    return dora


def test_each_month_adds_up(books):
    rows, whole = asked("points", FIRST, at=AT)
    # At the start, earned, given, taken back, spent, returned, expired, corrected, erased, end.
    assert [row[1:] for row in rows] == [
        (600, 0, 40, 0, -30, 0, 0, 0, 0, 610),
        (610, 0, 0, 0, 0, 10, -80, 0, 0, 540),
        (540, 0, 5, 0, -8, 0, 0, -7, 3, 533),
    ]
    assert whole[1:] == (600, 0, 45, 0, -38, 10, -80, -7, 3, 533)


def test_the_end_is_what_members_have(books):
    _rows, whole = asked("points", date(2024, 1, 1), at=on("2026-03-31"))
    assert (whole[1], whole[-1]) == (0, Account.objects.aggregate(sum=Sum("balance"))["sum"])
    assert whole[-1] == 534


def test_it_is_to_the_day(books):
    rows, whole = asked("points", date(2026, 3, 2), date(2026, 3, 4), at=AT)
    assert whole[1:] == (533, 0, 5, 0, -8, 0, 0, 0, 0, 530)
    assert [row[1:] for row in rows] == [whole[1:]]


def test_every_kind_of_entry_stands_in_one_column():
    kinds = [str(kind) for kinds in KINDS.values() for kind in kinds]
    assert sorted(kinds) == sorted(Entry.Kind.values)
