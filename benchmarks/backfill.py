"""
The backfill of a real shop's past, against one INSERT … SELECT per table that writes the same rows.

CDNOW's master file is 69,659 orders of 23,570 customers. A first run takes a tenth of it, a second
the rest, each in a new process, so that what the larger one needs more of memory is seen.
Afterwards the very rows it wrote (awards, entries, lots and qualifying events) are put aside, the
tables emptied, and filled again from there: that is the reference. The target is one of the
ledger's posting alone; reading orders, pricing them and living through tiers come on top.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from multiprocessing import get_context
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from benchmarks import database
from benchmarks.one_backfill import backfilled
from benchmarks.report import Line
from oscar_loyalty.flows import backfill
from oscar_loyalty.models import Account, Programme, Tier
from oscar_loyalty.program.ledger import services
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from sandbox.replay import cdnow as purchases
from sandbox.replay import orders
from tests import cdnow, world

LEDGER = ("oscar_loyalty_entry", "oscar_loyalty_lot")
TABLES = ("oscar_loyalty_award", *LEDGER, "oscar_loyalty_qualifyingevent")
FIRST = 7_000
LONDON = ZoneInfo("Europe/London")


def measure() -> Iterator[Line]:
    """Rows per second as a ratio, and the growth of memory."""
    path = cdnow.file("CDNOW_master.txt")
    if path is None:
        sys.exit(cdnow.MISSING)
    bought = purchases.read(path, today=datetime.now(tz=LONDON).date())
    _programme()
    few = _imported_and_backfilled(bought[:FIRST])
    many = _imported_and_backfilled(bought)
    rows = len(TABLES) * many["orders"]
    yield Line("backfill: customers", Account.objects.filter(user__isnull=False).count(), digits=0)
    yield Line("backfill: orders per second", many["orders"] / many["seconds"], digits=0)
    yield Line("backfill: rows per second", rows / many["seconds"], digits=0)
    _put_aside()
    ratio = rows / many["seconds"] / _reference(TABLES)
    what = "backfill, all of it: rows per second against INSERT … SELECT"
    # Without a target: pricing, tiers and reading Oscar come on top of what the ledger does.
    yield Line(what, ratio)
    ratio = _posted() / _reference(LEDGER)
    what = "its posting to the ledger: rows per second against the same"
    yield Line(what, ratio, 0.3, at_least=True)
    growth = (many["memory"] - few["memory"]) / 1024
    yield Line("backfill: memory more for ten times the customers, MB", growth, 10, digits=1)


def _programme() -> None:
    database.run("TRUNCATE oscar_loyalty_account, auth_user, order_order RESTART IDENTITY CASCADE")
    Programme.objects.all().delete()
    Tier.objects.all().delete()
    world.programme(window="lifetime")
    world.tier("Silver", 1, "100", multiplier="1.50")
    world.tier("Gold", 2, "300", multiplier="2.00")


def _imported_and_backfilled(bought: list[purchases.Purchase]) -> dict[str, float]:
    print(f"Importing up to {len(bought):,} orders ...", flush=True)
    orders.write(bought, currency="GBP", zone=LONDON)
    database.run("VACUUM ANALYZE")
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(backfilled)


def _put_aside() -> None:
    database.run(*(f"CREATE TABLE aside_{name} AS SELECT * FROM {name}" for name in TABLES))


def _empty() -> None:
    tables = ", ".join((*TABLES, "oscar_loyalty_draw"))
    database.run(
        f"TRUNCATE {tables}",
        "UPDATE oscar_loyalty_account SET seq = 0, balance = 0, pending = 0",
        "VACUUM ANALYZE oscar_loyalty_account",
        "CHECKPOINT",
    )


def _reference(tables: Sequence[str]) -> float:
    """Rows per second of INSERT … SELECT into these tables, in one transaction."""
    _empty()
    before, rows = time.perf_counter(), 0
    with transaction.atomic(), connection.cursor() as cursor:
        for name in tables:
            cursor.execute(f"INSERT INTO {name} SELECT * FROM aside_{name}")
            rows += cursor.rowcount
    return rows / (time.perf_counter() - before)


def _posted() -> float:
    """Rows per second of `post_history` for the same entries, as many accounts at a time."""
    history = _history()
    _empty()
    accounts = sorted(history)
    before = time.perf_counter()
    for start in range(0, len(accounts), backfill.CUSTOMERS_AT_A_TIME):
        chunk = accounts[start : start + backfill.CUSTOMERS_AT_A_TIME]
        services.post_history({account: history[account] for account in chunk})
    return 2 * sum(map(len, history.values())) / (time.perf_counter() - before)


def _history() -> dict[int, list[Accrual]]:
    found: dict[int, list[Accrual]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT account_id, points, key, order_number, posted_at
                 FROM aside_oscar_loyalty_entry ORDER BY account_id, seq"""
        )
        for account, points, key, number, at in cursor.fetchall():
            found[account].append(Accrual(points, Cause("earn", key, number), at, available_at=at))
    return found
