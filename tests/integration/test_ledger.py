"""The books through their services, on a real database."""

from datetime import date, datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, connection, transaction

from oscar_loyalty.errors import InsufficientPoints, InvalidPoints, KeyReused, NotAMember
from oscar_loyalty.flows import points_matured
from oscar_loyalty.models import Account, Draw, Entry, Lot
from oscar_loyalty.program.ledger import queries, services
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import world
from tests.world import JUNE, MARCH

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return world.member("alice")


def earned(number, points, **lot):
    return Accrual(points, Cause("earn", f"earn:{number}", number), MARCH, **lot)


def books(account):
    account.refresh_from_db()
    return account.balance, account.pending, account.held, account.seq


def test_points_arrive_with_an_entry_and_a_lot(alice):
    assert services.accrue(alice.pk, earned("1", 100)) is True
    assert books(alice) == (100, 0, 0, 1)
    entry = Entry.objects.get()
    assert (entry.seq, entry.points, entry.balance_after, entry.key) == (1, 100, 100, "earn:1")
    lot = Lot.objects.get()
    assert (lot.entry_id, lot.points, lot.remaining, lot.debt_paid) == (entry.pk, 100, 100, 0)
    assert (lot.open, lot.pending) == (True, False)


def test_the_same_cause_is_posted_once(alice):
    services.accrue(alice.pk, earned("1", 100))
    assert services.accrue(alice.pk, earned("1", 100)) is False
    assert books(alice) == (100, 0, 0, 1)


def test_the_same_cause_with_another_amount_is_refused(alice):
    services.accrue(alice.pk, earned("1", 100))
    with pytest.raises(KeyReused, match="earn:1 is already in the books with another amount"):
        services.accrue(alice.pk, earned("1", 101))
    assert books(alice) == (100, 0, 0, 1)


def test_the_same_cause_for_another_account_is_refused(alice):
    services.accrue(alice.pk, earned("1", 100))
    bob = world.member("bob")
    with pytest.raises(KeyReused):
        services.accrue(bob.pk, earned("1", 100))
    assert books(bob) == (0, 0, 0, 0)


@pytest.mark.parametrize("points", [0, -1, 10**12 + 1])
def test_absurd_points_are_refused(alice, points):
    with pytest.raises(InvalidPoints):
        services.accrue(alice.pk, earned("1", points))
    assert books(alice) == (0, 0, 0, 0)


def test_an_unknown_account_is_no_silent_success():
    with pytest.raises(NotAMember, match="There is no such account"):
        services.accrue(404, earned("1", 100))
    assert Entry.objects.count() == 0


def test_pending_points_are_owned_but_not_spendable(alice):
    services.accrue(alice.pk, earned("1", 100, pending=True, available_at=JUNE))
    assert books(alice) == (100, 100, 0, 1)
    assert alice.spendable == 0
    assert points_matured.run(at=JUNE - timedelta(seconds=1)) == 0
    assert books(alice) == (100, 100, 0, 1)
    assert points_matured.run(at=JUNE) == 1
    assert books(alice) == (100, 0, 0, 1)
    assert points_matured.run(at=JUNE) == 0


def test_many_accounts_mature_in_batches(monkeypatch):
    monkeypatch.setattr(points_matured, "CHUNK", 2)
    accounts = [world.member() for _n in range(5)]
    for account in accounts:
        services.accrue(account.pk, earned(account.pk, 10, pending=True, available_at=JUNE))
    assert points_matured.run(at=JUNE) == 5
    assert list(Account.objects.values_list("pending", flat=True)) == [0] * 5


def test_broken_books_stop_only_their_own_points():
    """The sweep goes on to the others, and says at the end that one has failed."""
    broken, *others = [world.member() for _n in range(3)]
    for account in (broken, *others):
        services.accrue(account.pk, earned(account.pk, 10, pending=True, available_at=JUNE))
    Account.objects.filter(pk=broken.pk).update(pending=4)
    with pytest.raises(RuntimeError, match="1 failed"):
        points_matured.run(at=JUNE)
    pending = dict(Account.objects.values_list("pk", "pending"))
    assert [pending[account.pk] for account in (broken, *others)] == [4, 0, 0]
    assert Lot.objects.get(pending=True).account == broken


