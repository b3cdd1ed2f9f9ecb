"""`loyalty_check` finds every kind of tampering, and nothing where nothing is wrong."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from oscar_loyalty.flows import books_audited, order_status_changed
from oscar_loyalty.models import Entry, Lot
from oscar_loyalty.program.ledger import services
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import world

pytestmark = pytest.mark.django_db

JOINED = ("account", "award", "draw", "entry", "lot", "qualifyingevent")


@pytest.fixture
def busy_books(django_user_model):
    """Alice has earned, lost, waited and been corrected; Bob is in debt."""
    world.programme(spendable="after-days", spendable_after_days=14)
    alice, bob = world.customer("alice"), world.customer("bob")
    month_ago = timezone.now() - timedelta(days=30)
    for number, amount, at in (("1", "100.00", month_ago), ("2", "40.00", None)):
        world.place(alice, amount, number=number, at=at)
    world.place(bob, "30.00", number="3", at=month_ago)
    services.mature_due(at=timezone.now())
    for account, points in ((alice.loyalty_account, -25), (bob.loyalty_account, -30)):
        cause = Cause("adj", f"adj:{account.pk}", reason="goodwill", note="why", actor="user:1")
        services.adjust(account.pk, points, cause, at=timezone.now())
    order = bob.orders.get()
    order.status = "Cancelled"
    order.save()
    order_status_changed.run("3", at=timezone.now())
    return alice.loyalty_account, bob.loyalty_account


def run_check(*options):
    out = StringIO()
    try:
        call_command("loyalty_check", *options, stdout=out, stderr=out)
    except SystemExit as stopped:
        return stopped.code, out.getvalue()
    return 0, out.getvalue()


def tamper(statement):
    """Change rows behind everybody's back, past triggers and constraints."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _drop_guards_of_postgresql(cursor)
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            cursor.execute(statement)
        finally:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints = OFF")


def _drop_guards_of_postgresql(cursor):
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in JOINED:
        cursor.execute(f"ALTER TABLE oscar_loyalty_{table} DISABLE TRIGGER USER")
    cursor.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint "
        "WHERE contype = 'c' AND conname LIKE 'loyalty_%'"
    )
    for table, name in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def test_books_in_order(busy_books):
    code, text = run_check()
    assert text == "2 members, 3 orders, 0 violations\n"
    assert code == 0
    assert json.loads(run_check("--json")[1]) == {"members": 2, "orders": 3, "violations": []}


EARNED = "key = 'earn:1'"
TAMPERINGS = [
    ("account", "balance = balance + 1", "balance = 115"),
    ("account", "pending = pending + 1", "balance = 115"),
    ("account", "held = 5", "balance = 115"),
    ("account", "seq = seq + 1", "balance = 115"),
    ("entry", "points = points + 1", EARNED),
    ("entry", "balance_after = balance_after + 1", EARNED),
    ("entry", "seq = 77", EARNED),
    ("entry", "kind = 'bonus'", EARNED),
    ("entry", "key = 'earn:77'", EARNED),
    ("entry", "order_number = '77'", EARNED),
    ("entry", "reason = 'promotion'", "reason = 'goodwill'"),
    ("entry", "note = 'nothing'", "reason = 'goodwill'"),
    ("entry", "actor = 'user:2'", "reason = 'goodwill'"),
    ("entry", "posted_at = '2020-01-01 00:00:00+00:00'", EARNED),
    ("entry", "digest = 'x'", EARNED),
    ("lot", "points = points + 1", "remaining = 75"),
    ("lot", "remaining = remaining + 1", "remaining = 75"),
    ("lot", "remaining = -1", "remaining = 75"),
    ("lot", "debt_paid = debt_paid + 1", "remaining = 75"),
    ("lot", "open = NOT open", "remaining = 75"),
    ("lot", "pending = NOT pending", "remaining = 40"),
    ("lot", "available_at = '2030-01-01 00:00:00+00:00'", "remaining = 75"),
    ("lot", "expires_at = '2030-01-01 00:00:00+00:00'", "remaining = 75"),
    ("draw", "points = points + 1", "points = 25"),
    ("award", "carried = carried - 1", "order_number = '1'"),
    ("qualifyingevent", "spend = spend + 1", "key = 'order:1'"),
    ("qualifyingevent", "points = points + 1", "key = 'order:1'"),
    ("qualifyingevent", "orders = 2", "key = 'order:1'"),
]


