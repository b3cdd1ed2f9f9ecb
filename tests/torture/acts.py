"""What a worker does, at random: everything that moves points, by the flows that the shop calls."""

import itertools
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import (
    order_placed,
    order_recalculated,
    order_status_changed,
    points_adjusted,
    points_chosen,
    points_expired,
    points_matured,
    points_spent,
    points_taken_off,
)
from oscar_loyalty.models import Account, Hold
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import comebacks, world

Order = get_model("order", "Order")

#: Baskets of one account: few, so that the same one is chosen for, captured and let go at once.
BASKETS = 4


class Worker:
    """One process at work. `done` is told the key of whatever has been committed."""

    def __init__(self, accounts: list[int], clerk: int, done: Callable[[str], None]) -> None:
        self.dice = random.Random()
        self.accounts = accounts
        self.clerk = clerk
        self.done = done
        mark = f"{os.getpid()}x{time.time_ns()}"
        self.names: Iterator[str] = (f"{mark}x{number}" for number in itertools.count())

    def act(self) -> None:
        """Do one thing; being refused is part of it."""
        acts = {
            self.earn: 4,
            self.get_points_that_lapse: 3,
            self.hold: 5,
            self.capture: 4,
            self.release: 1,
            self.refund: 3,
            self.cancel: 2,
            self.reinstate: 2,
            self.expire: 1,
            self.adjust: 3,
            self.do_again: 2,
        }
        (act,) = self.dice.choices(list(acts), weights=list(acts.values()))
        account = Account.objects.get(pk=self.dice.choice(self.accounts))
        with suppress(LoyaltyError):
            act(account)

    def earn(self, account: Account) -> None:
        self._award(self._order(account))

    def get_points_that_lapse(self, account: Account) -> None:
        at = timezone.now()
        soon = at + timedelta(seconds=self.dice.choice([0.2, 1, 5]))
        waits = self.dice.random() < 0.3
        cause = Cause("bonus", f"bonus:{next(self.names)}")
        points = self.dice.randint(1, 20)
        available_at = at + timedelta(seconds=0.1) if waits else None
        lot = Accrual(points, cause, at, waits, available_at, expires_at=soon)
        ledger.accrue(account.pk, lot)
        self.done(cause.key)

    def hold(self, account: Account) -> None:
        points, at = self.dice.randint(1, 40), timezone.now()
        points_chosen.run(account.user_id, self._basket(account), points, at=at)

    def capture(self, account: Account) -> None:
        """As at a checkout: the order and its points in one transaction, then what it earns."""
        basket = self._basket(account)
        hold = Hold.objects.filter(account=account, basket_id=basket, state="open").first()
        if hold is None:
            return
        points = self.dice.randint(1, hold.points)
        at = timezone.now()
        with transaction.atomic():
            order = self._order(account)
            points_spent.run(account.pk, basket, points, order_number=order.number, at=at)
        self.done(f"redeem:{order.number}")
        self._award(order)

    def release(self, account: Account) -> None:
        points_taken_off.run(self._basket(account))

    def refund(self, account: Account) -> None:
        """The shop's receivers hear of it; they may give up, and then the due jobs find it."""
        if order := self._old_order(account):
            with transaction.atomic():
                # Two clerks would each make a payment source of the order.
                Order.objects.select_for_update().get(pk=order.pk)
                comebacks.refund(order, f"{self.dice.randint(1, 1_500) / 100:.2f}")
            order_recalculated.run(order.number, at=timezone.now())

    def cancel(self, account: Account) -> None:
        self._put(account, "Cancelled")

    def reinstate(self, account: Account) -> None:
        self._put(account, "Pending")

    def expire(self, account: Account) -> None:
        at = timezone.now()
        points_matured.run(at=at)
        points_expired.run(at=at)

    def adjust(self, account: Account) -> None:
        source, points = next(self.names), self.dice.choice([-25, -10, -3, 5, 15])
        points_adjusted.run(
            account.pk,
            points,
            reason="mistake",
            note="A correction",
            actor_id=self.clerk,
            source=source,
            at=timezone.now(),
        )
        self.done(f"adj:{source}")

    def do_again(self, account: Account) -> None:
        """What was done must not be done twice."""
        if order := self._old_order(account):
            at = timezone.now()
            order_placed.run(order.number, at=at)
            hold = Hold.objects.filter(order_number=order.number).first()
            if hold:
                number, basket = order.number, self._basket(account)
                points_spent.run(account.pk, basket, hold.spent, order_number=number, at=at)

    def _award(self, order) -> None:
        """Somebody may have cancelled it before: then it earns nothing."""
        if order_placed.run(order.number, at=timezone.now()):
            self.done(f"earn:{order.number}")

    def _put(self, account: Account, status: str) -> None:
        if order := self._old_order(account):
            comebacks.put(order, status)
            order_status_changed.run(order.number, at=timezone.now())

    @transaction.atomic
    def _order(self, account: Account):
        """With its lines, or not at all, as Oscar writes it."""
        amount = Decimal(self.dice.randint(100, 3_000)) / 100
        return world.unsignalled(account.user, amount, number=next(self.names))

    def _old_order(self, account: Account):
        """One of the newest, so that several work on the same."""
        orders = Order.objects.filter(user_id=account.user_id).order_by("-pk")[:8]
        return self.dice.choice(list(orders) or [None])

    def _basket(self, account: Account) -> int:
        return account.pk * BASKETS + self.dice.randrange(BASKETS)