def test_points_of_one_order_mature_when_its_status_is_reached(alice):
    services.accrue(alice.pk, earned("1", 100, pending=True))
    services.accrue(alice.pk, earned("2", 30, pending=True))
    services.mature_order(alice.pk, "1", at=JUNE)
    services.mature_order(alice.pk, "1", at=JUNE)
    assert books(alice) == (130, 30, 0, 2)


class TestSettlingAnOrder:
    def test_taking_everything_back(self, alice):
        services.accrue(alice.pk, earned("1", 100))
        assert services.settle_order(alice.pk, [earned("1", 100)], 0, at=JUNE) == -100
        assert books(alice) == (0, 0, 0, 2)
        claw = Entry.objects.get(kind="claw")
        assert (claw.points, claw.key, claw.balance_after) == (-100, "claw:1:100", 0)
        assert Draw.objects.get().points == 100
        assert Lot.objects.get().open is False

    def test_doing_it_twice_changes_nothing(self, alice):
        services.accrue(alice.pk, earned("1", 100))
        services.settle_order(alice.pk, [earned("1", 100)], 0, at=JUNE)
        assert services.settle_order(alice.pk, [earned("1", 100)], 0, at=JUNE) == 0
        assert books(alice) == (0, 0, 0, 2)

    def test_back_and_forth_ends_where_it_should(self, alice):
        services.accrue(alice.pk, earned("1", 100))
        for target in (0, 100, 0, 100, 40, 70):
            services.settle_order(alice.pk, [earned("1", 100)], target, at=JUNE)
        assert books(alice) == (70, 0, 0, 7)
        keys = list(Entry.objects.order_by("seq").values_list("key", flat=True))
        assert keys == [
            "earn:1",
            "claw:1:100",
            "restore:1:200",
            "claw:1:200",
            "restore:1:300",
            "claw:1:260",
            "restore:1:330",
        ]

    def test_an_order_that_never_earned_earns_now(self, alice):
        assert services.settle_order(alice.pk, [earned("1", 100)], 100, at=JUNE) == 100
        assert Entry.objects.get().key == "earn:1"

    def test_pending_points_go_first_from_the_order_itself(self, alice):
        services.accrue(alice.pk, earned("1", 100))
        services.accrue(alice.pk, earned("2", 60, pending=True, available_at=JUNE))
        services.settle_order(alice.pk, [earned("2", 60)], 0, at=MARCH)
        assert books(alice) == (100, 0, 0, 3)
        assert list(Lot.objects.order_by("pk").values_list("remaining", flat=True)) == [100, 0]

    def test_points_that_come_again_wait_like_the_first_ones(self, alice):
        waiting = earned("1", 100, pending=True, available_at=JUNE)
        services.accrue(alice.pk, waiting)
        services.settle_order(alice.pk, [waiting], 0, at=MARCH)
        services.settle_order(alice.pk, [waiting], 100, at=MARCH)
        assert books(alice) == (100, 100, 0, 3)
        services.settle_order(alice.pk, [waiting], 0, at=JUNE)
        services.settle_order(alice.pk, [waiting], 100, at=JUNE)
        assert books(alice) == (100, 0, 0, 5)


def spend(account, points):
    """Staff take points away, which is how they leave until they can be redeemed."""
    services.adjust(account.pk, -points, Cause("adj", f"adj:spent-{account.seq}"), at=MARCH)


def test_a_clawback_beyond_the_balance_is_a_debt_that_later_points_pay_first(alice):
    services.accrue(alice.pk, earned("1", 100))
    spend(alice, 80)
    services.settle_order(alice.pk, [earned("1", 100)], 0, at=JUNE)
    assert books(alice) == (-80, 0, 0, 3)
    assert alice.spendable == 0
    services.accrue(alice.pk, earned("2", 50))
    assert books(alice) == (-30, 0, 0, 4)
    services.accrue(alice.pk, earned("3", 50, pending=True, available_at=JUNE))
    assert books(alice) == (20, 20, 0, 5)
    lots = Lot.objects.order_by("pk").values_list("points", "debt_paid", "remaining", "open")
    assert list(lots) == [(100, 0, 0, False), (50, 50, 0, False), (50, 30, 20, True)]


