"""
Searches for the members who are to be written to today, against reading all who could be.

`birthdays`: each member has one, spread over the year. Finding those of a day is compared with a
statement that has no index to go by: it takes day and month out of every birthday, as is written
first. What the whole search takes beside, presents and messages given, is told without a target;
its memory is that of a process that does nothing else.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from multiprocessing import get_context
from statistics import median

from django.db import connection

from benchmarks import database
from benchmarks.one_search import celebrated
from benchmarks.report import Line
from oscar_loyalty.flows import messages_set_up
from oscar_loyalty.models import Coupon, DailySearch, Message, MessageKind, Programme
from oscar_loyalty.program.members import queries as members_queries
from tests import world

#: A tenth or less of who is searched later, to see what memory grows with.
FEW = 10_000
ROUNDS = 9
TODAY = date(2026, 3, 5)
#: A birthday each, a year before the first search; 97 walks through all days of the year.
BIRTHDAYS = """
    INSERT INTO oscar_loyalty_birthday (account_id, month_day, next_date, entered_date)
    SELECT id, extract(month FROM day) * 100 + extract(day FROM day), day, '2025-03-01'
      FROM (SELECT id, date '2026-03-05' + (id * 97 % 365)::int AS day
              FROM oscar_loyalty_account) AS born
"""
SCAN = """
    SELECT account_id FROM oscar_loyalty_birthday
     WHERE extract(month FROM next_date) = %s AND extract(day FROM next_date) = %s
"""


def measure(members: int) -> Iterator[Line]:
    """Seconds as ratios, and the growth of memory."""
    Programme.objects.all().delete()
    world.programme()
    messages_set_up.run()
    yield from _birthdays(members)


def _birthdays(members: int) -> Iterator[Line]:
    chosen = {"active": True, "gives": "percentage", "value": 10}
    MessageKind.objects.filter(code="birthday").update(**chosen)
    _born(min(FEW, members))
    few = in_a_process(celebrated)
    _born(members)
    found, scanned = seconds(_find), seconds(_scan)
    many, again = in_a_process(celebrated), in_a_process(celebrated)
    assert many["found"] == Message.objects.count() == Coupon.objects.count()
    yield Line("birthdays: members", members, digits=0)
    yield Line("birthdays: of a day", many["found"], digits=0)
    yield Line("birthdays: finding those of a day against a scan", found / scanned, 0.1, digits=3)
    yield Line(
        "birthdays: presents and messages per second", many["found"] / many["seconds"], digits=0
    )
    growth = (many["memory"] - few["memory"]) / 1024
    yield Line(f"birthdays: memory more than for {FEW:,} members, MB", growth, 10, digits=1)
    yield Line("birthdays: celebrated when it runs again", again["found"], 0, digits=0)


def _born(members: int) -> None:
    """Nobody was looked for yet."""
    database.fill(members, 1)
    database.run(BIRTHDAYS, "VACUUM ANALYZE oscar_loyalty_birthday")


def _find() -> None:
    list(members_queries.members_to_celebrate(TODAY, ahead=timedelta(0)))


def _scan() -> None:
    read(SCAN, TODAY.month, TODAY.day)


def read(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.fetchall()


def seconds(look: Callable[[], None]) -> float:
    times = []
    for _round in range(ROUNDS):
        before = time.perf_counter()
        look()
        times.append(time.perf_counter() - before)
    return median(times)


def in_a_process(search: Callable[[], dict[str, float]]) -> dict[str, float]:
    DailySearch.objects.all().delete()
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(search)
