"""
A machine that does to the ledger whatever anybody may, and compares it with the oracle each time.

After every step the balances, every lot and every movement are those of `tests.oracle`, the lots
would pay in its order, and the ledger's own audit finds nothing. A power cut in the middle of the
next step must leave no trace; then the step is tried again, as a sweep would.
"""

import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import points_matured
from oscar_loyalty.models import Account, Entry, Hold, Lot
from oscar_loyalty.program.ledger import queries, services
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import oracle
from tests.choices import ALICE, BOB, absurd, ages, amounts, days, lives, names, waits, which
from tests.oracle import Arrival
from tests.power import PowerCut, power_cut_at
from tests.spending_rules import SpendingRules
from tests.world import MARCH


class LedgerMachine(SpendingRules, RuleBasedStateMachine):
    """Alice and Bob, their orders, and a calendar. Every example starts with empty books."""

    audits_each_step = True

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.at = MARCH
        accounts = {name: Account.objects.create(joined_at=MARCH) for name in (ALICE, BOB)}
        self.accounts = {name: account.pk for name, account in accounts.items()}
        self.books = oracle.Books({name: oracle.Member() for name in accounts})
        self.orders: list[tuple[str, Arrival]] = []
        self.causes: list[tuple[str, Cause, Arrival]] = []
        self.spendings: list[tuple[str, str, int]] = []
        self.numbers = itertools.count(1)
        self.audited: list[Any] = []
        self.power: Callable[[], AbstractContextManager[None]] = nullcontext

    def teardown(self) -> None:
        try:
            self._audit()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Leave no trace in the database."""
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    # ------------------------------------------------------------ what may happen

    @rule(name=names, points=amounts, wait=waits, life=lives)
    def an_order_earns(self, name: str, points: int, wait: str | int, life: int | None) -> None:
        first = self._order(name, points, wait, life)
        self._accrue(name, f"earn:{first.order}", first)

    @rule(name=names, points=amounts, wait=waits, life=lives)
    def an_order_is_born_cancelled(
        self, name: str, points: int, wait: str | int, life: int | None
    ) -> None:
        self._order(name, points, wait, life)

    @rule(name=names, points=st.one_of(amounts, absurd), life=lives, age=ages)
    def a_bonus(self, name: str, points: int, life: int | None, age: int = 0) -> None:
        """Its points may come late, and be older than others that are there."""
        earned_at = self.at - timedelta(days=age)
        lot = Arrival(points, 0, expires_at=self._day(life), earned_at=earned_at)
        self._accrue(name, f"bonus:{next(self.numbers)}", lot)

    @precondition(lambda self: self.causes)
    @rule(index=which, name=st.one_of(st.none(), names), more=st.sampled_from([0, 0, 0, 1]))
    def the_same_cause_again(self, index: int, name: str | None, more: int) -> None:
        owner, cause, lot = self._latest(self.causes, index)
        lot = replace(lot, points=lot.points + more)
        if cause.kind == "adj":
            self._adjust(name or owner, cause.key, lot.points)
        else:
            self._accrue(name or owner, cause.key, lot)

    @precondition(lambda self: self.orders)
    @rule(index=which)
    def an_order_is_cancelled(self, index: int) -> None:
        self._settle(index, 0)

    @precondition(lambda self: self.orders)
    @rule(index=which)
    def an_order_is_reinstated(self, index: int) -> None:
        self._settle(index, 1)

    @precondition(lambda self: self.orders)
    @rule(index=which, share=st.integers(2, 4))
    def an_order_is_refunded_in_part(self, index: int, share: int) -> None:
        self._settle(index, share)

    @precondition(lambda self: self.orders)
    @rule(index=which, share=st.integers(0, 4))
    def an_order_is_refunded_as_far_as_points_reach(self, index: int, share: int) -> None:
        if not share:
            self.all_is_spent(self._latest(self.orders, index)[0])
        self._settle(index, share, may_owe=False)

    @precondition(lambda self: self.orders)
    @rule(index=which)
    def a_debt_is_made(self, index: int) -> None:
        name, _ = self._latest(self.orders, index)
        self.all_is_spent(name)
        self._settle(index, 0)

    @rule(name=names, points=st.one_of(st.integers(-15, 10), absurd))
    def a_correction(self, name: str, points: int) -> None:
        self._adjust(name, f"adj:{next(self.numbers)}", points)

    @rule(name=names)
    def all_is_spent(self, name: str) -> None:
        self._adjust(name, f"adj:{next(self.numbers)}", -self.books.members[name].spendable)

    @rule(passed=days)
    def days_pass(self, passed: int) -> None:
        self.at += timedelta(days=passed)
        self._perform(lambda: points_matured.run(at=self.at), lambda: self.books.pass_time(self.at))

    @rule(age=ages)
    def points_lapse(self, age: int) -> None:
        """Those with a day of their own, and the others when older than so many days."""
        lapsing = queries.Lapsing(self.at, before=self.at - timedelta(days=age))
        names = {pk: name for name, pk in self.accounts.items()}

        def expire() -> dict[str, int]:
            lost = services.expire_due(list(names), lapsing)
            return {names[pk]: points for pk, points in lost.items()}

        self._perform(expire, lambda: self.books.expire(self.at, lapsing.before))

    @precondition(lambda self: self.orders)
    @rule(index=which)
    def an_order_reaches_its_status(self, index: int) -> None:
        waiting = [order for order in self.orders if self._waits_for_status(order[1])]
        if not waiting:
            return
        name, first = self._latest(waiting, index)
        self._perform(
            lambda: services.mature_order(self.accounts[name], first.order, at=self.at),
            lambda: self.books.reach_status(first.order, self.at),
        )
        first.waits = False

    @rule(past=st.lists(st.tuples(names, amounts, waits, lives), max_size=4))
    def a_history_is_posted(self, past: list[tuple[str, int, str | int, int | None]]) -> None:
        orders = [(name, self._order(name, *terms)) for name, *terms in past]
        posted = {name: [first for who, first in orders if who == name] for name, _ in orders}
        self._perform(
            lambda: services.post_history(
                {
                    self.accounts[name]: [self._accrual(f"earn:{o.order}", o) for o in firsts]
                    for name, firsts in posted.items()
                }
            ),
            lambda: self._post_to_oracle(orders),
        )

    @rule(into=names)
    def two_members_are_one(self, into: str) -> None:
        """The other's account is closed; later they open a new one."""
        name = BOB if into == ALICE else ALICE
        if any(who == name for who, *_rest in self.spendings):
            return  # What was spent goes along by its hold, which the ledger knows nothing of.
        self._leave_the_checkouts(name)
        gone, stays = self.accounts[name], self.accounts[into]
        self._perform(
            lambda: services.merge(gone, stays, note="One person", actor="user:1", at=self.at),
            lambda: self.books.merge(name, into, self.at),
        )
        closed = self.books.begin_anew(name)
        account = Account.objects.create(joined_at=self.at)
        self.accounts = {name: account.pk, into: stays, **self._closed(), closed: gone}
        self.orders = [(into if who == name else who, first) for who, first in self.orders]
        self.causes = [(closed if who == name else who, *why) for who, *why in self.causes]

    @rule(name=names, points=amounts, erased=st.booleans())
    def a_debtor_leaves(self, name: str, points: int, erased: bool) -> None:
        self.an_order_earns(name, points, "at-once", None)
        self.a_debt_is_made(1)
        if erased:
            self.a_member_is_erased(name)
        else:
            self.two_members_are_one(ALICE if name == BOB else BOB)

    def _leave_the_checkouts(self, name: str) -> None:
        """As whoever merges or erases sees to first."""
        for basket in [key for key, (owner, _n) in self.books.baskets.items() if owner == name]:
            self.a_checkout_ends(basket)

    def _closed(self) -> dict[str, int]:
        return {name: pk for name, pk in self.accounts.items() if name not in (ALICE, BOB)}

    @rule(name=names)
    def a_member_is_erased(self, name: str) -> None:
        account_id = self.accounts[name]
        self._leave_the_checkouts(name)

        @transaction.atomic
        def erase() -> int:
            services.forget_notes(account_id)
            return services.write_off(account_id, at=self.at)

        self._perform(erase, lambda: self.books.erase(name, self.at))

    @rule(statement=st.integers(1, 4))
    def the_power_will_fail(self, statement: int) -> None:
        self.power = lambda: power_cut_at(statement)

    # ------------------------------------------------------------ what must hold

    def _compare(self) -> None:
        """The books are the oracle's; whenever they have changed, the audit finds nothing."""
        real = [self._real(account) for account in self._accounts()]
        assert real == [self._expected(member) for member in self.books.members.values()]
        assert self._kept() == self.books.baskets
        if self.audits_each_step and real != self.audited:
            self._audit()
        self.audited = real

    def _audit(self) -> None:
        for name, account_id in self.accounts.items():
            paying = [(lot.remaining, lot.pending) for lot in queries.open_lots(account_id)]
            assert paying == [(lot.left, lot.waits) for lot in self.books.members[name].paying()]
        assert list(queries.violations(at=self.at)) == []

    def _accounts(self) -> QuerySet[Account]:
        return Account.objects.order_by("pk").prefetch_related(
            Prefetch("lots", Lot.objects.order_by("pk")),
            Prefetch("entries", Entry.objects.order_by("seq")),
        )

    def _real(self, account: Account) -> tuple[Any, ...]:
        figures = (account.balance, account.pending, account.held, account.spendable)
        lots = [
            (
                lot.points,
                lot.remaining,
                lot.pending,
                lot.available_at,
                lot.expires_at,
                lot.earned_at,
                lot.matured_at,
            )
            for lot in account.lots.all()
        ]
        return (
            figures,
            lots,
            [
                (entry.order_number, entry.points, entry.kind in Entry.SPENT)
                for entry in account.entries.all()
            ],
        )

    def _kept(self) -> dict[int, tuple[str, int]]:
        names = {pk: name for name, pk in self.accounts.items()}
        holds = Hold.objects.filter(state="open").values_list("basket_id", "account_id", "points")
        return {basket: (names[account], points) for basket, account, points in holds}

    def _expected(self, member: oracle.Member) -> tuple[Any, ...]:
        figures = (member.balance, member.pending, member.held, member.spendable)
        lots = [
            (
                lot.points,
                lot.left,
                lot.waits,
                lot.available_at,
                lot.expires_at,
                lot.earned_at,
                lot.matured_at,
            )
            for lot in member.lots
        ]
        return figures, lots, member.movements

    # ------------------------------------------------------------ how it is done

    def _perform(self, act: Callable[[], Any], expect: Callable[[], Any]) -> None:
        """Do it to the ledger and to the oracle: both answer, or refuse, alike."""
        power, self.power = self.power, nullcontext
        try:
            with power():
                seen = outcome(act)
        except PowerCut:
            self._compare()
            seen = outcome(act)
        assert seen == outcome(expect)
        self._compare()

    def _accrue(self, name: str, key: str, lot: Arrival) -> None:
        accrual = self._accrual(key, lot)
        self._perform(
            lambda: services.accrue(self.accounts[name], accrual),
            lambda: self.books.accrue(name, key, replace(lot)),
        )
        self._remember(name, accrual.cause, lot)

    def _settle(self, index: int, share: int, *, may_owe: bool = True) -> None:
        """All of it, a `share`th, or none."""
        name, first = self._latest(self.orders, index)
        target = first.points // share if share else 0
        accrual = self._accrual(f"earn:{first.order}", first)
        self._perform(
            lambda: services.settle_order(
                self.accounts[name], [accrual], target, at=self.at, may_owe=may_owe
            ),
            lambda: self.books.settle(name, first, target, self.at, may_owe=may_owe),
        )

    def _adjust(self, name: str, key: str, points: int) -> None:
        cause = Cause("adj", key, reason="goodwill", note="Sorry", actor="user:1")
        self._perform(
            lambda: services.adjust(self.accounts[name], points, cause, at=self.at),
            lambda: self.books.adjust(name, key, points, self.at),
        )
        self._remember(name, cause, Arrival(points, 0))

    def _remember(self, name: str, cause: Cause, lot: Arrival) -> None:
        if self.books.posted.get(cause.key) == (name, lot.points):
            self.causes.append((name, cause, lot))

    def _latest(self, things: list[Any], index: int) -> Any:
        return things[-min(index, len(things))]

    def _post_to_oracle(self, orders: list[tuple[str, Arrival]]) -> None:
        for name, first in orders:
            self.books.accrue(name, f"earn:{first.order}", replace(first))

    def _order(self, name: str, points: int, wait: str | int, life: int | None) -> Arrival:
        first = Arrival(points, 0, str(next(self.numbers)), wait != "at-once")
        first.available_at = self._day(wait) if isinstance(wait, int) else None
        first.expires_at = self._day(life)
        first.earned_at = self.at
        self.orders.append((name, first))
        return first

    def _accrual(self, key: str, lot: Arrival) -> Accrual:
        cause = Cause(key.partition(":")[0], key, lot.order)
        dates = (lot.available_at, lot.expires_at, lot.earned_at)
        return Accrual(lot.points, cause, self.at, lot.waits, *dates)

    def _day(self, ahead: int | None) -> datetime | None:
        return self.at + timedelta(days=ahead) if ahead else None

    def _waits_for_status(self, first: Arrival) -> bool:
        return first.waits and first.available_at is None


class HastyMachine(LedgerMachine):
    """Audits at the end of a walk only: what is wrong by then has stayed wrong, and it is quick."""

    audits_each_step = False


def outcome(act: Callable[[], Any]) -> Any:
    """What comes back, or the code of the refusal."""
    try:
        return act()
    except (LoyaltyError, oracle.Refused) as refusal:
        return refusal.code
