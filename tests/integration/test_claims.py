"""A guest's order is claimed once, by whoever shows that it is theirs."""

from datetime import datetime, timedelta, timezone

import pytest
from django.utils import timezone as django_timezone

from oscar_loyalty.errors import ClaimRefused
from oscar_loyalty.flows import books_audited, due_jobs, order_claimed
from oscar_loyalty.models import Award, Entry, Programme, QualifyingEvent
from tests import comebacks, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(silver):
    """£120 by a guest, five days ago."""
    at = django_timezone.now() - timedelta(days=5)
    return world.place(None, "120.00", number="1", at=at, status="Pending")


def claim(order, user, **changes):
    return order_claimed.run(order.number, user.pk, **{"at": django_timezone.now(), **changes})


def refused(order, user, **changes):
    with pytest.raises(ClaimRefused) as refusal:
        claim(order, user, **changes)
    return str(refusal.value)


def test_it_earns_at_its_own_date_and_is_the_customers(order, bob, clean_books):
    assert claim(order, bob) == 120
    order.refresh_from_db()
    assert order.user == bob
    entry = Entry.objects.get()
    assert (entry.key, entry.points, entry.posted_at) == ("earn:1", 120, order.date_placed)
    assert QualifyingEvent.objects.get().occurred_at == order.date_placed
    assert world.tier_of(bob) == "Silver"


def test_twice_claims_nothing(order, bob, clean_books):
    claim(order, bob)
    assert refused(order, bob) == "This order is in your account already."
    assert Entry.objects.count() == 1


def test_nobody_takes_what_is_somebodys(order, bob, clean_books):
    claim(order, bob)
    eve = world.customer("eve")
    assert refused(order, eve) == "This order belongs to a customer already."
    order.refresh_from_db()
    assert (order.user, eve.loyalty_account.balance) == (bob, 0)


def test_nobody_takes_what_was_somebodys_who_has_left(silver, bob, clean_books):
    """Oscar makes it a guest's when the profile is deleted."""
    order = world.place(bob, "120.00", number="1")
    bob.delete()
    eve = world.customer("eve")
    assert refused(order, eve) == "This order belongs to a customer already."
    order.refresh_from_db()
    assert (order.user, eve.loyalty_account.balance) == (None, 0)
    for exactly in (False, True):
        found = order_claimed.prospect("1", at=django_timezone.now(), exactly=exactly)
        assert (found.points, found.refusal) == (0, "This order belongs to a customer already.")


def test_of_two_at_once_one_gets_it(order, bob, monkeypatch, clean_books):
    eve = world.customer("eve")
    monkeypatch.setattr(order_claimed, "_refusal", lambda *args: claim_by(eve) or "")

    def claim_by(user):
        type(order).objects.filter(pk=order.pk).update(user=user)

    assert refused(order, bob) == "This order belongs to a customer already."
    assert not Award.objects.filter(account__user=bob).exists()
    due_jobs.award_missed(at=django_timezone.now())


def test_what_has_come_back_earns_nothing(order, bob, clean_books):
    comebacks.refund(order, "60.00")
    assert claim(order, bob) == 60
    assert order_claimed.prospect("1", at=django_timezone.now()) is None


def test_a_prospect_knows_what_has_come_back_when_it_is_exact(order):
    comebacks.refund(order, "60.00")
    now = django_timezone.now()
    assert order_claimed.prospect("1", at=now).points == 120
    assert order_claimed.prospect("1", at=now, exactly=True).points == 60


def test_a_prospect_is_what_claiming_brings(programme, silver, bob, clean_books):
    pot = world.product("20.00")
    world.rule(product=pot, points=50)
    order = world.place(None, products=[pot], number="2")
    assert order_claimed.prospect("2", at=django_timezone.now()).points == 70
    assert claim(order, bob) == 70


def test_an_order_from_before_the_programme_stays_the_guests(order, bob):
    Programme.objects.update(starts_at=django_timezone.now() - timedelta(days=1))
    words = "This order is older than the loyalty programme, so it earns no points."
    assert refused(order, bob) == words
    assert order_claimed.prospect("1", at=django_timezone.now()).refusal == words
    order.refresh_from_db()
    assert (order.user, Entry.objects.exists()) == (None, False)


@pytest.mark.parametrize(("days", "is_claimed"), [(30, True), (31, False)])
def test_an_old_order_stays_the_guests(silver, bob, days, is_claimed):
    now = datetime(2026, 11, 1, tzinfo=timezone.utc)
    order = world.place(None, "20.00", number="3", at=now - timedelta(days=days))
    if is_claimed:
        assert claim(order, bob, at=now) == 20
    else:
        words = "An order can be claimed for 30 days; this one is older and earns no points."
        assert refused(order, bob, at=now) == words
    order.refresh_from_db()
    assert (order.user == bob) == is_claimed


def test_the_shop_says_how_old(order, bob, settings):
    settings.OSCAR_LOYALTY_CLAIM_DAYS = 1
    words = "An order can be claimed for 1 day; this one is older and earns no points."
    assert refused(order, bob) == words


def test_without_a_programme_there_is_nothing_to_claim(order, bob):
    Programme.objects.update(active=False)
    assert refused(order, bob) == "There is no loyalty programme at the moment."


def test_no_such_order(bob):
    with pytest.raises(ClaimRefused, match="There is no such order"):
        order_claimed.run("none", bob.pk, at=django_timezone.now())
    assert order_claimed.prospect("none", at=django_timezone.now()) is None


def test_who_was_no_member_becomes_one(order, charlie, clean_books):
    assert claim(order, charlie) == 120
    assert charlie.__class__.objects.get(pk=charlie.pk).loyalty_account.balance == 120


def test_the_sweep_does_not_award_it_again(order, bob):
    claim(order, bob)
    assert due_jobs.award_missed(at=django_timezone.now()) == 0
    assert books_audited.run(at=django_timezone.now()).violations == []
