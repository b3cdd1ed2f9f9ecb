"""
Every two things that may happen to an account, in both orders, at the two moments that matter.

*Behind*: the second comes while the first has the account locked, and waits. *Between*: the first
happens, all of it, when the second has looked around but not locked yet. Nothing is left to chance,
and the books end as if one had come after the other.
"""

import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import Sum
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import (
    accounts_merged,
    books_audited,
    order_claimed,
    order_placed,
    order_recalculated,
    order_status_changed,
    points_adjusted,
    points_chosen,
    points_expired,
    points_spent,
    points_taken_off,
)
from oscar_loyalty.models import Account, Award, Entry, Hold, Lot
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import comebacks, world
from tests.races import PATIENCE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("require_postgres"),
]

LOCKS = re.compile(
    r'UPDATE "?oscar_loyalty_account|oscar_loyalty_account.* FOR (NO KEY )?UPDATE', re.S
)

Order = get_model("order", "Order")

_numbers = itertools.count(1)


@dataclass
class Scene:
    """
    A member with 100 points of an order and 60 others, of which 30 should have expired by now.

    40 are kept for a basket, 20 were spent on an order; another order was placed and not noticed.
    """

    account: Account
    clerk: int
    number: int

    @property
    def basket(self) -> int:
        return 10 * self.number

    def order(self, name: str) -> str:
        return f"{name}{self.number}"


@transaction.atomic
def scene(clerk: int) -> Scene:
    account, now = world.member(), timezone.now()
    made = Scene(account, clerk, next(_numbers))
    for name, amount in (("earned", "100.00"), ("spent", "0.50"), ("late", "25.00")):
        order = world.unsignalled(account.user, amount, number=made.order(name))
        if name == "earned":
            order_placed.run(order.number, at=now)
    for part, days in (("lapsed", -1), ("young", 9)):
        until = now + timedelta(days=days)
        cause = Cause("bonus", f"bonus:{part}{made.number}")
        ledger.accrue(account.pk, Accrual(30, cause, now, expires_at=until))
    points_chosen.run(account.user_id, made.basket, 20, at=now)
    points_spent.run(account.pk, made.basket, 20, order_number=made.order("spent"), at=now)
    points_chosen.run(account.user_id, made.basket, 40, at=now)
    return made


def hold(on: Scene) -> Any:
    return points_chosen.run(on.account.user_id, on.basket + 1, 70, at=timezone.now())


def capture(on: Scene) -> Any:
    number = on.order("captured")
    return points_spent.run(on.account.pk, on.basket, 40, order_number=number, at=timezone.now())


def release(on: Scene) -> Any:
    return points_taken_off.run(on.basket)


def cancel(on: Scene) -> Any:
    order = Order.objects.get(number=on.order("earned"))
    comebacks.put(order, "Cancelled")
    return order_status_changed.run(order.number, at=timezone.now())


def refund(on: Scene) -> Any:
    """Half of the order that was paid with points, and half of these."""
    order = Order.objects.get(number=on.order("spent"))
    comebacks.refund(order, "0.25")
    return order_recalculated.run(order.number, at=timezone.now()).points


def expire(on: Scene) -> Any:
    """The sweep; whom else it finds is nobody's business here."""
    points_expired.run(at=timezone.now())


def adjust(on: Scene) -> Any:
    return points_adjusted.run(
        on.account.pk,
        -60,
        reason="mistake",
        note="Posted twice",
        actor_id=on.clerk,
        source=f"{on.number}",
        at=timezone.now(),
    )


def earn(on: Scene) -> Any:
    return order_placed.run(on.order("late"), at=timezone.now())


ACTS = (hold, capture, release, cancel, refund, expire, adjust, earn)
Act = Callable[[Scene], Any]
#: What each act answered, by name, and how the books stand.
End = tuple[list[tuple[str, Any]], Any]

_one_by_one: dict[tuple[Act, Act], End] = {}


@pytest.mark.timeout(900)
def test_two_at_once_end_as_one_after_the_other():
    world.programme(redeemable=True)
    clerk = world.customer().pk
    for first, second in itertools.product(ACTS, ACTS):
        possible = [in_turn(first, second, clerk), in_turn(second, first, clerk)]
        for race in (behind, between):
            on = scene(clerk)
            pair = f"{second.__name__} {race.__name__} {first.__name__}"
            assert race(first, second, on) in possible, pair
    # Each race had an account of its own, so one look at the end finds what any of them broke.
    assert books_audited.run(at=timezone.now()).violations == []


