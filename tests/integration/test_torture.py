"""Who is killed in the middle, and who comes at the same moment as sixty-three others."""

from functools import partial

import pytest
from django.utils import timezone

from oscar_loyalty.flows import books_audited, points_chosen, points_spent
from oscar_loyalty.models import Hold
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import world
from tests.races import at_once
from tests.torture import unlocked
from tests.torture.supervisor import members, torture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("require_postgres")]

REDEEMERS = 64


@pytest.fixture
def shop(db):
    return world.programme(redeemable=True)


def test_whoever_is_killed_leaves_the_books_right(shop):
    """The short version of ``make torture``."""
    outcome = torture(members(3), 6, processes=8)
    assert (outcome.overspent, outcome.lost, outcome.violations, outcome.errors) == (0, [], [], [])
    # How much is done in that time is the machine's affair; that something is, is the test's.
    assert outcome.entries > 20
    assert outcome.kills > 10


def test_without_the_lock_it_is_noticed(shop, monkeypatch):
    """
    The control: it shows that the above would find something.

    Constraints of the database refuse much of it (errors), the audit finds what they let through
    (violations); which of the two comes first within seconds is chance.
    """
    monkeypatch.setenv(unlocked.VARIABLE, "1")
    outcome = torture(members(1), 5)
    assert outcome.errors or outcome.violations


@pytest.mark.parametrize(("balance", "spent"), [(1_000, 100), (6_399, 100), (50, 100)])
def test_as_many_redeem_as_the_balance_covers(shop, balance, spent):
    account, now = world.member(), timezone.now()
    for lot in range(10):
        points = balance // 10 + (balance % 10 if lot == 0 else 0)
        ledger.accrue(account.pk, Accrual(points, Cause("bonus", f"bonus:{lot}"), now))

    def redeem(number):
        points_chosen.run(account.user_id, number, spent, at=now)
        return points_spent.run(account.pk, number, spent, order_number=f"n{number}", at=now)

    answers = at_once(partial(redeem, number) for number in range(REDEEMERS))
    served = balance // spent
    assert answers.count(True) == served
    assert answers.count("insufficient-points") == REDEEMERS - served
    account.refresh_from_db()
    assert (account.balance, account.held) == (balance - served * spent, 0)
    assert not Hold.objects.filter(uncovered=True).exists()
    assert books_audited.run(at=now).violations == []
