"""Points go out of the books: from which lots, and in how many statements."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from oscar_loyalty.models import Account, Draw, Entry, Lot
from oscar_loyalty.program.ledger import policy, queries, services
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import world
from tests.world import MARCH

pytestmark = pytest.mark.django_db

#: Days until they lapse, days since they were earned, whether they wait: each shuffled by hand.
LOTS = [
    (None, 3, False),
    (9, 1, False),
    (None, 5, True),
    (2, 0, True),
    (9, 4, False),
    (None, 3, False),
    (5, 2, True),
    (5, 2, False),
    (None, 8, False),
    (None, 1, True),
]


@pytest.fixture
def account(programme):
    account = world.member("dora")
    for number, (life, age, waits) in enumerate(LOTS):
        cause = Cause("bonus", f"bonus:{number}")
        services.accrue(account.pk, lot(cause, 10, life=life, age=age, waits=waits))
    return account


@pytest.fixture
def books_stay_right(db):
    yield
    assert list(queries.violations(at=MARCH)) == []


def lot(cause, points, *, life=None, age=0, waits=False):
    return Accrual(
        points,
        cause,
        MARCH,
        waits,
        MARCH + timedelta(days=30) if waits else None,
        MARCH + timedelta(days=life) if life else None,
        MARCH - timedelta(days=age),
    )


def redeem(account, points, *, kept=0, number="1"):
    cause = Cause("redeem", f"redeem:{number}", number)
    return services.redeem(account.pk, points, cause, kept=kept, at=MARCH)


def drawn(key):
    draws = Draw.objects.filter(entry__key=key)
    return sorted(draws.values_list("lot_id", "points"))


def expected(account, points, **first):
    draws = policy.draw(queries.open_lots(account.pk, **first), points)
    return sorted((draw.lot_id, draw.points) for draw in draws)


@pytest.mark.parametrize("points", [1, 10, 11, 35, 60, 61, 75, 99, 100, 130])
def test_lots_pay_in_their_order(account, points, books_stay_right):
    pay = expected(account, points)
    assert redeem(account, points)
    assert drawn("redeem:1") == pay
    account.refresh_from_db()
    waiting = Lot.objects.filter(account=account, pending=True, open=True)
    assert account.balance == 100 - points
    assert account.pending == sum(waiting.values_list("remaining", flat=True))


@pytest.mark.parametrize("share", [20, 7, 1, 0])
def test_an_order_gives_back_what_it_earned_first(account, share, books_stay_right):
    for number, waits in (("1", True), ("2", False)):
        first = lot(Cause("earn", f"earn:{number}", number), 20, age=2, waits=waits)
        services.accrue(account.pk, first)
        if number == "1":
            services.settle_order(account.pk, [first], 5, at=MARCH)
            services.settle_order(account.pk, [first], 20, at=MARCH)
            services.settle_order(account.pk, [first], share, at=MARCH)
    own = Lot.objects.filter(account=account, entry__order_number="1")
    assert sum(own.values_list("remaining", flat=True)) == share
    others = Lot.objects.filter(account=account).exclude(entry__order_number="1")
    assert not Draw.objects.filter(lot__in=others).exists()


def test_points_taken_again_come_from_those_that_returned(account, books_stay_right):
    redeem(account, 30)
    terms = {"at": MARCH, "least": MARCH + timedelta(days=90), "ending": lambda _earned_at: None}
    assert services.give_back(account.pk, "1", 30, **terms) == 30
    pay = expected(account, 25, first="1", kinds=Entry.SPENT)
    assert services.give_back(account.pk, "1", 5, **terms) == -25
    assert drawn("retake:1:25") == pay
    kinds = Draw.objects.filter(entry__key="retake:1:25").values_list("lot__entry__kind", flat=True)
    assert set(kinds) == {"return"}


def test_what_is_paid_twice_is_paid_once(account, books_stay_right):
    assert redeem(account, 30)
    assert not redeem(account, 30)
    account.refresh_from_db()
    assert (account.balance, account.seq) == (70, 11)


def test_what_nobody_kept_cannot_be_let_go(account, books_stay_right):
    with pytest.raises(IntegrityError):
        redeem(account, 30, kept=5)
    account.refresh_from_db()
    assert (account.balance, account.held, account.seq) == (100, 0, 10)
    assert not Draw.objects.exists()


@pytest.mark.parametrize("points", [5, 65, 120])
def test_however_many_lots_pay_it_takes_the_same_few_statements(account, points):
    statements = []

    def see(execute, sql, params, many, context):
        if "oscar_loyalty" in sql:
            statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(see):
        redeem(account, points)
    assert len(statements) == (2 if connection.vendor == "postgresql" else 6)


def test_a_part_too_small_for_a_share_gets_none(account, books_stay_right):
    parts = [
        Accrual(points, Cause("earn", policy.earn_key("7", place), "7"), MARCH)
        for place, points in enumerate([1, 100], start=1)
    ]
    for target, posted in ((50, 50), (51, 1)):
        assert services.settle_order(account.pk, parts, target, at=MARCH) == posted
    again = Entry.objects.filter(order_number="7", kind="restore").values_list("key", "points")
    assert list(again) == [("restore:7:102", 1)]


def test_what_has_returned_does_not_return_again(account, books_stay_right):
    redeem(account, 20)
    terms = {"at": MARCH, "least": MARCH, "ending": lambda earned_at: None}
    assert services.give_back(account.pk, "1", 5, **terms) == 5
    assert services.give_back(account.pk, "1", 5, **terms) == 0
    assert Entry.objects.filter(kind="return").count() == 1


def test_the_last_of_some_movements_is_known(account):
    redeem(account, 20)
    seen = Account.objects.values_list(
        queries.last_moved_at(account.pk, ["redeem"]), queries.last_moved_at(account.pk, ["earn"])
    )
    assert list(seen.filter(pk=account.pk)) == [(MARCH, None)]
