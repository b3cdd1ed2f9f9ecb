"""The books are audited once a day, or when staff ask, by one at a time; the result is kept."""

from datetime import timedelta

import pytest
from oscar.core.loading import get_model

from oscar_loyalty import api
from oscar_loyalty.flows import audit_kept, due_jobs
from oscar_loyalty.models import Account, AuditReport
from oscar_loyalty.program.ledger.queries.figures import Moved, Totals, last_audit, moved, totals
from oscar_loyalty.program.ledger.services import audits
from tests import world
from tests.world import NEW_YEAR

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def wrong(programme):
    """An account that holds points out of nowhere."""
    account = world.member("dora")
    Account.objects.filter(pk=account.pk).update(balance=5)
    return account


def test_what_was_found_is_kept_with_its_account(wrong):
    assert audit_kept.run(at=NEW_YEAR) > 0
    report = AuditReport.objects.get()
    assert (report.finished_at, report.members) == (NEW_YEAR, 1)
    assert report.found == len(report.examples)
    assert {account_id for _rule, account_id, _what in report.examples} == {wrong.pk}


def test_once_a_day_and_when_asked(wrong):
    found = audit_kept.run(at=NEW_YEAR)
    assert audit_kept.run(at=NEW_YEAR + HOUR) == 0
    audit_kept.ask(at=NEW_YEAR + 2 * HOUR)
    assert audit_kept.run(at=NEW_YEAR + 3 * HOUR) == found
    assert audit_kept.run(at=NEW_YEAR + 4 * HOUR) == 0
    assert audit_kept.run(at=NEW_YEAR + 27 * HOUR) == found


def test_one_at_a_time_until_whoever_began_is_dead(wrong):
    assert audits.begin(at=NEW_YEAR)
    assert not audits.begin(at=NEW_YEAR + HOUR)
    audit_kept.ask(at=NEW_YEAR + HOUR)
    assert not audits.begin(at=NEW_YEAR + HOUR)
    assert audits.begin(at=NEW_YEAR + audits.LEASE)


def test_the_last_is_told_by_its_moment(wrong):
    assert last_audit().finished_at is None
    audit_kept.run(at=NEW_YEAR)
    assert str(last_audit()) == "2026-01-01 12:00:00+00:00"


def test_it_is_one_of_the_due_jobs(wrong):
    assert due_jobs.run(at=NEW_YEAR)["faults found in the books"] == AuditReport.objects.get().found
    assert due_jobs.run(at=NEW_YEAR)["faults found in the books"] == 0


def test_figures_of_all_books(programme):
    alice, bob = world.customer("alice"), world.customer("bob")
    world.place(alice, "100.00", number="1", at=NEW_YEAR)
    world.place(bob, "30.00", at=NEW_YEAR - timedelta(days=31))
    order_recalculated_by_half("1")
    assert totals() == Totals(members=2, points=80, debtors=0)
    Account.objects.filter(user=bob).update(balance=-7)
    assert totals() == Totals(members=2, points=50, debtors=1)
    assert moved(since=NEW_YEAR) == Moved(earned=50, spent=0, expired=0)
    assert moved(since=NEW_YEAR - timedelta(days=31)) == Moved(earned=80, spent=0, expired=0)


def order_recalculated_by_half(number):
    """Half of the money of an order goes back."""
    order = get_model("order", "Order").objects.get(number=number)
    kind, _made = get_model("order", "PaymentEventType").objects.get_or_create(name="Refunded")
    get_model("order", "PaymentEvent").objects.create(
        order=order, event_type=kind, amount=order.total_incl_tax / 2
    )
    api.recalculate(order)
