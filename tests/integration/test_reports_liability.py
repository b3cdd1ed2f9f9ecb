"""What outstanding points are worth, month by month in which they were earned."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db.models import Sum

from oscar_loyalty.flows import accounts_merged, points_expired, profile_deleted, report_made
from oscar_loyalty.models import Account, Programme
from tests import world
from tests.functional.desk import owner
from tests.integration.ageing import earn, on, spend, terms
from tests.selling import asked

AT = on("2026-03-20")
FIRST = date(2026, 1, 1)


@pytest.fixture
def dora(programme):
    """Of 100 points of January 2025 a quarter expired; in the new year she earned, and spent."""
    terms(programme, expiry="after-earning", expiry_months=12, expiry_tightened_at=None)
    dora = world.member("dora")
    earn(dora, 100, at=on("2025-01-10"))
    spend(dora, 75, at=on("2025-06-01"), kind="redeem")
    earn(dora, 60, at=on("2025-12-01"))
    earn(dora, 200, at=on("2026-01-10"))
    points_expired.run(at=on("2026-02-01"))
    earn(dora, 40, at=on("2026-03-01"))
    spend(dora, 50, at=on("2026-03-02"), kind="redeem")
    spend(dora, 10, at=on("2026-03-03"))
    return dora


def test_each_month_in_which_points_were_earned(dora):
    rows, whole = asked("liability", FIRST, at=AT)
    # Earned less what was taken back, expired, outstanding, worth, to expire, to be spent.
    assert rows == [
        ("Earlier", 150, 25, 0, 0, 0, 0),
        (date(2026, 1, 1), 200, 0, 200, 2, Fraction(1, 3), Fraction(5, 3)),
        (date(2026, 3, 1), 40, 0, 40, Fraction(2, 5), Fraction(1, 15), Fraction(1, 3)),
    ]
    assert whole[1:] == (390, 25, 240, Fraction(12, 5), Fraction(2, 5), 2)
    note = report_made.run("liability", first=FIRST, at=AT).table.note
    assert note == "Of the points of settled months 16.7 % expired."


def test_it_is_what_members_have_without_what_they_owe(dora):
    spend(world.member("emma"), 8, at=on("2026-03-04"), overdraw=True)
    _rows, whole = asked("liability", FIRST, at=AT)
    owned = Account.objects.filter(balance__gt=0).aggregate(sum=Sum("balance"))["sum"]
    assert whole[3] == owned == 240


def test_a_time_that_is_over_is_seen_as_it_was_at_its_end(dora):
    _rows, whole = asked("liability", FIRST, date(2026, 1, 31), at=AT)
    assert whole[1:4] == (360, 0, 285)
    _rows, points = asked("points", FIRST, date(2026, 1, 31), at=AT)
    assert points[-1] == 285


def test_points_that_move_keep_their_month(dora):
    emma = world.member("emma")
    before = asked("liability", FIRST, at=AT)
    accounts_merged.run(dora.pk, emma.pk, note="Same", actor_id=owner().pk, at=AT)
    assert Account.objects.get(pk=emma.pk).balance == 240
    assert asked("liability", FIRST, at=AT) == before


def test_nothing_is_owed_to_a_deleted_profile(dora):
    emma, frank = world.member("emma"), world.member("frank")
    earn(emma, 30, at=on("2026-01-05"))
    earn(frank, 7, at=on("2026-01-06"))
    accounts_merged.run(frank.pk, emma.pk, note="Same", actor_id=owner().pk, at=AT)
    before = asked("liability", FIRST, date(2026, 3, 10), at=AT)
    rows, whole = before
    assert [row[0] for row in rows][1:] == [date(2026, 1, 1), date(2026, 3, 1)]
    assert (rows[1][3], whole[3]) == (237, 277)
    profile_deleted.run(emma.user_id, at=on("2026-03-15"))
    assert asked("liability", FIRST, date(2026, 3, 10), at=AT) == before
    # Frank still signs in, and spends them.
    _rows, whole = asked("liability", FIRST, at=AT)
    assert whole[3:5] == (277, Fraction(277, 100))
    profile_deleted.run(frank.user_id, at=on("2026-03-16"))
    assert asked("liability", FIRST, date(2026, 3, 10), at=AT) == before
    rows, whole = asked("liability", FIRST, at=AT)
    assert rows[1][1:5] == (200, 0, 200, 2)
    assert rows[-1] == ("Of nobody any more", 37, 0, 37, 0, 0, 0)
    # The points of all accounts are there, and money is owed for those that can be spent.
    assert whole[1:] == (427, 25, 277, Fraction(12, 5), Fraction(2, 5), 2)
    assert Account.objects.aggregate(sum=Sum("balance"))["sum"] == 277


def test_without_a_programme_nothing_has_a_worth(dora):
    profile_deleted.run(dora.user_id, at=on("2026-03-15"))
    Programme.objects.all().delete()
    rows, whole = asked("liability", FIRST, at=AT)
    assert rows == [("Of nobody any more", 390, 25, 240, None, None, None)]
    assert whole[1:] == (390, 25, 240, None, None, None)


def test_while_nothing_is_settled_nothing_is_expected(programme):
    earn(world.member("dora"), 150, at=on("2026-03-01"))
    rows, whole = asked("liability", FIRST, at=AT)
    assert rows == [(date(2026, 3, 1), 150, 0, 150, Decimal("1.50"), None, None)]
    assert whole[3:] == (150, Decimal("1.50"), None, None)
    note = report_made.run("liability", first=FIRST, at=AT).table.note
    assert note.startswith("No month is settled yet")
