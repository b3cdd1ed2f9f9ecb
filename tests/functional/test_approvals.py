"""Beyond the programme's limit a colleague has to agree before points are corrected."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from oscar_loyalty import api
from oscar_loyalty.flows import accounts_merged, member_erased
from oscar_loyalty.models import Account, AdjustmentRequest, Entry, Programme, StaffAct
from tests import world
from tests.functional.desk import books, signed_in, staff

pytestmark = pytest.mark.django_db

LIST = "/dashboard/loyalty/corrections/"
STAFF = ("view_account", "adjust_points", "approve_points")


@pytest.fixture
def carol(programme):
    Programme.objects.update(approve_above=100)
    return staff("carol", *STAFF)


@pytest.fixture
def frank(carol):
    return staff("frank", *STAFF)


@pytest.fixture
def alice(programme):
    return world.member("alice")


def ask(user, account, points, source=None):
    page = f"/dashboard/loyalty/members/{account.pk}/adjust/"
    client = signed_in(user)
    source = source or client.get(page).context["form"]["source"].value()
    sent = {"points": points, "reason": "goodwill", "note": "Late parcel", "source": source}
    return client.post(page, sent, follow=True)


def decide(user, asked, word):
    return signed_in(user).post(f"{LIST}{asked.pk}/", {word: "1"}, follow=True)


def balance(account):
    return Account.objects.get(pk=account.pk).balance


def state():
    return AdjustmentRequest.objects.get().state


@pytest.mark.parametrize(
    ("limit", "points", "waits"),
    [(None, 5000, 0), (100, 100, 0), (100, 101, 1), (0, 1, 1)],
)
def test_what_waits(carol, alice, limit, points, waits):
    Programme.objects.update(approve_above=limit)
    ask(carol, alice, points)
    assert (AdjustmentRequest.objects.count(), balance(alice)) == (waits, 0 if waits else points)


def test_points_that_are_taken_count_as_much(carol, alice, frank):
    api.adjust(alice.user, 500, reason="goodwill", note="Start", actor=carol)
    ask(carol, alice, -101)
    assert (state(), balance(alice)) == ("waiting", 500)
    ask(carol, alice, -501)
    assert AdjustmentRequest.objects.count() == 1
    decide(frank, AdjustmentRequest.objects.get(), "approve")
    assert balance(alice) == 399


def test_a_colleague_approves_once(carol, frank, alice):
    page = ask(carol, alice, 150)
    asked = AdjustmentRequest.objects.get()
    assert "waits for a colleague to agree" in page.text
    ask(carol, alice, 150, source=asked.source)
    assert AdjustmentRequest.objects.count() == 1
    assert "1</bdi> correction of points waits" in signed_in(frank).get("/dashboard/loyalty/").text
    assert alice.user.email.partition("@")[0] in signed_in(frank).get(LIST).text
    before = books()
    assert "You asked for this yourself" in decide(carol, asked, "approve").text
    assert (state(), books()) == ("waiting", before)
    assert "approved and posted" in decide(frank, asked, "approve").text
    entry = Entry.objects.get(account=alice)
    assert (entry.points, entry.actor, entry.note) == (150, f"user:{carol.pk}", "Late parcel")
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("approved", f"user:{frank.pk}")
    act = StaffAct.objects.order_by("pk").last()
    assert (act.actor, act.changed) == (f"user:{frank.pk}", [("balance", 0, 150)])
    for word in ("approve", "refuse"):
        assert "A colleague had decided before." in decide(frank, asked, word).text
    ask(carol, alice, 150, source=asked.source)
    assert (balance(alice), state()) == (150, "approved")


def test_a_colleague_refuses(carol, frank, alice):
    ask(carol, alice, 150)
    before = books()
    assert "nothing was changed" in decide(frank, AdjustmentRequest.objects.get(), "refuse").text
    assert (state(), books()) == ("refused", before)


def test_nobody_decides_about_their_own_points(carol, frank):
    own = Account.objects.get(user=frank)
    ask(carol, own, 150)
    for word in ("approve", "refuse"):
        page = decide(frank, AdjustmentRequest.objects.get(), word)
        assert "You cannot change your own points" in page.text
    assert (state(), balance(own)) == ("waiting", 0)


def test_what_cannot_be_posted_any_more_goes_on_waiting(carol, frank, alice):
    api.adjust(alice.user, 500, reason="goodwill", note="Start", actor=carol)
    ask(carol, alice, -400)
    api.adjust(alice.user, -200, reason="goodwill", note="Less", actor=carol)
    page = decide(frank, AdjustmentRequest.objects.get(), "approve")
    assert "Only 300 points can be taken from this account." in page.text
    assert (state(), balance(alice)) == ("waiting", 300)


def test_what_waits_goes_with_a_merge_and_ends_with_the_member(carol, frank, alice):
    bob = world.member("bob")
    ask(carol, alice, 150)
    accounts_merged.run(alice.pk, bob.pk, note="One", actor_id=frank.pk, at=timezone.now())
    assert AdjustmentRequest.objects.get().account_id == bob.pk
    decide(frank, AdjustmentRequest.objects.get(), "approve")
    assert balance(bob) == 150
    ask(carol, bob, 160)
    member_erased.run(bob.pk, at=timezone.now())
    assert [(one.points, one.note) for one in AdjustmentRequest.objects.all()] == [(150, "")]


@pytest.mark.parametrize("change", [{"state": "approved"}, {"points": 0}, {"decided_by": "user:9"}])
def test_the_database_keeps_it_so(carol, alice, change):
    ask(carol, alice, 150)
    with pytest.raises(IntegrityError), transaction.atomic():
        AdjustmentRequest.objects.update(**change)
    asker = AdjustmentRequest.objects.get().requested_by
    decided = {"state": "approved", "decided_at": timezone.now(), "decided_by": asker}
    with pytest.raises(IntegrityError), transaction.atomic():
        AdjustmentRequest.objects.update(**decided)
