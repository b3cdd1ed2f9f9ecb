"""The roll-ups of the reports are audited with the books: they say what the orders say."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, islice
from typing import Any

from oscar_loyalty.flows import sales_counted
from oscar_loyalty.program.ledger.queries import Violation
from oscar_loyalty.program.reports.models import RollUp
from oscar_loyalty.program.reports.policy.tables import Basis
from oscar_loyalty.program.reports.queries import counting, rolling_up
from oscar_loyalty.shop import returns, sales

#: What was placed so shortly before the last sweep may have been committed after it.
WHILE = timedelta(hours=1)
REPAIR = "`loyalty_run --recount` counts all orders anew"


def run() -> Iterator[Violation]:
    """
    Each order is kept as it came back, and each customer's months are those of their orders.

    What the due jobs have not counted yet is left out: new orders, and what changed since.
    """
    row, basis = counting.roll_up(), sales_counted.current_basis()
    if row is None or row.counted_at is None or sales_counted.basis_of(row) != basis:
        return
    numbers, customers = _awaiting(row, basis)
    for number in sorted(_reduced_wrong() - numbers):
        rule = "reports know what came back of an order"
        yield Violation(rule, None, f"order {number}; {REPAIR}")
    for customer in sorted(set(rolling_up.wrong(basis)) - customers):
        yield Violation("reports say what orders say", None, f"customer {customer}; {REPAIR}")


def _awaiting(row: RollUp, basis: Basis) -> tuple[set[str], set[Any]]:
    """Orders that are still to be counted, or to be swept up, and the customers whose they are."""
    numbers, customers = counting.noted()
    swept = basis.midnight(row.swept_on) - WHILE if row.swept_on else None
    numbers |= sales.numbers_since(row.counted_to, placed_since=swept)
    owners = {owner for _pk, owner in sales.owners_of(numbers).values() if owner is not None}
    return numbers, counting.profiles_of(customers | owners)


def _reduced_wrong() -> set[str]:
    candidates = chain(returns.touched(since=sales_counted.BEGINNING), counting.reduced())
    wrong: set[str] = set()
    while chunk := list(islice(candidates, sales_counted.CHUNK)):
        wrong |= set(sales_counted.out_of_step(chunk))
    return wrong
