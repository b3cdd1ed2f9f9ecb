"""What could not be forgotten when a profile was deleted is forgotten by the due jobs."""

# ruff: noqa: F811 - fixtures are asked for by the names they are imported by

import pytest
from django.db import DatabaseError
from django.utils import timezone

from oscar_loyalty.flows import accounts_merged, due_jobs, profile_deleted
from oscar_loyalty.models import Entry
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Cause
from tests.integration.test_forgetting import (  # noqa: F401 - fixtures
    account,
    carol,
    dora,
    everything,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]


def fail_to_forget(monkeypatch, user):
    """The profile is deleted while the books are locked."""

    def fail(account_ids):
        raise DatabaseError("canceling statement due to lock timeout")

    with monkeypatch.context() as patched:
        patched.setattr(profile_deleted.coupons, "lock", fail)
        user.delete()


@pytest.mark.parametrize("merged", [False, True])
def test_a_profile_that_could_not_be_forgotten_at_once_is_forgotten_later(
    dora, bob, carol, merged, monkeypatch
):
    """The books were locked for too long at the time."""
    own = [account(dora).pk]
    if merged:
        own.append(account(bob).pk)
        at = timezone.now()
        accounts_merged.run(own[1], own[0], note="Bob is Dora", actor_id=carol.pk, at=at)

    fail_to_forget(monkeypatch, dora)
    assert all("Dora" in everything(pk) for pk in own)
    job = "deleted profiles forgotten late"
    assert due_jobs.run(at=timezone.now())[job] == 1
    assert not [pk for pk in own if "dora" in everything(pk).casefold()]
    assert due_jobs.run(at=timezone.now())[job] == 0


def test_a_merged_log_in_is_forgotten_when_it_goes_itself(dora, bob, carol, monkeypatch):
    """The other log-in went first, and words came after it."""
    gone, stays = account(bob).pk, account(dora).pk
    at = timezone.now()
    accounts_merged.run(gone, stays, note="Bob is Dora", actor_id=carol.pk, at=at)
    dora.delete()
    bob.email = "bob2@example.com"
    bob.save()
    fail_to_forget(monkeypatch, bob)
    assert "bob@example.com" in everything(gone)
    due_jobs.run(at=timezone.now())
    assert "bob@example.com" not in everything(gone)


def test_what_staff_note_later_stays(dora):
    pk = account(dora).pk
    dora.delete()
    cause = Cause("adj", "adj:later", reason="other", note="Chargeback", actor="user:1")
    ledger.adjust(pk, -5, cause, at=timezone.now())
    due_jobs.run(at=timezone.now())
    assert Entry.objects.get(key="adj:later").note == "Chargeback"