def test_the_portable_and_the_single_statement_write_the_same(alice, monkeypatch):
    """Both ways of accruing, from every kind of balance."""
    rows = []
    for vendor in {connection.vendor, "portable"}:
        account = world.member()
        monkeypatch.setattr(connection, "vendor", vendor)
        for step, (points, pending) in enumerate([(100, False), (70, True), (500, True)]):
            number = f"{account.pk}-{step}"
            services.accrue(account.pk, earned(number, points, pending=pending, available_at=JUNE))
            services.settle_order(account.pk, [earned(number, points)], 0, at=MARCH)
        monkeypatch.undo()
        rows.append(
            (
                books(account),
                list(account.entries.order_by("seq").values_list("points", "balance_after")),
                list(account.lots.order_by("pk").values_list("points", "debt_paid", "pending")),
            )
        )
    assert rows == [rows[0]] * len(rows)


class TestAdjusting:
    def cause(self, source="1"):
        return Cause("adj", f"adj:{source}", reason="goodwill", note="Sorry", actor="user:1")

    def test_up(self, alice):
        assert services.adjust(alice.pk, 50, self.cause(), at=MARCH) is True
        assert books(alice) == (50, 0, 0, 1)
        entry = Entry.objects.get()
        assert (entry.reason, entry.note, entry.actor) == ("goodwill", "Sorry", "user:1")

    def test_down_takes_what_can_be_spent(self, alice):
        services.accrue(alice.pk, earned("1", 100))
        services.accrue(alice.pk, earned("2", 40, pending=True, available_at=JUNE))
        services.adjust(alice.pk, -100, self.cause(), at=MARCH)
        assert books(alice) == (40, 40, 0, 3)

    def test_below_zero_is_refused(self, alice):
        services.accrue(alice.pk, earned("1", 100))
        with pytest.raises(InsufficientPoints, match="Only 100 points can be taken"):
            services.adjust(alice.pk, -101, self.cause(), at=MARCH)
        assert books(alice) == (100, 0, 0, 1)

    def test_twice_is_once(self, alice):
        services.accrue(alice.pk, earned("1", 100))
        services.adjust(alice.pk, -30, self.cause(), at=MARCH)
        assert services.adjust(alice.pk, -30, self.cause(), at=MARCH) is False
        with pytest.raises(KeyReused):
            services.adjust(alice.pk, -31, self.cause(), at=MARCH)
        assert books(alice) == (70, 0, 0, 2)

    def test_nothing_is_refused(self, alice):
        with pytest.raises(InvalidPoints):
            services.adjust(alice.pk, 0, self.cause(), at=MARCH)


def test_spendable_points_are_drawn_before_pending_and_soonest_to_lapse_first(alice):
    services.accrue(alice.pk, earned("forever", 10))
    services.accrue(alice.pk, earned("june", 10, expires_at=JUNE))
    services.accrue(alice.pk, earned("march", 10, expires_at=MARCH))
    services.accrue(alice.pk, earned("pending", 10, pending=True, available_at=JUNE))
    numbers = dict(Lot.objects.values_list("pk", "entry__order_number"))
    assert [numbers[lot.lot_id] for lot in queries.open_lots(alice.pk)] == [
        "march",
        "june",
        "forever",
        "pending",
    ]
    own_first = [numbers[lot.lot_id] for lot in queries.open_lots(alice.pk, first="pending")]
    assert own_first[0] == "pending"


def test_a_history_is_posted_as_if_it_had_come_one_by_one(alice):
    bob = world.member("bob")
    services.accrue(bob.pk, earned("0", 10))
    spend(bob, 10)
    services.settle_order(bob.pk, [earned("0", 10)], 0, at=MARCH)
    services.post_history(
        {
            alice.pk: [earned("1", 100), earned("2", 50, pending=True, available_at=JUNE)],
            bob.pk: [earned("3", 4), earned("4", 20)],
        }
    )
    assert books(alice) == (150, 50, 0, 2)
    assert books(bob) == (14, 0, 0, 5)
    lots = bob.lots.order_by("pk").values_list("points", "debt_paid", "remaining", "open")
    assert list(lots)[1:] == [(4, 4, 0, False), (20, 6, 14, True)]
    balances = list(bob.entries.order_by("seq").values_list("balance_after", flat=True))
    assert balances[-2:] == [-6, 14]


