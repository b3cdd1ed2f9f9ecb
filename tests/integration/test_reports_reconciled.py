"""Whatever happens to orders, the figures are what a clerk would add up, to the penny."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from oscar.core.loading import get_model

from oscar_loyalty.flows import order_claimed, sales_counted
from oscar_loyalty.models import CustomerMonth
from oscar_loyalty.program.reports.policy.periods import month_of
from tests import comebacks, selling, world
from tests.selling import asked

AT = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)
FIRST, LAST = date(2025, 1, 1), AT.date()
LONDON = ZoneInfo("Europe/London")
#: Older orders of guests cannot be claimed.
RECENT = timedelta(days=30)


class Clerk:
    """Does things to a shop, and writes down what is left of each order."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.customers = [world.customer() for _number in range(4)]
        self.at = AT
        #: By number: whose, when, what was paid and what went back, and whether it stands.
        self.orders = {}

    def act(self):
        acts = [
            self.sell,
            self.sell,
            self.sell,
            self.refund,
            self.cancel,
            self.reinstate,
            self.take_back,
        ]
        self.chance.choice([*acts, self.undo_refund, self.claim, self.count, self.wait])()

    def sell(self):
        user = self.chance.choice([*self.customers, None])
        amount = Decimal(self.chance.randrange(1, 10_000)) / 100
        at = self.at - timedelta(hours=self.chance.randrange(1, 9_000))
        order = world.unsignalled(user, str(amount), at=at)
        self.orders[order.number] = {"user": user, "at": at, "paid": amount, "refunds": {}}

    def refund(self):
        if number := self.any_order():
            amount = self.orders[number]["paid"] * self.chance.choice([1, 2, 3, 4]) / 4
            amount = amount.quantize(Decimal("0.01"))
            comebacks.refund(self.found(number), amount)
            written = get_model("payment", "Transaction").objects.latest("pk")
            self.orders[number]["refunds"][written.pk] = amount

    def undo_refund(self):
        if number := self.any_order("refunds"):
            pk = self.orders[number]["refunds"].popitem()[0]
            get_model("payment", "Transaction").objects.get(pk=pk).delete()

    def cancel(self):
        self._set_status("Cancelled", cancelled=True)

    def reinstate(self):
        self._set_status("Pending", cancelled=False)

    def _set_status(self, status, *, cancelled):
        number = self.any_order()
        if number and self.orders[number].get("cancelled", False) != cancelled:
            self.found(number).set_status(status)
            self.orders[number]["cancelled"] = cancelled

    def take_back(self):
        number = self.any_order()
        if number and not self.orders[number].get("came back"):
            comebacks.send_back(self.found(number), (0, 1))
            self.orders[number]["came back"] = True

    def claim(self):
        guests = [number for number, order in self.orders.items() if order["user"] is None]
        fresh = [number for number in guests if self.at - self.orders[number]["at"] < RECENT]
        if fresh:
            number, user = self.chance.choice(fresh), self.chance.choice(self.customers)
            order_claimed.run(number, user.pk, at=self.at)
            self.orders[number]["user"] = user

    def wait(self):
        self.at += timedelta(days=1)

    def count(self):
        sales_counted.run(at=self.at)

    def found(self, number):
        return get_model("order", "Order").objects.get(number=number)

    def any_order(self, having=None):
        known = [one for one, order in self.orders.items() if not having or order.get(having)]
        return self.chance.choice(known) if known else None

    def kept(self, order):
        """None where it counts as none."""
        left = order["paid"] - sum(order["refunds"].values())
        gone = order.get("cancelled") or order.get("came back") or left <= 0
        return None if gone else left

    def months(self):
        found = defaultdict(lambda: [0, Decimal(0)])
        for order in self.orders.values():
            if order["user"] and self.kept(order) is not None:
                day = order["at"].astimezone(LONDON).date()
                sums = found[order["user"].pk, month_of(day)]
                sums[0] += 1
                sums[1] += self.kept(order)
        return {key: tuple(sums) for key, sums in found.items()}


@pytest.mark.parametrize("seed", range(4))
def test_what_the_roll_ups_say(seed, programme, django_capture_on_commit_callbacks):
    clerk = Clerk(seed)
    for _round in range(4):
        for _act in range(25):
            with django_capture_on_commit_callbacks(execute=True):
                clerk.act()
            # What was done waits no more, as after a commit.
            connection.run_on_commit.clear()
        clerk.count()
        rows = CustomerMonth.objects.values_list("customer_id", "month", "orders", "spend")
        found = {(customer, month): sums for customer, month, *sums in rows}
        assert {key: tuple(sums) for key, sums in found.items()} == clerk.months()
    assert selling.rolled_up() == selling.counted_anew(clerk.at)
    kept = [clerk.kept(order) for order in clerk.orders.values()]
    stand = [money for money in kept if money is not None]
    _rows, whole = asked("order-value", FIRST, LAST, at=clerk.at)
    assert whole[-3:-1] == (len(stand), sum(stand))
    assert 5 < len(stand) < len(kept)
