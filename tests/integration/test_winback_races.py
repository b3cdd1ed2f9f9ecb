"""Searches that begin at the same moment, and what else may happen to a member meanwhile."""

from functools import partial

import pytest

from oscar_loyalty.flows import accounts_merged, books_audited
from oscar_loyalty.models import Account, Coupon, Entry, Lapse, Message, MessageKind, Rhythm
from tests import world
from tests.mailing import willing
from tests.races import LONG_ENOUGH_MS, at_once
from tests.winback import EVERY_60_DAYS, STEPS, day, look, open_the_post, order, told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("require_postgres")]

MEMBERS = 6


@pytest.fixture(autouse=True)
def _patience(settings):
    settings.OSCAR_LOYALTY_LOCK_TIMEOUT_MS = LONG_ENOUGH_MS


@pytest.fixture
def members(programme):
    open_the_post()
    made = [willing(f"member{number}") for number in range(MEMBERS)]
    for account in made:
        order(account, *EVERY_60_DAYS)
    return made


@pytest.mark.parametrize("gives", ["points", "amount"])
def test_searches_at_once_double_nothing(members, gives):
    MessageKind.objects.filter(code="win-back-gift").update(gives=gives, value=5)
    for number in (241, 255, 269, 283):
        said = at_once([partial(look, number)] * 6)
        assert sum(said) == MEMBERS
    assert [told(account) for account in members] == [STEPS] * MEMBERS
    assert Lapse.objects.count() == MEMBERS
    points = Entry.objects.filter(reason="win-back-gift").count()
    assert (points, Coupon.objects.count()) == ((MEMBERS, 0) if gives == "points" else (0, MEMBERS))
    assert Message.objects.count() == 4 * MEMBERS
    assert books_audited.run(at=day(284)).violations == []


def test_an_order_at_the_same_moment_loses_nothing(members):
    look(241)
    at_once([partial(look, 255), *(partial(order, account, 255) for account in members)])
    look(256)
    assert Lapse.objects.filter(ended_at=None).count() == 0
    assert set(Lapse.objects.values_list("ended_at", flat=True)) == {day(255)}
    assert set(Rhythm.objects.values_list("days", flat=True)) == {5}


def test_merged_at_the_same_moment(members):
    clerk = world.customer()
    dora, eve, *_others = members

    def merge():
        accounts_merged.run(dora.pk, eve.pk, note="-", actor_id=clerk.pk, at=day(241))

    at_once([merge, *[partial(look, 241)] * 3])
    look(242)
    assert Account.objects.get(pk=dora.pk).merged_into_id == eve.pk
    assert not Rhythm.objects.filter(account=dora).exists()
    assert not Lapse.objects.filter(account=dora, ended_at=None).exists()
    assert Lapse.objects.filter(account=eve, ended_at=None).count() <= 1
    assert Rhythm.objects.get(account=eve).days == 4
