"""Colleagues decide at the same moment about one correction: it is decided, and posted, once."""

from functools import partial

import pytest
from django.utils import timezone

from oscar_loyalty.flows import accounts_merged, adjustment_asked
from oscar_loyalty.models import Account, AdjustmentRequest, Entry
from tests import world
from tests.races import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("require_postgres", "clean_books"),
]


@pytest.fixture
def colleagues(programme):
    return [world.customer() for _number in range(8)]


@pytest.fixture
def asked(colleagues):
    adjustment_asked.run(
        world.member("alice").pk,
        150,
        reason="goodwill",
        note="Late parcel",
        actor_id=world.customer("carol").pk,
        source="form",
        at=timezone.now(),
    )
    return AdjustmentRequest.objects.get()


def by(decide, asked, actor):
    return partial(decide, asked.pk, actor_id=actor.pk, at=asked.requested_at)


def posted():
    return list(Entry.objects.values_list("account__user__username", "points"))


def test_eight_approve_and_it_is_posted_once(asked, colleagues):
    answers = at_once(by(adjustment_asked.approve, asked, one) for one in colleagues)
    assert sorted(answers) == [False] * 7 + [True]
    assert posted() == [("alice", 150)]
    asked.refresh_from_db()
    assert asked.decided_by == f"user:{colleagues[answers.index(True)].pk}"


def test_some_approve_while_others_refuse(asked, colleagues):
    decisions = [adjustment_asked.approve, adjustment_asked.refuse] * 4
    answers = at_once(
        by(decide, asked, one) for decide, one in zip(decisions, colleagues, strict=True)
    )
    assert sorted(answers) == [False] * 7 + [True]
    approved = decisions[answers.index(True)] is adjustment_asked.approve
    asked.refresh_from_db()
    assert asked.state == ("approved" if approved else "refused")
    assert posted() == [("alice", 150)] * approved


def test_nobody_approves_what_becomes_their_own_by_a_merge(asked, colleagues):
    """Whichever comes first: who approves for Alice's account has no part in it by then."""
    first, *_others = colleagues
    own = Account.objects.get(user=first)
    merge = partial(
        accounts_merged.run,
        asked.account_id,
        own.pk,
        note="The same person",
        actor_id=colleagues[1].pk,
        at=asked.requested_at,
    )
    _merged, answer = at_once([merge, by(adjustment_asked.approve, asked, first)])
    asked.refresh_from_db()
    assert (answer, asked.state) in [(True, "approved"), ("own-account", "waiting")]
    own.refresh_from_db()
    assert own.balance == (150 if answer is True else 0)
