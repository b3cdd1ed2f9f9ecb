"""`loyalty_check` finds tampering with a merge."""

import pytest
from django.db import transaction
from django.utils import timezone

from oscar_loyalty.flows import accounts_merged
from oscar_loyalty.models import Account
from tests import world
from tests.integration.test_check import run_check, tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def merged_books(ladder):
    """Ann's 150 points went over to Anna, who had 40."""
    ann, anna, carol = (world.customer(name) for name in ("ann", "anna", "carol"))
    world.place(ann, "150.00", number="1")
    world.place(anna, "40.00", number="2")
    gone, stays = (Account.objects.get(user=user).pk for user in (ann, anna))
    at = timezone.now()
    accounts_merged.run(gone, stays, note="Same person", actor_id=carol.pk, at=at)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE oscar_loyalty_account SET merged_into_id = NULL", "goes on unchanged"),
        (
            "UPDATE oscar_loyalty_entry SET points = 149, balance_after = 189 WHERE key LIKE "
            "'merge:%:1'",
            "goes on unchanged",
        ),
        (
            "UPDATE oscar_loyalty_lot SET expires_at = '2036-01-01' WHERE entry_id IN "
            "(SELECT id FROM oscar_loyalty_entry WHERE key LIKE 'merge:%:1')",
            "goes on unchanged",
        ),
        (
            "UPDATE oscar_loyalty_entry SET key = 'merge:0:1' WHERE key LIKE 'merge:%:1'",
            "comes from somewhere",
        ),
        (
            "UPDATE oscar_loyalty_entry SET order_number = '2' WHERE key LIKE 'merge:%:1'",
            "goes on unchanged",
        ),
        (
            "UPDATE oscar_loyalty_award SET account_id = (SELECT id FROM oscar_loyalty_account "
            "WHERE merged_into_id IS NOT NULL) WHERE order_number = '1'",
            "an order is its customer's",
        ),
        (
            "UPDATE oscar_loyalty_entry SET note = 'Other person' WHERE kind = 'merge'",
            "an entry says what was posted",
        ),
        (
            "UPDATE oscar_loyalty_account SET balance = 1 WHERE merged_into_id IS NOT NULL",
            "a merged account is empty",
        ),
        (
            "UPDATE oscar_loyalty_account SET merged_into_id = (SELECT MIN(id) FROM "
            "oscar_loyalty_account) WHERE balance = 190",
            "a merged account leads to an open one",
        ),
    ],
)
def test_tampering_with_a_merge_is_found(merged_books, statement, rule):
    assert run_check() == (0, "2 members, 2 orders, 0 violations\n")
    with transaction.atomic():
        tamper(statement)
        code, said = run_check()
        transaction.set_rollback(True)
    assert (code, rule in said) == (1, True), said
