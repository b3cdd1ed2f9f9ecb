"""
Finding the members who have become late, against grouping all orders by member.

Members' last orders lie 0 to 999 days back, one in a thousand on each day. Two of three have
ordered every 40 days, the third once. Yesterday's search has seen to all who were late by then. The
reference is what anybody would write first, for one and the same number of days for all: it reads
every order.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks import database
from benchmarks.report import Line
from oscar_loyalty.flows import members_missed, rhythms_followed
from oscar_loyalty.models import Programme, Rhythm
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.winback import queries as winback_queries
from oscar_loyalty.program.winback import services as winback
from oscar_loyalty.program.winback.queries import Late
from tests import world
from tests.winback import open_the_post

ORDERS_EACH = 5
GAP = 40
LOOKS = 7
GROUPED = f"""
    SELECT account_id FROM oscar_loyalty_award WHERE NOT cancelled GROUP BY account_id
    HAVING max(placed_at) < now() - interval '{GAP} days'
       AND max(placed_at) >= now() - interval '{GAP + 1} days'"""


def measure(members: int) -> Iterator[Line]:
    """How long a day's search takes as a ratio, and how many members are followed per second."""
    Programme.objects.all().delete()
    world.programme()
    open_the_post()
    at = timezone.now()
    _fill(members)
    terms = terms_queries.current()
    followed = _seconds(lambda: rhythms_followed.run(terms, at=at))
    yield Line("winback: members", members, digits=0)
    yield Line("winback: members followed per second, the first time", members / followed, digits=0)
    days = _seen_to_until_yesterday(terms, at)
    found = list(winback_queries.late(days))
    grouped = _grouped()
    yield Line("winback: members who have become late", len(found), digits=0)
    reference = median(_seconds(_grouped) for _look in range(LOOKS))
    ours = median(_seconds(lambda: list(winback_queries.late(days))) for _look in range(LOOKS))
    yield Line("        found by grouping", len(grouped), digits=0)
    yield Line("winback: finding them against GROUP BY … HAVING", ours / reference, 0.01, digits=4)
    winback.note_followed(*_followed_up_to(terms, at))
    whole = _seconds(lambda: members_missed.run(at=at))
    yield Line("winback: the whole search of a day against the same", whole / reference, digits=4)


def _fill(members: int) -> None:
    database.fill(members, ORDERS_EACH)
    ago = f"(account_id % 1000 + ({ORDERS_EACH} - split_part(order_number, '-', 2)::int) * {GAP})"
    database.run(
        f"DELETE FROM oscar_loyalty_award WHERE account_id % 3 = 0"
        f" AND split_part(order_number, '-', 2)::int < {ORDERS_EACH}",
        f"UPDATE oscar_loyalty_award SET placed_at = now() - {ago} * interval '1 day'",
        "VACUUM FULL ANALYZE oscar_loyalty_award",
    )


def _seen_to_until_yesterday(terms: Any, at: Any) -> Late:
    """Newcomers order again after 40 days as well, for so do all who did."""
    assert winback_queries.shop_rhythm().newcomers_gap_days == GAP
    today = terms.local_date(at)
    before = terms.midnight(today - timedelta(days=GAP))
    yesterday = Late(today - timedelta(days=1), before - timedelta(days=1))
    Rhythm.objects.filter(yesterday.own | yesterday.newcomers).update(seen_to=True)
    database.run("VACUUM ANALYZE oscar_loyalty_rhythm")
    return Late(today, before)


def _followed_up_to(terms: Any, at: Any) -> tuple[int, Any]:
    """As after two days: the last look's orders are not looked at again."""
    newest = winback_queries.shop_rhythm().followed_to
    return newest, terms.local_date(at) + timedelta(days=1)


def _grouped() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(GROUPED)
        return cursor.fetchall()


def _seconds(act: Callable[[], object]) -> float:
    before = time.perf_counter()
    act()
    return time.perf_counter() - before
