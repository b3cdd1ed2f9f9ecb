"""What the ledger's machine does with points that are kept for a basket, spent, and returned."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from oscar_loyalty.program.redemption import services as redemption
from tests import oracle
from tests.choices import ALICE, BOB, absurd, ages, amounts, baskets, days, lives, names, which


class SpendingRules:
    """A part of `tests.ledger_machine.LedgerMachine`, by the services that checkouts call."""

    at: datetime
    accounts: dict[str, int]
    books: oracle.Books
    numbers: Any
    orders: list[Any]
    spendings: list[tuple[str, str, int]]
    _latest: Callable[..., Any]
    _perform: Callable[..., None]
    a_bonus: Callable[..., None]
    days_pass: Callable[..., None]
    points_lapse: Callable[..., None]

    @rule(name=names, basket=baskets, points=st.one_of(amounts, absurd))
    def a_checkout_holds(self, name: str, basket: int, points: int) -> None:
        until = self.at + timedelta(hours=1)
        self._perform(
            lambda: redemption.hold(self.accounts[name], basket, points, at=self.at, until=until),
            lambda: self.books.hold(name, basket, points),
        )

    @rule(basket=baskets)
    def a_checkout_ends(self, basket: int) -> None:
        self._perform(lambda: redemption.release(basket), lambda: self.books.let_go(basket))

    @rule(name=names, basket=baskets, points=amounts, index=st.one_of(st.none(), which))
    def an_order_captures(self, name: str, basket: int, points: int, index: int | None) -> None:
        """A new order, or one that earned; what its basket kept may be more, or less, or none."""
        number = str(next(self.numbers))
        if index and self.orders:
            name, first = self._latest(self.orders, index)
            number = first.order
        self._capture(name, basket, points, number)

    @rule(
        name=names, basket=baskets, points=amounts, shares=st.lists(st.integers(0, 3), max_size=3)
    )
    def a_purchase_comes_and_goes(
        self, name: str, basket: int, points: int, shares: list[int]
    ) -> None:
        """Seldom met by chance: all is kept, some of it spent, returned, and spent again."""
        points = min(points, self.books.members[name].spendable)
        if points:
            self.a_checkout_holds(name, basket, points)
            self._capture(name, basket, max(points - 2, 1), str(next(self.numbers)))
            for share in shares:
                self.spent_points_return(1, share)

    @rule(
        name=names,
        basket=baskets,
        lots=st.lists(st.tuples(amounts, lives, ages), min_size=1, max_size=3),
        shares=st.lists(st.integers(0, 3), max_size=2),
    )
    def points_of_all_ages_come_and_go(
        self, name: str, basket: int, lots: list[tuple[int, int | None, int]], shares: list[int]
    ) -> None:
        """Seldom met by chance too: one purchase takes points of several lives."""
        for points, life, age in lots:
            self.a_bonus(name, points, life, age)
        self.a_purchase_comes_and_goes(name, basket, sum(lot[0] for lot in lots), shares)

    @rule(
        name=names,
        basket=baskets,
        lots=st.lists(st.tuples(amounts, lives, ages), min_size=1, max_size=3),
        kept=amounts,
        passed=days,
        age=ages,
    )
    def points_lapse_at_the_till(
        self,
        name: str,
        basket: int,
        lots: list[tuple[int, int | None, int]],
        kept: int,
        passed: int,
        age: int,
    ) -> None:
        """Points of several ages, some of them kept for a basket on the day when they lapse."""
        for points, life, lot_age in lots:
            self.a_bonus(name, points, life, lot_age)
        self.a_checkout_holds(name, basket, kept)
        self.days_pass(passed)
        self.points_lapse(age)

    @rule(basket=baskets, points=amounts)
    def a_basket_changes_hands(self, basket: int, points: int) -> None:
        """Both choose points for it, and then the first pays for what was in it."""
        for name in (ALICE, BOB):
            self.a_checkout_holds(name, basket, points)
        self._capture(ALICE, basket, points, str(next(self.numbers)))

    @precondition(lambda self: self.spendings)
    @rule(index=which, basket=baskets, more=st.sampled_from([0, 0, 1]))
    def the_same_is_captured_again(self, index: int, basket: int, more: int) -> None:
        name, number, points = self._latest(self.spendings, index)
        self._capture(name, basket, points + more, number)

    @precondition(lambda self: self.spendings)
    @rule(index=which, share=st.integers(0, 3))
    def spent_points_return(self, index: int, share: int) -> None:
        """All of them, a part, or none any more: then those that had returned are spent again."""
        name, number, points = self._latest(self.spendings, index)
        target, least = points * share // 3, self.at + timedelta(days=3)
        self._perform(
            lambda: redemption.give_back(
                number,
                target,
                at=self.at,
                least=least,
                ending=lambda life: life.earned_at and life.earned_at + oracle.LIFE,
            ),
            lambda: self.books.give_back(name, number, target, self.at, least),
        )

    def _capture(self, name: str, basket: int, points: int, number: str) -> None:
        known = f"redeem:{number}" in self.books.posted
        self._perform(
            lambda: redemption.capture(
                self.accounts[name], basket, points, order_number=number, at=self.at
            ),
            lambda: self.books.capture(name, basket, points, number),
        )
        if not known:
            self.spendings.append((name, number, points))
