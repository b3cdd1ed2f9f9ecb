"""
Redeeming points: `ledger.services.redeem` against hand-written psycopg.

The reference is one transaction of two statements on a plain connection with the same settings: a
conditional UPDATE of the account, and one that walks from lot to lot and writes entry, draws and
lots. It knows that all lots are alike: none is pending, none has a day of its own, none is the
order's.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from itertools import count
from statistics import median

from django.db import connection

from benchmarks import database
from benchmarks.award import statements
from benchmarks.growth import LOOKS, cost_of
from benchmarks.pace import CONNECTIONS, rate
from benchmarks.report import Line
from oscar_loyalty.program.ledger import policy, services
from oscar_loyalty.program.ledger.policy import Cause

MEMBERS = 10_000
#: Of points in each lot, and of points spent at once: two lots pay.
LOT, SPENT = 10, 15
#: More than eight connections can spend of one account in a second.
LOTS_PER_SECOND = 6_000
ROUNDS = 3
AT = datetime(2026, 1, 1, tzinfo=timezone.utc)

ACCOUNT = """UPDATE oscar_loyalty_account SET seq = seq + 1, balance = balance - %(points)s
             WHERE id = %(account)s AND balance - pending - held >= %(points)s
             RETURNING seq, balance"""
SPEND = """
    WITH RECURSIVE walk AS (
        (SELECT id, earned_at, remaining, %(points)s::bigint AS owing
           FROM oscar_loyalty_lot WHERE account_id = %(account)s AND open AND expires_at IS NULL
          ORDER BY earned_at, id LIMIT 1)
        UNION ALL
        SELECT next.id, next.earned_at, next.remaining, walk.owing - walk.remaining
          FROM walk, LATERAL (
              SELECT id, earned_at, remaining FROM oscar_loyalty_lot
               WHERE account_id = %(account)s AND open AND expires_at IS NULL
                 AND (earned_at, id) > (walk.earned_at, walk.id)
               ORDER BY earned_at, id LIMIT 1) AS next
         WHERE walk.owing > walk.remaining
    ),
    drawn AS (SELECT id, LEAST(remaining, owing) AS points FROM walk),
    entry AS (
        INSERT INTO oscar_loyalty_entry (account_id, seq, balance_after, kind, points, key,
            order_number, reason, note, actor, posted_at, digest)
        VALUES (%(account)s, %(seq)s, %(balance)s, 'redeem', -%(points)s::bigint, %(key)s,
                %(order)s, '', '', '', %(at)s, %(digest)s)
        RETURNING id
    ),
    draw AS (
        INSERT INTO oscar_loyalty_draw (entry_id, lot_id, points)
        SELECT entry.id, drawn.id, drawn.points FROM entry, drawn
    )
    UPDATE oscar_loyalty_lot AS lot
       SET remaining = remaining - drawn.points, open = remaining > drawn.points
      FROM drawn WHERE lot.id = drawn.id"""


Redeem = Callable[[int, Cause], object]


def measure(seconds: float) -> Iterator[Line]:
    """The number of statements, throughput spread and on one account, and what many lots cost."""
    database.fill(1, 100)
    for lots in (2, 90):
        cause = _cause(f"counted-{lots}")
        sent = statements(lambda p=lots * LOT, c=cause: services.redeem(1, p, c, kept=0, at=AT))
        yield Line(f"redeem from {lots} lots: statements", sent, 2, digits=0)
    for where, members in (("spread", MEMBERS), ("one hot account", 1)):
        rates = [
            [_rate(way, members, seconds) for way in (ours, reference)] for _round in range(ROUNDS)
        ]
        ratio = median(mine / theirs for mine, theirs in rates)
        what = f"redeem: per second, {CONNECTIONS} connections, {where}, against psycopg"
        yield Line(what, ratio, 0.45, at_least=True)
        yield Line(f"        redeemed per second, {where}", rates[-1][0], digits=0)
    few, many = _server_times()
    yield Line("redeem from an account with 10 lots: server's milliseconds", few, digits=3)
    yield Line("redeem from 10,000 lots against 10: server's time", many / few, 1.5)


def ours() -> Redeem:
    connection.ensure_connection()
    return _redeem


def reference() -> Redeem:
    plain = database.plain()

    def redeem(account: int, cause: Cause) -> None:
        params = {"account": account, "points": SPENT, "key": cause.key, "at": AT}
        params["order"] = cause.order_number
        params["digest"] = policy.digest(account, -SPENT, cause, at=AT)
        with plain.transaction(), plain.cursor() as cursor:
            seq, balance = cursor.execute(ACCOUNT, params).fetchone()
            cursor.execute(SPEND, {**params, "seq": seq, "balance": balance})

    return redeem


def causes(stream: str) -> Iterator[Cause]:
    """Ever new orders."""
    return (_cause(f"{stream}-{number}") for number in count())


def _cause(order: str) -> Cause:
    return Cause("redeem", f"redeem:{order}", order)


def _rate(way, members: int, seconds: float) -> float:
    """From full accounts each time, so that nobody runs out of points."""
    database.fill(members, 20 if members > 1 else round(LOTS_PER_SECOND * seconds))
    return rate(way, causes, members, seconds)


def _server_times() -> list[float]:
    """Of accounts with ten open lots and with ten thousand, side by side."""
    database.fill(2 * LOOKS, 10_000)
    database.run(
        f"""UPDATE oscar_loyalty_lot AS lot SET remaining = 0, open = false
              FROM oscar_loyalty_entry AS entry
             WHERE entry.id = lot.entry_id AND entry.seq <= 9990 AND lot.account_id <= {LOOKS}""",
        f"UPDATE oscar_loyalty_account SET balance = 100 WHERE id <= {LOOKS}",
        "VACUUM ANALYZE",
        "CHECKPOINT",
    )
    groups = [list(range(first, first + LOOKS)) for first in (1, LOOKS + 1)]
    return [cost_of(_redeem_once, members).milliseconds for members in groups]


def _redeem_once(member: int) -> None:
    _redeem(member, _cause(f"timed-{member}"))


def _redeem(account: int, cause: Cause) -> None:
    services.redeem(account, SPENT, cause, kept=0, at=AT)
