"""
Expiring the points of many members, against bare writes of the same rows and member by member.

Each member has one lot that has lapsed. Entries and draws of the sweep are put aside, all is filled
again, and four statements in one transaction write them, empty the lots and lower the balances:
that is the first reference. The second goes through some of the members one by one, each in a
transaction of six statements on a plain connection. While the sweep runs an award is posted every
few milliseconds, to members all over the place; how long one takes is compared with how long it
takes when nothing else happens.
"""

import time
from collections.abc import Iterator
from multiprocessing import get_context
from statistics import quantiles
from threading import Event, Thread

from django.db import connection, transaction

from benchmarks import database
from benchmarks.award import accruals
from benchmarks.one_expiry import expired
from benchmarks.report import Line
from oscar_loyalty.models import Account, Lot, Programme
from oscar_loyalty.program.ledger import services
from tests import world

#: A tenth or less of what is swept later, to see what memory grows with.
FEW = 10_000
DAYS_AGO = 1_000
TABLES = ("oscar_loyalty_entry", "oscar_loyalty_draw")
BARE = (
    *(f"INSERT INTO {name} SELECT * FROM aside_{name}" for name in TABLES),
    "UPDATE oscar_loyalty_lot SET remaining = 0, open = false WHERE open",
    """UPDATE oscar_loyalty_account AS account SET seq = entry.seq, balance = entry.balance_after
         FROM aside_oscar_loyalty_entry AS entry WHERE entry.account_id = account.id""",
)
#: What anybody would write first, for one member at a time.
LOOP = (
    "SELECT balance, seq FROM oscar_loyalty_account WHERE id = %(account)s FOR UPDATE",
    "SELECT id, remaining FROM oscar_loyalty_lot WHERE account_id = %(account)s AND open",
    """INSERT INTO oscar_loyalty_entry (account_id, seq, balance_after, kind, points, key,
            order_number, reason, note, actor, posted_at, digest)
       VALUES (%(account)s, 2, 0, 'expire', -10, 'expire:' || %(account)s, '', '', '', '', now(),
               '')""",
    """INSERT INTO oscar_loyalty_draw (entry_id, lot_id, points)
       SELECT entry.id, lot.id, lot.remaining
         FROM oscar_loyalty_entry AS entry JOIN oscar_loyalty_lot AS lot USING (account_id)
        WHERE account_id = %(account)s AND seq = 2 AND open""",
    "UPDATE oscar_loyalty_lot SET remaining = 0, open = false WHERE account_id = %(account)s",
    "UPDATE oscar_loyalty_account SET seq = 2, balance = 0 WHERE id = %(account)s",
)
LOOPED = 2_000
IDLE_SECONDS = 5
PAUSE = 0.005


def measure(members: int) -> Iterator[Line]:
    """Lots per second as a ratio, the growth of memory, and what awards meet meanwhile."""
    Programme.objects.all().delete()
    world.programme(expiry="after-earning", expiry_months=12)
    Programme.objects.update(expiry_tightened_at=None)
    few, _awards = _swept(min(FEW, members))
    many, meanwhile = _swept(members)
    again, idle = _in_a_process(), _awards_for(IDLE_SECONDS)
    yield Line("expiry: members", many["members"], digits=0)
    yield Line("expiry: lots per second", many["members"] / many["seconds"], digits=0)
    quiet = _swept_alone(members)
    what = "expiry: lots per second against bare writes"
    yield Line(what, quiet / _bare(members), 0.35, at_least=True)
    what = "expiry: lots per second against a loop over the members"
    yield Line(what, quiet / _looped(members), 35, at_least=True)
    growth = (many["memory"] - few["memory"]) / 1024
    yield Line(f"expiry: memory more than for {FEW:,} members, MB", growth, 10, digits=1)
    yield Line("expiry: members who lose points when it runs again", again["members"], 0, digits=0)
    yield Line("meanwhile an award: p99, ms", 1000 * _p99(meanwhile), digits=1)
    yield Line("meanwhile an award: p99 against idle", _p99(meanwhile) / _p99(idle), 2)
    yield Line("meanwhile an award: longest, seconds", max(meanwhile), 0.5)


def _swept(members: int) -> tuple[dict[str, float], list[float]]:
    """What a sweep reports, and what each award took that was posted during it."""
    database.fill(members, 1, days_ago=DAYS_AGO)
    done, times = Event(), []
    awards = Thread(target=lambda: times.extend(_awards_until(done, members)))
    awards.start()
    try:
        return _in_a_process(), times
    finally:
        done.set()
        awards.join()


def _swept_alone(members: int) -> float:
    """Lots per second when nobody else is there; what was written is put aside."""
    database.fill(members, 1, days_ago=DAYS_AGO)
    report = _in_a_process()
    for name in TABLES:
        rows = "WHERE kind = 'expire'" if name == TABLES[0] else ""
        database.run(f"CREATE TABLE aside_{name} AS SELECT * FROM {name} {rows}")
    return report["members"] / report["seconds"]


def _bare(members: int) -> float:
    """Lots per second of nothing but the writes."""
    database.fill(members, 1, days_ago=DAYS_AGO)
    database.run("CHECKPOINT")
    before = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in BARE:
            cursor.execute(statement)
    seconds = time.perf_counter() - before
    assert not Lot.objects.filter(open=True).exists()
    database.run(*(f"DROP TABLE aside_{name}" for name in TABLES))
    return members / seconds


def _looped(members: int) -> float:
    """Lots per second when each member is looked at alone."""
    database.fill(members, 1, days_ago=DAYS_AGO)
    sample = min(LOOPED, members)
    before = time.perf_counter()
    with database.plain() as plain, plain.cursor() as cursor:
        for account in range(1, sample + 1):
            with plain.transaction():
                for statement in LOOP:
                    cursor.execute(statement, {"account": account})
    seconds = time.perf_counter() - before
    assert Lot.objects.filter(open=False).count() == sample
    return sample / seconds


def _in_a_process() -> dict[str, float]:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(expired)


def _awards_for(seconds: float) -> list[float]:
    done, times = Event(), []
    awards = Thread(target=lambda: times.extend(_awards_until(done, Account.objects.count())))
    awards.start()
    time.sleep(seconds)
    done.set()
    awards.join()
    return times


def _awards_until(done: Event, members: int) -> Iterator[float]:
    """What each award took; to a member here, then to one far from there."""
    try:
        for step, accrual in enumerate(accruals(f"{time.time_ns()}")):
            if done.wait(PAUSE):
                return
            before = time.perf_counter()
            services.accrue(step * 7_919 % members + 1, accrual)
            yield time.perf_counter() - before
    finally:
        connection.close()


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[-1]
