"""
Finding the members whose points expire in a month, among all whose do some day.

Each member has points that expire on a day of the next year, a month before which they are told.
Who is told today is found beside the twelfth of the members who were told before, in the chunks
that the search takes; the reference is one plain statement by the same index.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from benchmarks import database
from benchmarks.one_search import warned
from benchmarks.report import Line
from benchmarks.searches import FEW, TODAY, in_a_process, read, seconds
from oscar_loyalty.flows import expiry_foreseen, messages_set_up, points_expired
from oscar_loyalty.models import DailySearch, MessageKind, Programme
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import POINTS_EXPIRING
from oscar_loyalty.program.terms import queries as terms_queries
from tests import world

NOON = datetime.combine(TODAY, datetime.min.time(), timezone.utc) + timedelta(hours=12)
MONTH = 30
#: Lots earned in the year up to today, as many on each day, that expire a year later.
EARNED = """
    UPDATE oscar_loyalty_lot
       SET earned_at = timestamptz '2026-03-05 06:00Z' - (id * 97 % 365) * interval '1 day'
"""
UNTOLD = """
    SELECT DISTINCT account_id FROM oscar_loyalty_lot
     WHERE open AND NOT pending AND expires_at IS NULL AND earned_at < %s AND warned_until IS NULL
"""


def measure(members: int) -> Iterator[Line]:
    """Seconds as ratios, and the growth of memory."""
    Programme.objects.all().delete()
    world.programme(expiry="after-earning", expiry_months=12)
    Programme.objects.update(expiry_tightened_at=None)
    messages_set_up.run()
    MessageKind.objects.filter(code=POINTS_EXPIRING.code).update(active=True, days=MONTH)
    messages_queries.forget_active()
    _earned(min(FEW, members))
    few = in_a_process(warned)
    _earned(members)
    # Yesterday's search has told everybody whose points expire sooner.
    DailySearch.objects.all().delete()
    expiry_foreseen.run(at=NOON - timedelta(days=1))
    database.run("VACUUM ANALYZE oscar_loyalty_lot")
    found = seconds(_foresee)
    midnight = NOON - timedelta(hours=12) - timedelta(days=365 - MONTH - 1)
    plain = seconds(lambda: read(UNTOLD, midnight))
    many, again = in_a_process(warned), in_a_process(warned)
    yield Line("warnings: members", members, digits=0)
    yield Line("warnings: of a day", many["found"], digits=0)
    yield Line("warnings: finding those of a day against one plain statement", found / plain)
    yield Line("warnings: messages per second", many["found"] / many["seconds"], digits=0)
    growth = (many["memory"] - few["memory"]) / 1024
    yield Line(f"warnings: memory more than for {FEW:,} members, MB", growth, 10, digits=1)
    yield Line("warnings: told when it runs again", again["found"], 0, digits=0)


def _earned(members: int) -> None:
    """Nobody was warned yet."""
    database.fill(members, 1)
    database.run(
        # Lots are append-only where triggers fire.
        "SET session_replication_role = replica",
        EARNED,
        "SET session_replication_role = DEFAULT",
        "VACUUM FULL ANALYZE oscar_loyalty_lot",
    )


def _foresee() -> None:
    terms = terms_queries.current()
    since = points_expired.warned_since(terms, NOON)
    for lapsing in points_expired.lapsings(terms, NOON + timedelta(days=MONTH + 1)):
        for _chunk in points_expired.chunks(expiry_foreseen.unwarned(lapsing, MONTH, since)):
            pass
