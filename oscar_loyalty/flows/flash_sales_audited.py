"""Flash sales are audited with the books: units, orders and shop say the same."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.ledger.queries import Violation
from oscar_loyalty.shop import orders

#: A signal and the next run of the due jobs have had their chance after this.
OLD_ENOUGH = timedelta(hours=1)
#: Where discounts are taken before tax, a cent of each line.
ROUNDED = Decimal("0.10")


def run(*, at: datetime) -> Iterator[Violation]:
    """No sale has sold more than it has, and what it sold and the orders that got it agree."""
    for sale_id, offer_id, units in campaigns_queries.sales():
        counted = campaigns_queries.tally(sale_id)
        there = counted["free"] + counted["claimed"] + counted["sold"]
        if there != units:
            detail = f"sale {sale_id}: {there} units of {units}"
            yield Violation("a flash sale has its units, and sells no more", None, detail)
        yield from _orders(sale_id, offer_id, at)


def _orders(sale_id: int, offer_id: int | None, at: datetime) -> Iterator[Violation]:
    """An order that is gone from the shop, or whose basket was emptied of it, stays as it was."""
    reduced = orders.reduced_by([offer_id], before=at - OLD_ENOUGH) if offer_id else ()
    off = {number: taken for _basket, number, taken in reduced}
    had = campaigns_queries.off_by_units(sale_id)
    for number, taken in sorted(off.items()):
        if number not in had:
            yield Violation("the price of a flash sale takes a unit", None, f"order {number}")
        elif abs(had[number] - taken) > ROUNDED:
            detail = f"order {number}: {taken} off, its units say {had[number]}"
            yield Violation("a unit of a flash sale takes off what was told", None, detail)