@pytest.mark.parametrize(("table", "change", "where"), TAMPERINGS)
def test_a_changed_figure_or_word_is_found(busy_books, table, change, where):
    tamper(f"UPDATE oscar_loyalty_{table} SET {change} WHERE {where}")
    code, text = run_check()
    assert code == 1
    assert "VIOLATED" in text


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE oscar_loyalty_entry SET account_id = {bob}, seq = 9 WHERE key = 'earn:2'",
        "UPDATE oscar_loyalty_lot SET account_id = {bob} WHERE remaining = 75",
        "UPDATE oscar_loyalty_award SET account_id = {bob} WHERE order_number = '1'",
        "UPDATE oscar_loyalty_qualifyingevent SET account_id = {bob} WHERE key = 'order:1'",
        "UPDATE oscar_loyalty_draw SET lot_id = {pending_lot} WHERE points = 25",
        "UPDATE oscar_loyalty_draw SET entry_id = {earned} WHERE points = 25",
        "UPDATE oscar_loyalty_lot SET entry_id = {claw} WHERE remaining = 75",
        "DELETE FROM oscar_loyalty_draw WHERE points = 25",
        "DELETE FROM oscar_loyalty_lot WHERE remaining = 40",
        "DELETE FROM oscar_loyalty_award WHERE order_number = '2'",
        "DELETE FROM oscar_loyalty_qualifyingevent WHERE key = 'order:2'",
        "INSERT INTO oscar_loyalty_entry (account_id, seq, kind, points, balance_after, key,"
        " order_number, reason, note, actor, posted_at, digest) VALUES ({bob}, 9, 'bonus', 5, 5,"
        " 'bonus:x', '', '', '', '', '2026-01-01 00:00:00+00:00', 'x')",
        "INSERT INTO oscar_loyalty_draw (entry_id, lot_id, points) VALUES ({claw}, {lot}, 1)",
    ],
)
def test_a_moved_removed_or_added_row_is_found(busy_books, statement):
    _alice, bob = busy_books
    rows = {
        "bob": bob.pk,
        "lot": Lot.objects.get(remaining=75).pk,
        "pending_lot": Lot.objects.get(remaining=40).pk,
        "earned": Entry.objects.get(key="earn:1").pk,
        "claw": Entry.objects.get(kind="claw").pk,
    }
    tamper(statement.format(**rows))
    code, text = run_check()
    assert code == 1
    assert "VIOLATED" in text


def test_a_removed_entry_is_found(busy_books):
    last = Entry.objects.get(kind="claw")
    tamper(f"DELETE FROM oscar_loyalty_draw WHERE entry_id = {last.pk}")
    tamper(f"DELETE FROM oscar_loyalty_entry WHERE id = {last.pk}")
    assert run_check()[0] == 1


def test_an_order_that_never_was_decided_about_is_found(busy_books):
    alice, _bob = busy_books
    world.unsignalled(alice.user, "10.00", number="9", at=timezone.now() - timedelta(hours=2))
    assert run_check() == (
        1,
        "VIOLATED every order is decided about: order 9\n2 members, 3 orders, 1 violations\n",
    )


def test_one_account_is_audited_alone(busy_books):
    alice, bob = busy_books
    tamper(f"UPDATE oscar_loyalty_account SET held = 5 WHERE id = {bob.pk}")
    assert run_check("--account", str(alice.pk))[0] == 0
    code, text = run_check("--account", str(bob.pk), "--json")
    assert code == 1
    assert json.loads(text)["violations"][0]["rule"] == "held is the sum of the holds"


def test_books_that_cannot_be_read(busy_books):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE oscar_loyalty_lot RENAME TO oscar_loyalty_lot_gone")
    code, text = run_check()
    assert code == 2
    assert text.startswith("The books could not be read:")


def test_an_audit_changes_nothing(busy_books, django_assert_num_queries):
    before = list(Entry.objects.values_list()), list(Lot.objects.values_list())
    books_audited.run(at=timezone.now())
    assert before == (list(Entry.objects.values_list()), list(Lot.objects.values_list()))


def test_points_of_a_later_order_do_not_hide_a_violation(busy_books):
    alice, _bob = busy_books
    tamper(f"UPDATE oscar_loyalty_account SET balance = balance + 7 WHERE id = {alice.pk}")
    services.accrue(alice.pk, Accrual(5, Cause("bonus", "bonus:x:1", reason="x"), timezone.now()))
    assert run_check()[0] == 1
