"""Searches and members at the same moment: nothing is celebrated twice, nobody waits in vain."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest

from oscar_loyalty import api
from oscar_loyalty.flows import accounts_merged, birthday_entered, member_erased
from oscar_loyalty.models import Birthday, Coupon, DailySearch, Message
from tests import birthdays, world
from tests.birthdays import celebrated, enter, noon, search, years
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("require_postgres")]

ROUNDS = 10
LONG_AGO, MARCH_5 = date(2025, 10, 1), date(2026, 3, 5)


@pytest.fixture
def party(programme):
    celebrated()


def members(count):
    return [birthdays.member(305, on=LONG_AGO) for _member in range(count)]


def test_searches_at_once_double_nothing(party):
    everybody = members(30)
    assert sum(at_once([partial(search, MARCH_5)] * 6)) == 30
    assert [years(account) for account in everybody] == [[2026]] * 30
    assert Message.objects.count() == 30
    assert DailySearch.objects.count() == 1


def test_a_search_and_staff_who_give_the_same_gift(party):
    """Each locks what is given before whom it is given to."""
    for number in range(ROUNDS):
        DailySearch.objects.all().delete()
        (eve,) = members(1)
        give = partial(
            api.give_coupon,
            eve.user,
            "percentage",
            Decimal(10),
            expires_at=noon(date(2030, 1, 1)),
            source=f"{number}",
            at=noon(MARCH_5),
        )
        found, given = at_once([partial(search, MARCH_5), give])
        assert (found, given.new) == (1, True)
        assert Coupon.objects.filter(account=eve).count() == 2


@pytest.mark.parametrize("how", ["removed", "erased", "merged"])
def test_whoever_goes_meanwhile_has_one_present_or_none(party, how, bob):
    for _round in range(ROUNDS):
        DailySearch.objects.all().delete()
        eve, other = members(2)
        go = {
            "removed": partial(birthday_entered.remove, eve.pk),
            "erased": partial(member_erased.run, eve.pk, at=noon(MARCH_5)),
            "merged": partial(
                accounts_merged.run,
                eve.pk,
                other.pk,
                note="One person",
                actor_id=bob.pk,
                at=noon(MARCH_5),
            ),
        }
        found, _gone = at_once([partial(search, MARCH_5), go[how]])
        assert found in (1, 2)
        assert Coupon.objects.filter(account__in=[eve, other]).count() == found
        if how == "merged":
            assert not Birthday.objects.filter(account=eve).exists()
        assert search(MARCH_5 + timedelta(days=1)) == 0


def test_a_member_who_enters_many_days_at_once_has_changed_it_once(party):
    for _round in range(ROUNDS):
        eve = world.member()
        days = [305, 306, 307, 308]
        answers = at_once([partial(enter, eve, day, on=LONG_AGO) for day in days])
        assert sorted(answers, key=str) == [None, None, "birthday-refused", "birthday-refused"]
