"""A sweep meets whoever else moves points at the same moment; nothing is lost or taken twice."""

from datetime import timedelta
from functools import partial

import pytest
from django.db.models import Sum
from django.utils import timezone

from oscar_loyalty.flows import books_audited, expiry_foreseen, points_expired
from oscar_loyalty.models import Draw, Entry, Lot, Message, Programme
from oscar_loyalty.program.ledger import services
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import world
from tests.integration.ageing import earn, left, spend
from tests.mailing import switch_on
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10


@pytest.fixture
def accounts(require_postgres, db):
    """Each has 20 lots of 5 points that have lapsed, and one of 30 that has not."""
    world.programme(expiry="after-earning", expiry_months=12)
    Programme.objects.update(expiry_tightened_at=None)
    made = [world.member() for _round in range(ROUNDS)]
    for account in made:
        for day in range(20):
            earn(account, 5, at=timezone.now() - timedelta(days=800 - day))
        earn(account, 30, at=timezone.now() - timedelta(days=1))
    return made


def sweep():
    return points_expired.run(at=timezone.now())


def expired(account):
    sums = Entry.objects.filter(account=account, kind="expire").aggregate(points=Sum("points"))
    return -(sums["points"] or 0)


def assert_the_books_are_right():
    rules = {violation.rule for violation in books_audited.run(at=timezone.now()).violations}
    # These tests hold and redeem without baskets.
    assert rules <= {
        "held is the sum of the holds",
        "what was spent on an order is in the books",
    }


def test_sweeps_at_once_take_once(accounts):
    found = at_once([sweep] * 8)
    assert sum(found) == ROUNDS
    assert [expired(account) for account in accounts] == [100] * ROUNDS
    assert Entry.objects.filter(kind="expire").count() == ROUNDS
    assert_the_books_are_right()


def test_a_sweep_and_spenders(accounts):
    for account in accounts:
        acts = [partial(spend, account, 7, at=timezone.now(), kind="redeem") for _spender in "abcd"]
        at_once([sweep, *acts, sweep])
        account.refresh_from_db()
        assert account.balance == 130 - 28 - expired(account)
        assert account.balance == sum(left(account))
        assert 72 <= expired(account) <= 100
    drawn = Draw.objects.aggregate(points=Sum("points"))["points"]
    remaining = Lot.objects.aggregate(points=Sum("remaining"))["points"]
    assert drawn + remaining == 130 * ROUNDS
    assert_the_books_are_right()


def test_a_sweep_and_those_who_hold(accounts):
    for account in accounts:
        holds = [partial(services.reserve, account.pk, 40) for _holder in "abcd"]
        outcomes = at_once([*holds, sweep, sweep])
        held = 40 * outcomes[:4].count(None)
        account.refresh_from_db()
        assert account.held == held
        assert account.balance - account.held >= 0
        # Whoever held first kept old points; whoever came later holds young ones.
        assert account.balance == 130 - expired(account)
    assert_the_books_are_right()


def test_a_sweep_and_points_that_come(accounts):
    for account in accounts:
        cause = Cause("bonus", f"bonus:young:{account.pk}")
        accrue = partial(services.accrue, account.pk, Accrual(11, cause, timezone.now()))
        at_once([sweep, accrue, sweep, accrue])
        account.refresh_from_db()
        assert (account.balance, expired(account)) == (41, 100)
    assert_the_books_are_right()


def test_searches_at_once_warn_once(accounts):
    switch_on("points-expiring", days=30)
    told = at_once([partial(expiry_foreseen.run, at=timezone.now())] * 4)
    assert max(told) == ROUNDS
    assert Message.objects.count() == ROUNDS
