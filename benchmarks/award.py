"""
Awarding an order's points: `ledger.services.accrue` against hand-written psycopg.

The reference is one transaction of three statements (account, entry, lot) that write the same
columns, on a plain connection with the same settings. Both run in processes of their own, in turns;
the ratio is the median of the rounds.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from itertools import count
from statistics import median

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks import database
from benchmarks.pace import CONNECTIONS, latency, rate
from benchmarks.report import Line
from oscar_loyalty.program.ledger import policy, services
from oscar_loyalty.program.ledger.policy import Accrual, Cause

MEMBERS = 10_000
ROUNDS = 3
AT = datetime(2026, 1, 1, tzinfo=timezone.utc)

ACCOUNT = """UPDATE oscar_loyalty_account SET seq = seq + 1, balance = balance + %s WHERE id = %s
             RETURNING seq, balance"""
ENTRY = """INSERT INTO oscar_loyalty_entry (account_id, seq, balance_after, kind, points, key,
               order_number, reason, note, actor, posted_at, digest)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"""
LOT = """INSERT INTO oscar_loyalty_lot (account_id, entry_id, points, debt_paid, remaining, open,
             pending, available_at, expires_at, earned_at, matured_at)
         VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""

Post = Callable[[int, Accrual], None]


def measure(seconds: float) -> Iterator[Line]:
    """Throughput spread and on one account, latency alone, and the number of statements."""
    database.fill(MEMBERS, 1)
    counted = statements(lambda: services.accrue(1, next(accruals("counted"))))
    yield Line("award: statements", counted, 1, digits=0)
    alone = [
        [latency(way, accruals, MEMBERS, seconds) for way in (ours, reference)]
        for _round in range(ROUNDS)
    ]
    ratio = median(mine / theirs for mine, theirs in alone)
    yield Line("award: median latency, one connection, against psycopg", ratio, 1.25)
    for where, members, target in (("spread", MEMBERS, 0.8), ("one hot account", 1, 1.0)):
        rates = [
            [rate(way, accruals, members, seconds) for way in (ours, reference)]
            for _round in range(ROUNDS)
        ]
        ratio = median(mine / theirs for mine, theirs in rates)
        what = f"award: per second, {CONNECTIONS} connections, {where}, against psycopg"
        yield Line(what, ratio, target, at_least=True)
        yield Line(f"       awards per second, {where}", rates[-1][0], digits=0)


def ours() -> Post:
    connection.ensure_connection()
    return services.accrue


def reference() -> Post:
    plain = database.plain()

    def post(account: int, accrual: Accrual) -> None:
        cause, points = accrual.cause, accrual.points
        digest = policy.digest(account, points, cause, at=accrual.at)
        said = (cause.kind, points, cause.key, cause.order_number, "", "", "", accrual.at, digest)
        with plain.transaction(), plain.cursor() as cursor:
            seq, balance = cursor.execute(ACCOUNT, (points, account)).fetchone()
            (entry,) = cursor.execute(ENTRY, (account, seq, balance, *said)).fetchone()
            lot = (account, entry, points, 0, points, True, False, None, None, AT, AT)
            cursor.execute(LOT, lot)

    return post


def accruals(stream: str) -> Iterator[Accrual]:
    """Ever new orders; the stream's name keeps them apart from others'."""
    for number in count():
        order = f"{stream}-{number}"
        yield Accrual(10, Cause("earn", f"earn:{order}", order), AT, matured_at=AT)


def statements(act: Callable[[], object]) -> int:
    """What one act sends beside BEGIN and COMMIT."""
    with CaptureQueriesContext(connection) as queries:
        act()
    sent = [query["sql"].split(maxsplit=1)[0] for query in queries.captured_queries]
    return sum(word not in ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE") for word in sent)
