"""One apology at the same moment in many hands."""

from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from oscar_loyalty.flows import (
    accounts_merged,
    apology_listed,
    apology_released,
    apology_sent,
    books_audited,
    due_jobs,
)
from oscar_loyalty.models import Account, ApologyRecipient, Coupon, Entry, Message
from tests import world
from tests.apologising import FROM, IN_MARCH, draft, listed
from tests.mailing import switch_on
from tests.races import LONG_ENOUGH_MS, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("require_postgres")]

MEMBERS = 12
STAFF = 6


@pytest.fixture(autouse=True)
def _patience(settings):
    settings.OSCAR_LOYALTY_LOCK_TIMEOUT_MS = LONG_ENOUGH_MS


@pytest.fixture
def clerks(programme):
    switch_on("apology")
    for number in range(MEMBERS):
        world.place(world.customer(f"m{number}"), "10.00", at=IN_MARCH)
    return [world.customer(f"clerk{number}") for number in range(STAFF)]


def assert_told_once(points):
    assert Message.objects.filter(kind="apology").count() == MEMBERS
    assert Entry.objects.filter(kind="bonus").count() == (MEMBERS if points else 0)
    assert Coupon.objects.count() == (0 if points else MEMBERS)
    assert set(ApologyRecipient.objects.values_list("outcome", flat=True)) == {"told"}
    assert books_audited.run(at=timezone.now()).violations == []


def released(apology, revision, clerk):
    return apology_released.run(apology.pk, revision=revision, actor_id=clerk.pk, at=timezone.now())


@pytest.mark.parametrize("gives", ["points", "amount"])
def test_many_staff_send_it_once(clerks, gives):
    apology = draft(placed_from=FROM, gives=gives, value=Decimal(5))
    listed(apology)
    acts = [partial(released, apology, apology.revision, clerk) for clerk in clerks]
    assert sorted(at_once(acts)) == [False] * (STAFF - 1) + [True]
    assert_told_once(gives == "points")


@pytest.mark.parametrize("gives", ["points", "amount"])
def test_many_workers_tell_each_once(clerks, gives, monkeypatch):
    monkeypatch.setattr(apology_released, "AT_ONCE", 0)
    monkeypatch.setattr(apology_sent, "CHUNK", 5)
    apology = draft(placed_from=FROM, gives=gives, value=Decimal(5))
    listed(apology)
    assert released(apology, apology.revision, clerks[0])
    told = at_once([lambda: apology_sent.run(at=timezone.now())] * STAFF)
    assert sum(told) == MEMBERS
    assert_told_once(gives == "points")


def test_a_list_that_is_made_anew_is_not_the_one_that_was_seen(clerks):
    """Either what was seen is sent, or nothing."""
    apology = draft()
    listed(apology)
    acts = [
        partial(released, apology, apology.revision, clerks[0]),
        lambda: apology_listed.run(apology.pk, at=timezone.now()),
    ]
    sent, made = at_once(acts)
    assert (sent, made) in {(True, "apology-refused"), ("apology-refused", None)}
    assert Message.objects.count() == (MEMBERS if sent is True else 0)


@pytest.mark.parametrize("turn", range(4))
def test_a_member_is_merged_while_it_goes_out(clerks, turn):
    apology = draft(placed_from=FROM, gives="amount", value=Decimal(5))
    listed(apology)
    gone, stays = Account.objects.filter(user__username__in=["m0", "m1"]).order_by("pk")
    merge = partial(
        accounts_merged.run,
        gone.pk,
        stays.pk,
        note="One person",
        actor_id=clerks[1].pk,
        at=timezone.now(),
    )
    send = partial(released, apology, apology.revision, clerks[0])
    at_once([send, merge][:: -1 if turn % 2 else 1])
    due_jobs.run(at=timezone.now())
    # Two were listed: merged before, they are told once; after, the coupon of each moves along.
    assert Coupon.objects.filter(account=gone).count() == 0
    assert Coupon.objects.filter(account=stays).count() in (1, 2)
    assert Coupon.objects.count() == Message.objects.filter(kind="apology").count()
    assert books_audited.run(at=timezone.now()).violations == []
