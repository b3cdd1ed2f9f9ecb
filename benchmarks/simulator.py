"""
A draft replayed over a shop's past, against nothing but reading the same orders.

Customers order at random over three years, most of them seldom. The draft pays twice the points and
has a rule of its own. Reading is what the replay does first: the orders of some customers at a
time, with their lines, and what has come back of them. The programme is replayed beside the draft,
so that every order is priced twice.
"""

import time
from collections.abc import Iterator
from decimal import Decimal
from multiprocessing import get_context

from benchmarks import database, reports
from benchmarks.one_simulation import simulated
from benchmarks.report import Line
from oscar_loyalty.flows import programme_drafted, programme_simulated
from oscar_loyalty.models import Programme, ProgrammeDraft, RuleVersion, Simulation, Tier
from oscar_loyalty.program.simulation.queries import documents
from oscar_loyalty.shop import orders as shop_orders
from oscar_loyalty.shop import returns as shop_returns
from tests import world

AT = reports.AT


def measure(orders: int) -> Iterator[Line]:
    """Orders per second, the ratio to reading them, and the growth of memory."""
    _programme()
    _shop(orders // 10)
    few = _replayed()
    _shop(orders)
    before = time.perf_counter()
    read = _read()
    reading = time.perf_counter() - before
    many = _replayed()
    yield Line("simulator: orders", read, digits=0)
    yield Line("simulator: orders per second, reading alone", read / reading, digits=0)
    yield Line(
        "simulator: orders per second, draft and programme", read / many["seconds"], digits=0
    )
    yield Line("simulator: time against reading the same orders", many["seconds"] / reading)
    growth = (many["memory"] - few["memory"]) / 1024
    yield Line("simulator: memory more for ten times the orders, MB", growth, 10, digits=1)


def _programme() -> None:
    ProgrammeDraft.objects.all().delete()
    Programme.objects.all().delete()
    Tier.objects.all().delete()
    world.programme(expiry="after-earning", expiry_months=12)
    world.tier("Silver", 1, "200", multiplier="1.50")
    world.tier("Gold", 2, "600", multiplier="2.00")


def _shop(orders: int) -> None:
    """Orders with a line each."""
    database.run("TRUNCATE order_line CASCADE")
    reports.fill(orders)
    database.run(
        """INSERT INTO order_line (order_id, title, partner_name, partner_sku,
                partner_line_reference, partner_line_notes, quantity, num_allocated,
                line_price_incl_tax, line_price_excl_tax, line_price_before_discounts_incl_tax,
                line_price_before_discounts_excl_tax, status, allocation_cancelled)
           SELECT id, 'Something', '', '', '', '', 1, 0, total_incl_tax, total_excl_tax,
                  total_incl_tax, total_excl_tax, '', false
             FROM order_order""",
        "VACUUM ANALYZE order_line",
    )


def _read() -> int:
    """The orders of all customers, as the replay reads them."""
    count, last = 0, None
    limit = programme_simulated.CUSTOMERS_AT_A_TIME
    while customers := shop_orders.customers_after(last, since=None, until=AT, limit=limit):
        orders = shop_orders.placed_by(customers, since=None, until=AT)
        shop_returns.returns_of([order.number for order in orders])
        count, last = count + len(orders), customers[-1]
    return count


def _replayed() -> dict[str, float]:
    simulation = _asked()
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(simulated, (simulation.pk, AT))


def _asked() -> Simulation:
    draft = programme_drafted.begin("Generous", actor="user:1", at=AT)
    rule = RuleVersion(effect="multiplier", factor=Decimal("1.50"), minimum=Decimal(50))
    draft.says["terms"]["earn_points"] = 2
    draft.says["rules"]["-1"] = documents.rule_values(rule)
    draft.save()
    return programme_simulated.ask(draft.pk, first=None, last=None, actor="user:1", at=AT)
