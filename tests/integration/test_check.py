"""`loyalty_check` finds every kind of tampering, and nothing where nothing is wrong."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oscar_loyalty.flows import books_audited, order_status_changed, points_matured, tier_progress
from oscar_loyalty.models import Award, Entry, Lot, Programme
from oscar_loyalty.program.ledger import services
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import world

pytestmark = pytest.mark.django_db

JOINED = ("account", "award", "draw", "entry", "lot", "qualifyingevent")


@pytest.fixture
def busy_books(django_user_model):
    """Alice has earned, lost, waited, been corrected, and climbed twice; Bob is in debt."""
    world.programme(spendable="after-days", spendable_after_days=14)
    world.tier("Silver", 1, "100")
    world.tier("Gold", 2, "140")
    alice, bob = world.customer("alice"), world.customer("bob")
    month_ago = timezone.now() - timedelta(days=30)
    for number, amount, at in (("1", "100.00", month_ago), ("2", "40.00", None)):
        world.place(alice, amount, number=number, at=at)
    world.place(bob, "30.00", number="3", at=month_ago)
    points_matured.run(at=timezone.now())
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
    ("entry", "points = -points", EARNED),
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
    ("award", "points = points + 1", "order_number = '1'"),
    ("award", "points = points + 1", "order_number = '3'"),
    ("award", "base = base + 1", "order_number = '1'"),
    ("award", "base = base + 1", "order_number = '3'"),
    ("award", "why = 'nothing-counts'", "order_number = '1'"),
    ("award", "why = 'other-currency'", "order_number = '3'"),
    ("award", "why = 'unheard-of'", "order_number = '3'"),
    ("award", "breakdown = '{}'", "order_number = '1'"),
    ("award", "available_at = '2020-01-01 00:00:00+00:00'", "order_number = '1'"),
    ("award", "available_at = '2030-01-01 00:00:00+00:00'", "order_number = '2'"),
    ("award", "available_at = NULL", "order_number = '2'"),
    ("award", "matured = NOT matured", "order_number = '1'"),
    ("award", "matured = NOT matured", "order_number = '2'"),
    ("award", "matured = NOT matured", "order_number = '3'"),
    ("award", "placed_at = '2020-01-01 00:00:00+00:00'", "order_number = '1'"),
    ("award", "cancelled = NOT cancelled", "order_number = '1'"),
    ("award", "cancelled = NOT cancelled", "order_number = '3'"),
    ("qualifyingevent", "occurred_at = '2020-01-01 00:00:00+00:00'", "key = 'order:1'"),
    ("qualifyingevent", "key = 'order:77'", "key = 'order:3'"),
    ("qualifyingevent", "key = '3'", "key = 'order:3'"),
    ("qualifyingevent", "spend = spend + 1", "key = 'order:1'"),
    ("qualifyingevent", "points = points + 1", "key = 'order:1'"),
    ("qualifyingevent", "orders = 2", "key = 'order:1'"),
    ("standing", "tier_id = NULL", "tier_id IS NOT NULL"),
    ("standing", "tier_id = (SELECT MIN(id) FROM oscar_loyalty_tier)", "tier_id IS NOT NULL"),
    ("standing", "tier_id = (SELECT MIN(id) FROM oscar_loyalty_tier)", "tier_id IS NULL"),
    ("standing", "since = '2020-01-01 00:00:00+00:00'", "tier_id IS NOT NULL"),
    ("tierchange", "to_tier_id = from_tier_id", "to_name = 'Gold'"),
    ("tierchange", "from_name = ''", "to_name = 'Gold'"),
    ("tierchange", "changed_at = '2020-01-01 00:00:00+00:00'", "to_name = 'Gold'"),
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
        "DELETE FROM oscar_loyalty_standing WHERE tier_id IS NOT NULL",
        "DELETE FROM oscar_loyalty_tierchange WHERE to_name = 'Silver'",
        "DELETE FROM oscar_loyalty_tierchange WHERE to_name = 'Gold'",
        "UPDATE oscar_loyalty_account SET user_id = NULL WHERE id = {bob}",
        "UPDATE order_order SET status = 'Cancelled' WHERE number = '1'",
        "UPDATE order_order SET status = 'Complete' WHERE number = '3'",
        "INSERT INTO oscar_loyalty_entry (account_id, seq, kind, points, balance_after, key,"
        " order_number, reason, note, actor, posted_at, digest) VALUES ({bob}, 9, 'bonus', 5, 5,"
        " 'bonus:x', '', '', '', '', '2026-01-01 00:00:00+00:00', 'x')",
        "INSERT INTO oscar_loyalty_qualifyingevent (account_id, key, spend, points, orders,"
        " reduced, occurred_at)"
        " VALUES ({bob}, 'order:77', 900, 900, 1, FALSE, '2026-01-01 00:00:00+00:00')",
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


def _rewrite(breakdown, path, value):
    *way, last = path
    for step in way:
        breakdown = breakdown[step]
    breakdown[last] = value


@pytest.mark.parametrize("number", ["1", "2", "3"])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rate",), "2"),
        (("rate",), "1/0"),
        (("multiplier",), "1.50"),
        (("multiplier",), None),
        (("lines",), []),
        (("lines",), "none"),
        (("lines", 0), {}),
        (("lines", 0, "base"), "101.00"),
        (("lines", 0, "exact"), "101"),
        (("lines", 0, "exact"), "many"),
        (("lines", 0, "extra"), 1),
    ],
)
def test_a_changed_breakdown_is_found(busy_books, number, path, value):
    award = Award.objects.get(order_number=number)
    _rewrite(award.breakdown, path, value)
    award.save()
    assert run_check() == (
        1,
        f"VIOLATED points follow from the breakdown: account {award.account_id}: order {number}\n"
        "2 members, 3 orders, 1 violations\n",
    )


def test_a_line_that_makes_up_for_another_is_found(busy_books):
    """Neither sum changes, but each line has to lead from its base to its points."""
    award = Award.objects.get(order_number="1")
    line = award.breakdown["lines"][0]
    award.breakdown["lines"] = [{**line, "exact": "60"}, {**line, "base": "0.00", "exact": "40"}]
    award.save()
    assert run_check()[0] == 1


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (
            "UPDATE oscar_loyalty_award SET matured = NOT matured WHERE order_number = '1'",
            "points wait as was decided: account {alice}: order 1",
        ),
        (
            "UPDATE oscar_loyalty_award SET available_at = '2030-01-01 00:00:00+00:00'"
            " WHERE order_number = '2'",
            "points wait as was decided: account {alice}: order 2",
        ),
        (
            "UPDATE oscar_loyalty_award SET why = 'below-minimum' WHERE order_number = '3'",
            "points follow from the breakdown: account {bob}: order 3",
        ),
        (
            "UPDATE oscar_loyalty_qualifyingevent SET occurred_at = '2020-01-01 00:00:00+00:00'"
            " WHERE key = 'order:3'",
            "an order counts what was decided: account {bob}: order 3",
        ),
        (
            "INSERT INTO oscar_loyalty_qualifyingevent (account_id, key, spend, points, orders,"
            " reduced, occurred_at)"
            " VALUES ({bob}, 'order:77', 900, 900, 1, FALSE, '2026-01-01 00:00:00+00:00')",
            "what counts was decided: order:77",
        ),
    ],
)
def test_what_is_found_is_named(busy_books, statement, rule):
    alice, bob = busy_books
    tamper(statement.format(bob=bob.pk))
    code, text = run_check()
    assert code == 1
    assert f"VIOLATED {rule.format(alice=alice.pk, bob=bob.pk)}\n" in text


def test_points_that_wait_again_behind_the_awards_back_are_found(busy_books):
    alice, _bob = busy_books
    tamper("UPDATE oscar_loyalty_lot SET pending = NOT pending WHERE remaining = 75")
    tamper(f"UPDATE oscar_loyalty_account SET pending = pending + 75 WHERE id = {alice.pk}")
    assert run_check() == (
        1,
        f"VIOLATED points wait as was decided: account {alice.pk}: order 1\n"
        "2 members, 3 orders, 1 violations\n",
    )


def test_points_that_wait_for_a_status_must_not_be_spendable_before(db):
    world.programme(spendable="on-status", spendable_status="Complete")
    alice = world.customer("alice")
    world.place(alice, "10.00", number="1")
    assert run_check()[0] == 0
    tamper("UPDATE oscar_loyalty_lot SET pending = NOT pending")
    tamper("UPDATE oscar_loyalty_account SET pending = 0")
    assert run_check() == (
        1,
        f"VIOLATED points wait as was decided: account {alice.loyalty_account.pk}: order 1\n"
        "1 members, 1 orders, 1 violations\n",
    )


def test_an_order_that_does_not_qualify_must_not_count(busy_books):
    alice, _bob = busy_books
    Programme.objects.update(minimum_order="50.00")
    world.place(alice.user, "20.00", number="4")
    assert run_check()[0] == 0
    award = Award.objects.get(order_number="4")
    assert (award.points, award.why) == (0, "below-minimum")
    tier_progress.event_of(award).save()
    assert run_check() == (
        1,
        f"VIOLATED an order counts what was decided: account {alice.pk}: order 4\n"
        "2 members, 4 orders, 1 violations\n",
    )


def test_an_order_that_was_cancelled_from_the_start_counts_nothing(busy_books):
    alice, _bob = busy_books
    world.place(alice.user, "20.00", number="4", status="Cancelled")
    assert Award.objects.get(order_number="4").cancelled is True
    assert run_check() == (0, "2 members, 4 orders, 0 violations\n")


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


def test_what_counts_without_a_decision_is_found_in_its_account(busy_books):
    alice, bob = busy_books
    tamper("UPDATE oscar_loyalty_qualifyingevent SET key = 'order:77' WHERE key = 'order:3'")
    assert run_check("--account", str(alice.pk))[0] == 0
    assert run_check("--account", str(bob.pk)) == (
        1,
        f"VIOLATED what counts was decided: account {bob.pk}: order:77\n"
        "1 members, 3 orders, 1 violations\n",
    )


@pytest.mark.parametrize("account", ["0", "-1", "999999999", "99999999999999999999"])
def test_an_unknown_account(busy_books, account):
    assert run_check("--account", account) == (2, "There is no such account.\n")


def test_an_audit_asks_as_often_for_many_orders_as_for_few(busy_books, django_assert_num_queries):
    alice, _bob = busy_books
    with CaptureQueriesContext(connection) as few:
        books_audited.run(at=timezone.now())
    for number in range(10, 30):
        world.place(alice.user, "10.00", number=str(number))
    with django_assert_num_queries(len(few)):
        assert books_audited.run(at=timezone.now()).violations == []


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