class TestAppendOnly:
    @pytest.fixture
    def entry(self, alice):
        services.accrue(alice.pk, earned("1", 100))
        services.settle_order(alice.pk, [earned("1", 100)], 0, at=JUNE)
        return Entry.objects.get(kind="claw")

    def test_rows_refuse_to_be_changed(self, entry):
        entry.points = -99
        with pytest.raises(TypeError, match="append-only"):
            entry.save()
        for attempt in (
            lambda: Entry.objects.update(points=1),
            lambda: Entry.objects.all().delete(),
            lambda: entry.delete(),
            lambda: Draw.objects.update(points=1),
            lambda: Draw.objects.get().delete(),
        ):
            with pytest.raises(TypeError, match="append-only"):
                attempt()
        assert Entry.objects.get(kind="claw").points == -100

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE oscar_loyalty_entry SET note = 'x'",
            "DELETE FROM oscar_loyalty_draw",
            "UPDATE oscar_loyalty_draw SET points = 1",
            "DELETE FROM oscar_loyalty_entry",
            "DELETE FROM oscar_loyalty_lot",
            "UPDATE oscar_loyalty_lot SET points = 99999",
            "UPDATE oscar_loyalty_lot SET expires_at = now()",
            "UPDATE oscar_loyalty_lot SET matured_at = now()",
        ],
    )
    def test_postgresql_itself_refuses(self, entry, require_postgres, statement):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement)
        assert Entry.objects.count() == 2


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("account", "held = -1"),
        ("account", "seq = -1"),
        ("account", "pending = -1"),
        ("account", "pending = 101"),
        ("account", "balance = 1000000000000001"),
        ("entry", "points = -100"),
        ("entry", "kind = 'claw'"),
        ("entry", "kind = 'unheard-of'"),
        ("entry", "key = 'earn:2'"),
        ("entry", "order_number = '2'"),
        ("entry", "seq = 0"),
        ("lot", "remaining = 101"),
        ("lot", "remaining = -1"),
        ("lot", "remaining = 0"),
        ("lot", "open = false"),
        ("lot", "debt_paid = 1"),
        ("lot", "debt_paid = -1"),
    ],
)
def test_the_database_refuses_impossible_rows(alice, table, change):
    services.accrue(alice.pk, earned("1", 100))
    with pytest.raises(DatabaseError), transaction.atomic():
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql" and table in ("entry", "lot"):
                cursor.execute(f"ALTER TABLE oscar_loyalty_{table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE oscar_loyalty_{table} SET {change}")
    assert books(alice) == (100, 0, 0, 1)


def test_a_history_is_read_newest_first_and_page_by_page(alice):
    for number in ("1", "2", "3"):
        services.accrue(alice.pk, earned(number, 10))
    services.accrue(world.member("bob").pk, earned("4", 10))
    assert [entry.key for entry in queries.history(alice.pk)] == ["earn:3", "earn:2", "earn:1"]
    assert [entry.seq for entry in queries.history(alice.pk, before=3)] == [2, 1]


def test_points_on_their_way_are_told_by_the_day_where_the_programme_lives(alice):
    late = datetime(2026, 6, 1, 23, 30, tzinfo=timezone.utc)
    for number, day in (("1", late), ("2", JUNE), ("3", JUNE), ("4", None)):
        services.accrue(alice.pk, earned(number, 10, pending=True, available_at=day))
    services.accrue(alice.pk, earned("5", 10))
    expected = [(date(2026, 6, 1), 20), (date(2026, 6, 2), 10), (None, 10)]
    lots = queries.lots_by_day(alice.pk, "Europe/London")
    assert [(lot.day, lot.points) for lot in lots if lot.pending] == expected
    assert [(lot.day, lot.points) for lot in lots[3:]] == [(MARCH.date(), 10)]


def test_nobody_is_not_a_deleted_customer(alice):
    Account.objects.update(user=None)
    assert queries.account_of(None) is None
    assert queries.balance_of(None) is None


def test_rows_say_in_logs_what_they_are(alice):
    services.accrue(alice.pk, earned("1", 100))
    spend(alice, 30)
    lot, draw = Lot.objects.get(), Draw.objects.get()
    assert (str(lot.entry), str(lot), str(draw)) == ("earn:1 +100", "70/100", "30")
    assert str(alice) == str(alice.public_id)


def test_what_is_in_the_books_is_known_by_its_key(alice):
    services.accrue(alice.pk, earned("1", 100))
    assert (queries.is_posted("earn:1"), queries.is_posted("earn:2")) == (True, False)


def test_a_balance_beyond_all_bounds_is_an_error_and_no_silent_success(alice):
    Account.objects.update(balance=10**15)
    with pytest.raises(DatabaseError), transaction.atomic():
        services.accrue(alice.pk, earned("1", 1))
    assert books(alice) == (10**15, 0, 0, 0)
