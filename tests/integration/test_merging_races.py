"""Merging meets earning, choosing, paying and merging, at the same moment."""

from functools import partial

import pytest
from django.utils import timezone

from oscar_loyalty.flows import (
    accounts_merged,
    books_audited,
    member_erased,
    order_claimed,
    points_chosen,
    points_spent,
    spending_blocked,
)
from oscar_loyalty.models import Account, Entry, Hold
from tests import world
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("require_postgres")]


@pytest.fixture
def ann(db):
    world.programme(redeemable=True)
    user = world.customer("ann")
    world.place(user, "100.00", number="1")
    return user


@pytest.fixture
def anna(ann):
    user = world.customer("anna")
    world.place(user, "40.00", number="2")
    return user


@pytest.fixture
def carol(ann):
    return world.customer("carol")


def pk_of(user):
    return Account.objects.get(user=user).pk


def merging(gone, stays, actor):
    terms = {"note": "-", "actor_id": actor.pk, "at": timezone.now()}
    return partial(accounts_merged.run, pk_of(gone), pk_of(stays), **terms)


def balances():
    return list(Account.objects.order_by("pk").values_list("balance", "held"))


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


@pytest.mark.parametrize("turn", range(4))
def test_two_merges_the_opposite_way(ann, anna, carol, turn):
    """One wins, the other is refused; nobody waits for ever."""
    acts = [merging(ann, anna, carol), merging(anna, ann, carol)]
    answers = at_once(acts[:: -1 if turn % 2 else 1])
    assert answers.count("merge-refused") == 1
    assert sorted(balances()) == [(0, 0), (0, 0), (140, 0)]
    assert_right()


def test_the_same_merge_sent_often(ann, anna, carol):
    answers = at_once([merging(ann, anna, carol)] * 6)
    assert sorted(answers, key=str) == [100, *["merge-refused"] * 5]
    assert Entry.objects.filter(kind="merge").count() == 2
    assert_right()


@pytest.mark.parametrize("turn", range(4))
def test_a_merge_against_an_order_paid_with_points(ann, anna, carol, turn):
    """Whoever comes first, the order is paid for, and once."""
    account_id, now = pk_of(ann), timezone.now()
    spend = partial(points_spent.run, account_id, 77, 60, order_number="3", at=now)
    acts = [merging(ann, anna, carol), spend]
    at_once(acts[:: -1 if turn % 2 else 1])
    assert sum(balance for balance, _held in balances()) == 80
    assert Entry.objects.filter(kind="redeem").count() == 1
    assert_right()


@pytest.mark.parametrize("turn", range(4))
def test_a_merge_against_choosing_points(ann, anna, carol, turn):
    now = timezone.now()
    choose = partial(points_chosen.run, ann.pk, 77, 60, at=now)
    acts = [merging(ann, anna, carol), choose]
    answers = at_once(acts[:: -1 if turn % 2 else 1])
    assert 100 in answers
    kept = Hold.objects.filter(state="open").values_list("account", "points")
    assert list(kept) in ([], [(pk_of(anna), 60)])
    assert_right()


@pytest.mark.parametrize("turn", range(4))
def test_a_block_against_choosing_points(ann, carol, turn):
    """However they meet, nothing is kept in the end."""
    now = timezone.now()
    block = partial(spending_blocked.run, pk_of(ann), note="-", actor_id=carol.pk, at=now)
    choose = partial(points_chosen.run, ann.pk, 77, 60, at=now)
    at_once([block, choose][:: -1 if turn % 2 else 1])
    assert not Hold.objects.filter(state="open").exists()
    assert Account.objects.get(user=ann).held == 0
    assert_right()


@pytest.mark.parametrize("turn", range(2))
def test_an_order_claimed_by_two(ann, anna, turn):
    world.place(None, "20.00", number="9")
    acts = [partial(order_claimed.run, "9", user.pk, at=timezone.now()) for user in (ann, anna)]
    answers = at_once(acts[:: -1 if turn % 2 else 1])
    assert sorted(answers, key=str) == [20, "claim-refused"]
    assert Entry.objects.filter(key="earn:9").count() == 1
    assert_right()


def test_a_member_erased_twice_at_once(ann):
    account_id = pk_of(ann)
    at_once([partial(member_erased.run, account_id, at=timezone.now())] * 4)
    assert balances() == [(0, 0)]
    assert Entry.objects.filter(kind="erase").count() == 1
    assert_right()
