"""`loyalty_check` finds tampering with what came back, and with what was spent."""

import pytest
from django.utils import timezone

from oscar_loyalty import api
from oscar_loyalty.models import Entry, Programme
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Cause
from tests import comebacks, world
from tests.integration.test_check import run_check, tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def returned_books(programme):
    """Order 1 came back in part and its points with it; of order 2 some points were forgiven."""
    Programme.objects.update(clawback="what-there-is")
    alice, bob = world.customer("alice"), world.customer("bob")
    world.place(alice, "200.00", number="past")
    first = world.place(alice, "60.00", "40.00", number="1", status="Pending")
    comebacks.spend(first, 50)
    comebacks.send_back(first, (1, 1))
    comebacks.refund(first, "46.00")
    api.recalculate(first)
    second = world.place(bob, "30.00", number="2", status="Pending")
    cause = Cause("adj", "adj:1", reason="other", note="-")
    ledger.adjust(bob.loyalty_account.pk, -20, cause, at=timezone.now())
    comebacks.put(second, "Cancelled")
    api.recalculate(second)
    return bob.loyalty_account


def test_books_in_order(returned_books):
    assert run_check() == (0, "2 members, 3 orders, 0 violations\n")
    entries = Entry.objects.filter(order_number__in="12").order_by("pk")
    assert list(entries.values_list("key", "points")) == [
        ("earn:1", 100),
        ("redeem:1", -50),
        ("return:1:23", 23),
        ("claw:1:46", -46),
        ("earn:2", 30),
        ("claw:2:10", -10),
    ]


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE oscar_loyalty_award SET forgiven = 19 WHERE order_number = '2'", "carries what"),
        ("UPDATE oscar_loyalty_award SET forgiven = 1 WHERE order_number = '1'", "carries what"),
        ("UPDATE oscar_loyalty_award SET carried = 55 WHERE order_number = '1'", "is kept of it"),
        ("UPDATE oscar_loyalty_award SET kept_base = 55 WHERE order_number = '1'", "is kept of it"),
        (
            "UPDATE oscar_loyalty_qualifyingevent SET reduced = FALSE WHERE key = 'order:1'",
            "an order counts what was decided",
        ),
        ("UPDATE oscar_loyalty_hold SET returned = 22", "spent on an order is in the books"),
        ("UPDATE oscar_loyalty_hold SET spent = 51", "spent on an order is in the books"),
        (
            "UPDATE oscar_loyalty_hold SET account_id = {bob}",
            "spent on an order is in the books",
        ),
        ("UPDATE oscar_loyalty_hold SET order_number = '2'", "spent on an order is in the books"),
        ("DELETE FROM oscar_loyalty_hold", "spent on an order is in the books"),
        (
            "UPDATE oscar_loyalty_entry SET points = 24 WHERE kind = 'return'",
            "spent on an order is in the books",
        ),
        (
            "UPDATE oscar_loyalty_entry SET key = 'return:2:23' WHERE kind = 'return'",
            "the key names kind and order",
        ),
        (
            "UPDATE oscar_loyalty_entry SET kind = 'retake' WHERE kind = 'return'",
            "the sign goes with the kind",
        ),
        (
            "UPDATE oscar_loyalty_entry SET points = 60 WHERE kind = 'return'",
            "an order returns at most what was spent on it",
        ),
        ("UPDATE payment_transaction SET amount = 45", "points return with what they paid for"),
        ("UPDATE payment_transaction SET amount = 45", "is kept of it"),
        ("UPDATE payment_transaction SET txn_type = 'Debit'", "is kept of it"),
        ("UPDATE order_line SET status = 'Returned'", "is kept of it"),
        ("UPDATE order_order SET status = 'Pending' WHERE number = '2'", "is kept of it"),
    ],
)
def test_tampering_is_found(returned_books, statement, rule):
    tamper(statement.format(bob=returned_books.pk))
    code, text = run_check()
    assert code == 1
    assert rule in text
