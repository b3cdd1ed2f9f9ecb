"""
Claiming due messages: `messages.services.claim` against hand-written psycopg.

A million settled messages lie in the table, and as many members have one waiting for next year.
What is due is for members of its own. The reference is one transaction that takes the row due
longest, past those that others hold, and marks it as being sent, on a plain connection with the
same settings. Both run in processes of their own, in turns; the ratio is the median of the rounds.
"""

from collections.abc import Callable, Iterator
from itertools import repeat
from statistics import median
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from benchmarks import database
from benchmarks.award import statements
from benchmarks.pace import CONNECTIONS, taken
from benchmarks.report import Line
from oscar_loyalty.models import Message
from oscar_loyalty.program.messages import services
from oscar_loyalty.program.messages.policy import LEASE

ROUNDS = 3
FEW = 10_000
#: More than eight connections can claim in a round.
DUE_PER_SECOND = 12_000
#: One in two is marketing, of which a member gets one at a time.
WAITING = """
    INSERT INTO oscar_loyalty_message (account_id, kind, channel, key, marketing, order_number,
        about, language, address, planned_at, due_at, state, attempts, settled_at, outcome)
    SELECT n % {members} + 1, 'thank-you', 'email', '{name}:' || n, n % 2 = 0, '', '', '', '',
           {at}, {at}, '{state}', 0, {settled}, ''
      FROM generate_series(1, {count}) AS n
"""
AGAIN = "UPDATE oscar_loyalty_message SET state = 'waiting', claim = NULL, attempts = 0, {due}"
OLDEST = """SELECT id, account_id, kind, channel, key, marketing, order_number, about, language,
                   address, planned_at, due_at, state, attempts, claim, settled_at, outcome
              FROM oscar_loyalty_message
             WHERE state IN ('waiting', 'sending') AND due_at <= %s
             ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"""
TAKE = """UPDATE oscar_loyalty_message
             SET state = 'sending', claim = %s, due_at = %s, attempts = attempts + 1
           WHERE id = %s"""

Claim = Callable[[int, None], object]


def measure(members: int, seconds: float) -> Iterator[Line]:
    """Claims per second as ratios, alone and together, and what they cost in a long table."""
    due = int(DUE_PER_SECOND * max(seconds, 1))
    database.fill(max(members, due), 1)
    _fill(FEW, due)
    yield Line("post: statements to claim one", statements(lambda: ours()(0, None)), 2, digits=0)
    short = _claimed(ours, seconds)
    _fill(members, due)
    long = _claimed(ours, seconds)
    yield Line("post: messages in the table", Message.objects.count(), digits=0)
    yield Line(f"post: time of a claim against a table of {FEW:,}", short / long, 1.2)
    for connections in (1, CONNECTIONS):
        rounds = [
            [_claimed(way, seconds, connections=connections) for way in (ours, reference)]
            for _round in range(ROUNDS)
        ]
        ratio = median(mine / theirs for mine, theirs in rounds)
        what = f"post: claimed per second, {connections} connections, against psycopg"
        yield Line(what, ratio, 0.45, at_least=True)
        yield Line("      claims per second", rounds[-1][0], digits=0)


def ours() -> Claim:
    """Claim by the service, as a worker does."""
    connection.ensure_connection()
    return lambda _account, _nothing: _found(services.claim(at=timezone.now()))


def reference() -> Claim:
    """Claim by two statements on a plain connection."""
    plain = database.plain()

    def claim(_account: int, _nothing: None) -> object:
        now = timezone.now()
        with plain.transaction(), plain.cursor() as cursor:
            row = _found(cursor.execute(OLDEST, (now,)).fetchone())
            cursor.execute(TAKE, (uuid4(), now + LEASE, row[0]))
        return row

    return claim


def _found(claimed):
    assert claimed is not None, "more was claimed in a round than was due"
    return claimed


def _nothing_new(_stream: str) -> Iterator[None]:
    return repeat(None)


def _claimed(way, seconds: float, *, connections: int = 1) -> float:
    """Claims per second of what has just become due again."""
    database.run(
        AGAIN.format(due="due_at = planned_at WHERE state = 'sending'"),
        "VACUUM ANALYZE oscar_loyalty_message",
    )
    times = taken(way, _nothing_new, 1, seconds, connections=connections)
    return sum(map(len, times)) / seconds


def _fill(members: int, due: int) -> None:
    """Settled and waiting messages of all members, and what is due."""
    rows = {"members": members, "count": members}
    database.run(
        "TRUNCATE oscar_loyalty_message RESTART IDENTITY",
        WAITING.format(
            name="sent", state="sent", at="now() - interval '9 days'", settled="now()", **rows
        ),
        WAITING.format(
            name="later", state="waiting", at="now() + interval '1 year'", settled="NULL", **rows
        ),
        WAITING.format(
            name="due",
            state="waiting",
            at="now() - interval '1 day' + n * interval '1 microsecond'",
            settled="NULL",
            members=due,
            count=due,
        ),
        "VACUUM ANALYZE oscar_loyalty_message",
    )
