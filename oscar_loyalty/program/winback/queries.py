"""Reads of rhythms and lapses."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from oscar_loyalty import bulk
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.winback import policy
from oscar_loyalty.program.winback.models import Lapse, Rhythm, ShopRhythm, WinBackSettings
from oscar_loyalty.program.winback.policy import OWN_GAPS, Gain, Group

#: What members order in so many days after they were missed is counted.
MEASURED_DAYS = 60
_CENT = Decimal("0.01")
#: Else PostgreSQL would work out the revenue anew for each of the sums.
_GROUPS = """
    WITH outcome AS MATERIALIZED ({outcomes})
    SELECT held_out, COUNT(*), COUNT(revenue), SUM(revenue), SUM(revenue * revenue)
      FROM outcome GROUP BY held_out
"""


@dataclass(frozen=True)
class Measured:
    """
    Who was written to and who was held out, and what is gained; None where they are too few to say.

    Lapses that are still `running` are left out: of these, not all orders have come yet.
    """

    written: Group
    held_out: Group
    gain: Gain | None
    running: int


@dataclass(frozen=True)
class Late:
    """The days on which members may be late: their own day, and how long newcomers have waited."""

    today: date
    newcomers_before: datetime | None

    @property
    def own(self) -> Q:
        """Who is late by a rhythm of their own."""
        return Q(days__gt=OWN_GAPS, late_on__lte=self.today)

    @property
    def newcomers(self) -> Q:
        """Who has none yet, and is late by the shop's."""
        if self.newcomers_before is None:
            return Q(pk__in=())
        return Q(days__lte=OWN_GAPS, last_order_at__lt=self.newcomers_before)


def settings() -> WinBackSettings:
    """What staff have chosen; the row is made where it is missing."""
    row, _made = WinBackSettings.objects.get_or_create(singleton=1)
    return row


def shop_rhythm() -> ShopRhythm:
    """The shop's own rhythm, and up to which orders its members' were followed."""
    row, _made = ShopRhythm.objects.get_or_create(singleton=1)
    return row


def stale() -> Iterator[int]:
    """Accounts whose rhythm is another by now."""
    rows = Rhythm.objects.filter(stale=True).order_by("account_id")
    return rows.values_list("account_id", flat=True).iterator()


def first_gaps() -> dict[int, int]:
    """After how many days members ordered a second time, and how many of them did."""
    gaps = Rhythm.objects.filter(first_gap_days__isnull=False).values("first_gap_days")
    return dict(gaps.annotate(count=Count("pk")).values_list("first_gap_days", "count"))


def late(days: Late) -> Iterator[int]:
    """Accounts of members who may be late since their last order, and were not seen to yet."""
    unseen = Rhythm.objects.filter(seen_to=False).values_list("account_id", flat=True)
    # In the order of an index each: a cursor is planned for its first rows, and would read the
    # whole table for any that are in no order.
    yield from unseen.filter(days.own).order_by("late_on").iterator()
    yield from unseen.filter(days.newcomers).order_by("last_order_at").iterator()


def all_late(days: Late, *, before: datetime) -> QuerySet[Rhythm]:
    """
    The rhythms of all members who are late, seen to or not.

    Only who placed their last order `before` then is, and longer ago than they usually do.
    """
    rows = Rhythm.objects.filter(days.own | days.newcomers, last_order_at__lt=before)
    return rows.filter(late_on__lte=days.today)


def rhythms_of(account_ids: Collection[int]) -> dict[int, Rhythm]:
    """The rhythms of these members, by account."""
    return Rhythm.objects.in_bulk(account_ids)


def unseen(account_ids: Collection[int]) -> list[Rhythm]:
    """Those of the members whose present lateness nobody has seen to."""
    return list(Rhythm.objects.filter(account_id__in=account_ids, seen_to=False))


def due(today: date) -> Iterator[int]:
    """Accounts whose next step has come."""
    rows = Lapse.objects.filter(next_step_on__lte=today).order_by("next_step_on", "account_id")
    return rows.values_list("account_id", flat=True).iterator()


def due_among(account_ids: Collection[int], today: date) -> list[Lapse]:
    """The lapses of these members whose next step has come."""
    return list(Lapse.objects.filter(account_id__in=account_ids, next_step_on__lte=today))


def open_lapses(account_ids: Collection[int]) -> list[Lapse]:
    """The lapses of these members that are not over."""
    return list(Lapse.objects.filter(account_id__in=account_ids, ended_at=None))


def open_lapse(lapse_id: int) -> Lapse | None:
    """The lapse, unless it is over."""
    return Lapse.objects.filter(pk=lapse_id, ended_at=None).first()


def gifts_given(account_ids: Collection[int]) -> dict[int, list[date]]:
    """The days on which these members got gifts."""
    given: dict[int, list[date]] = defaultdict(list)
    rows = Lapse.objects.filter(account_id__in=account_ids, gift_on__isnull=False)
    for account_id, day in rows.values_list("account_id", "gift_on"):
        given[account_id].append(day)
    return given


def groups(outcomes: QuerySet[Any]) -> tuple[Group, Group]:
    """
    Who was written to, and who was held out, in figures.

    `outcomes` are values of whether a member was held out, and their revenue; none is no return.
    """
    inner, params = outcomes.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS.format(outcomes=inner), params)
        found = {bool(row[0]): _group(*row[1:]) for row in cursor.fetchall()}
    return found.get(False, Group()), found.get(True, Group())


def measured(
    lots: QuerySet[Any], *, at: datetime, since: str = "found_at", days: int = MEASURED_DAYS
) -> Measured:
    """
    Compare members by lot, as in lapses: all who were to be written to, with all held out.

    By what they bought in so many days after the moment `since`. Whoever got none of the messages
    counts with those who did: the lot has chosen them all alike, and only so nothing but the
    messages makes the difference.
    """
    over = lots.filter(**{f"{since}__lte": at - timedelta(days=days)}).order_by()
    revenue = earning_queries.revenue_within(days, since=since)
    written, held_out = groups(over.annotate(revenue=revenue).values("held_out", "revenue"))
    return Measured(
        written,
        held_out,
        policy.gain(written, held_out),
        running=lots.count() - written.members - held_out.members,
    )


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """How often these members order, and what became of them when they did not."""
    rhythms = Rhythm.objects.filter(account_id__in=account_ids)
    lapses = Lapse.objects.filter(account_id__in=account_ids)
    return {"rhythms": bulk.rows_in(rhythms), "lapses": bulk.rows_in(lapses)}


def rhythm(row: Rhythm, last_day: date) -> policy.Rhythm:
    """A row as policies see it; on which day an order was, the programme's clock knows."""
    return policy.Rhythm(last_day, row.days, row.usual_gap_days, row.first_gap_days)


def _group(members: int, returned: int, revenue: Any, squares: Any) -> Group:
    """SQLite adds money up as floats."""
    return Group(
        members,
        returned,
        Decimal(revenue or 0).quantize(_CENT),
        Decimal(squares or 0).quantize(_CENT * _CENT),
    )
