"""An account is merged after a flow has looked whose order it is, and before it is locked."""

import pytest
from django.utils import timezone

from oscar_loyalty.flows import accounts_merged, order_placed, order_recalculated
from oscar_loyalty.models import Account, Award, QualifyingEvent
from oscar_loyalty.program.ledger import services
from oscar_loyalty.program.tiers.queries import membership_of
from tests import comebacks, world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]


@pytest.fixture
def ann(ladder):
    """The account that goes: an order of £150."""
    user = world.customer("ann")
    world.place(user, "150.00", number="1", status="Pending")
    return user


@pytest.fixture
def anna(ladder):
    """The account that stays: 40 points."""
    user = world.customer("anna")
    world.place(user, "40.00", number="2")
    return user


@pytest.fixture
def carol(programme):
    return world.customer("carol")


def account(user):
    return Account.objects.get(user=user)


def merge(gone, stays, actor):
    terms = {"note": "Same person", "actor_id": actor.pk, "at": timezone.now()}
    return accounts_merged.run(account(gone).pk, account(stays).pk, **terms)


def test_an_order_worth_nothing_counts_in_the_other(ann, anna, carol):
    seen, now = membership_of(ann.pk), timezone.now()
    world.unsignalled(ann, "0.50", number="3")
    merge(ann, anna, carol)
    assert order_placed.run("3", at=now, member=seen, just_now=True) == 0
    assert Award.objects.get(order_number="3").account == account(anna)
    assert not QualifyingEvent.objects.filter(account=account(ann)).exists()


def test_an_order_is_looked_at_again(ann, anna, carol, monkeypatch):
    order, lock, locked = ann.orders.get(), services.lock, []
    comebacks.put(order, "Cancelled")

    def wait(account_ids):
        locked.append(set(account_ids))
        if len(locked) == 1:
            monkeypatch.setattr(services, "lock", lock)
            merge(ann, anna, carol)
            monkeypatch.setattr(services, "lock", wait)
        lock(account_ids)

    gone = account(ann).pk
    monkeypatch.setattr(services, "lock", wait)
    assert order_recalculated.run("1", at=timezone.now()).points == -150
    assert locked == [{gone}, {account(anna).pk}]
    assert account(anna).balance == 40