@pytest.mark.parametrize("come", ["behind", "between"])
def test_who_is_merged_while_claiming_earns_in_the_account_that_goes_on(come):
    world.programme(redeemable=True)
    clerk = world.customer().pk
    on, stays = scene(clerk), world.member()
    number, now = on.order("guest"), timezone.now()
    world.unsignalled(None, "20.00", number=number)

    def claim(on: Scene) -> Any:
        return order_claimed.run(number, on.account.user_id, at=now)

    def merge(on: Scene) -> Any:
        terms = {"note": "-", "actor_id": clerk, "at": now}
        return accounts_merged.run(on.account.pk, stays.pk, **terms)

    (behind if come == "behind" else between)(merge, claim, on)
    assert Award.objects.get(order_number=number).account == stays
    assert books_audited.run(at=timezone.now()).violations == []


@pytest.mark.parametrize("come", ["behind", "between"])
def test_what_is_merged_while_it_becomes_spendable_becomes_so_where_it_went(come):
    world.programme(spendable="on-status", spendable_status="Complete")
    clerk, stays = world.customer().pk, world.member()
    account, number = world.member(), f"waiting{next(_numbers)}"
    order = world.place(account.user, "70.00", number=number, status="Pending")

    def complete(on: Scene) -> Any:
        comebacks.put(order, "Complete")
        return order_status_changed.run(number, at=timezone.now())

    def merge(on: Scene) -> Any:
        terms = {"note": "-", "actor_id": clerk, "at": timezone.now()}
        return accounts_merged.run(on.account.pk, stays.pk, **terms)

    (behind if come == "behind" else between)(merge, complete, Scene(account, clerk, 0))
    stays.refresh_from_db()
    assert (stays.balance, stays.pending) == (70, 0)
    assert Award.objects.get(order_number=number).matured
    assert books_audited.run(at=timezone.now()).violations == []


def in_turn(first: Act, second: Act, clerk: int) -> End:
    """How it ends when the second comes after the first is over."""
    if (first, second) not in _one_by_one:
        on = scene(clerk)
        answers = [(act.__name__, answer(act, on)) for act in (first, second)]
        _one_by_one[first, second] = end(answers, on)
    return _one_by_one[first, second]


def behind(first: Act, second: Act, on: Scene) -> End:
    """The second comes when the first has just locked the account."""
    other = Other(second, on)
    with at_the_lock(after=other.come):
        mine = answer(first, on)
    return end([(first.__name__, mine), (second.__name__, other.join())], on)


def between(first: Act, second: Act, on: Scene) -> End:
    """The first happens just before the second would lock the account."""
    other = Other(first, on)
    with at_the_lock(before=other.come):
        mine = answer(second, on)
    return end([(second.__name__, mine), (first.__name__, other.join())], on)


def end(answers: list[tuple[str, Any]], on: Scene) -> End:
    account = Account.objects.get(pk=on.account.pk)
    # In sums: two refunds at once may return in one lot what they return in two one by one.
    entries = Entry.objects.filter(account=account).order_by("kind").values_list("kind")
    lots = Lot.objects.filter(account=account).order_by("entry__kind").values_list("entry__kind")
    holds = Hold.objects.filter(account=account).order_by("points", "state", "spent")
    books = (
        (account.balance, account.pending, account.held),
        list(entries.annotate(Sum("points"))),
        list(lots.annotate(Sum("remaining"), Sum("debt_paid"))),
        list(holds.values_list("points", "state", "spent", "returned", "uncovered")),
    )
    return sorted(answers, key=repr), books


def answer(act: Act, on: Scene) -> Any:
    """What it says, or the code of its refusal."""
    try:
        return act(on)
    except LoyaltyError as refusal:
        return refusal.code


class Other(threading.Thread):
    """Somebody else's act, on a connection of their own."""

    def __init__(self, act: Act, on: Scene) -> None:
        super().__init__(daemon=True)
        self.act, self.on = act, on
        self.connected = threading.Event()
        self.answer: Any = AssertionError("did not come")

    def run(self) -> None:
        try:
            connection.ensure_connection()
            self.backend = connection.connection.info.backend_pid
            self.connected.set()
            self.answer = answer(self.act, self.on)
        except Exception as failure:
            self.answer = failure
        finally:
            connections.close_all()

    def come(self) -> None:
        """Start, and return as soon as they are through, or wait for somebody."""
        self.start()
        assert self.connected.wait(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while self.is_alive() and not self._waits():
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def join(self, timeout: float | None = None) -> Any:
        super().join(timeout or PATIENCE)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def _waits(self) -> bool:
        with connection.connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [self.backend])
            return cursor.fetchone() != (0,)


@contextmanager
def at_the_lock(
    *, before: Callable[[], None] | None = None, after: Callable[[], None] | None = None
) -> Iterator[None]:
    """Let something happen just before, or after, the first statement that locks an account."""
    locked = False

    def run(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal locked
        if locked or not LOCKS.search(sql):
            return execute(sql, *rest)
        locked = True
        if before:
            before()
        done = execute(sql, *rest)
        if after:
            after()
        return done

    with connection.execute_wrapper(run):
        yield
    assert locked
