"""Reads of what lapses: which lots, by when, and what keeps them alive."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Greatest, Least, TruncDate
from django.db.models.lookups import LessThan

from oscar_loyalty.program.ledger.models import Account, Entry, Lot

#: Lots with a day of their own pay before the others, which lapse in the order they were earned
#: (on fixed days with those that have waited, no sooner).
SOONEST_FIRST = (F("expires_at").asc(nulls_last=True), "earned_at", "pk")
_SPENDABLE_SINCE = Greatest(
    "earned_at", Coalesce("available_at", "earned_at"), Coalesce("matured_at", "earned_at")
)


@dataclass(frozen=True)
class Lapsing:
    """
    Which points have lapsed by `at`, and whose: conditions on an outer lot.

    Those of the `members` with a day of their own when it has passed; all others when earned before
    `before` and `aged`, and none of them without a `before`. Neither when earned before `since`.
    """

    at: datetime
    before: datetime | None = None
    since: datetime | None = None
    members: Q = field(default_factory=Q)
    aged: Q = field(default_factory=Q)


@dataclass(frozen=True)
class LotDay:
    """
    Points that become spendable on the same `day`, or were earned on it.

    `expires_at` is their own moment to lapse, if any; `earned_at` is the last of the day, and
    `spendable_since` the last from which they can be spent; `arrived_at` is when they came with a
    merged account, if they are spendable.
    """

    pending: bool
    expires_at: datetime | None
    day: date | None
    earned_at: datetime
    spendable_since: datetime
    arrived_at: datetime | None
    points: int
    moments: tuple[datetime | None, ...] = ()


def lapsed_lots(lapsing: Lapsing) -> QuerySet[Lot]:
    """Open lots whose last day has passed; those that cannot be spent yet do not lapse."""
    due = Q(expires_at__lte=lapsing.at)
    if lapsing.before:
        due |= Q(expires_at__isnull=True, earned_at__lt=lapsing.before) & lapsing.aged
    lots = Lot.objects.filter(due, lapsing.members, open=True, pending=False)
    return lots.filter(earned_at__gte=lapsing.since) if lapsing.since else lots


def warned(since: date) -> Q:
    """
    Whether the member of an outer lot was to be warned of a lapse on that day or later.

    A warning is out of date when points live on after the day that it named.
    """
    return Q(warned_until__gte=since)


def not_warned(days: int, since: date) -> Q:
    """Whether the member of an outer lot was not warned so shortly before, or of another lapse."""
    return Q(warned_days__isnull=True) | Q(warned_days__gt=days) | Q(warned_until__lt=since)


def accounts_with_lapsed(lapsing: Lapsing, *, after: int, limit: int) -> list[int]:
    """The next accounts, in order of their ids, that have points that have lapsed."""
    lots = lapsed_lots(lapsing).filter(account_id__gt=after).order_by("account_id")
    return list(lots.values_list("account_id", flat=True).distinct()[:limit])


def lapsed_draws(account_ids: Sequence[int], lapsing: Lapsing) -> QuerySet[Lot, tuple[int, ...]]:
    """
    Account, lot and points that each lapsed lot of these accounts loses, account by account.

    What a checkout has held is what pays first, so it stays with those that lapse soonest.
    """
    until_here = Window(Sum("remaining"), partition_by="account_id", order_by=SOONEST_FIRST)
    lots = lapsed_lots(lapsing).filter(account_id__in=account_ids).annotate(until_here=until_here)
    free = Greatest(F("until_here") - F("account__held"), 0)
    lost = lots.annotate(lost=Least("remaining", free, output_field=BigIntegerField()))
    return lost.order_by("account_id", *SOONEST_FIRST).values_list("account_id", "pk", "lost")


def overdue(lapsing: Lapsing, *, account_id: int | None = None) -> Iterator[tuple[int, int]]:
    """Accounts with lapsed points that nothing holds and that had long been spendable."""
    lots = lapsed_lots(lapsing).filter(**({"account_id": account_id} if account_id else {}))
    ready = lots.filter(Q(available_at__isnull=True) | Q(available_at__lte=lapsing.at))
    summed = ready.order_by().values("account_id").annotate(points=Sum("remaining"))
    free = summed.filter(points__gt=F("account__held")).order_by("account_id")
    yield from free.values_list("account_id", "points").iterator()


def moved_since(kinds: Sequence[str], moment: datetime) -> Q:
    """
    Whether an outer row's account has an entry of one of these kinds dated since `moment`.

    So has one into which an account was merged that has one.
    """
    entries = Entry.objects.filter(kind__in=kinds, posted_at__gte=moment)
    own = entries.filter(account_id=OuterRef("account_id"))
    return Q(Exists(own)) | Q(
        Exists(entries.filter(account__merged_into_id=OuterRef("account_id")))
    )


def spendable_before(moment: datetime) -> Q:
    """Whether an outer lot could be spent before then."""
    return Q(LessThan(_SPENDABLE_SINCE, moment))


def arrived_since(moment: datetime) -> Exists:
    """Whether an outer lot came with a merged account since then."""
    entries = Entry.objects.filter(pk=OuterRef("entry_id"), kind=Entry.Kind.MERGE)
    return Exists(entries.filter(posted_at__gte=moment))


def last_moved_at(account_id: int, kinds: Sequence[str]) -> Subquery:
    """
    The date of the account's newest entry of one of these kinds, as part of another query.

    Those of accounts that were merged into it count too.
    """
    family = Account.objects.filter(Q(pk=account_id) | Q(merged_into=account_id)).values("pk")
    entries = Entry.objects.filter(account_id__in=family, kind__in=kinds)
    return Subquery(entries.order_by("-posted_at").values("posted_at")[:1])


def lots_by_day(
    account_id: int, time_zone: str, *, moments: Sequence[Subquery] = ()
) -> list[LotDay]:
    """The account's open lots by day, pending ones first, soonest first; `moments` beside them."""
    zone = ZoneInfo(time_zone)
    day = Case(
        When(pending=True, then=TruncDate("available_at", tzinfo=zone)),
        default=TruncDate("earned_at", tzinfo=zone),
    )
    own = Case(When(pending=False, then=F("expires_at")))
    arrived = Case(When(pending=False, entry__kind=Entry.Kind.MERGE, then=F("entry__posted_at")))
    asked = {f"moment_{number}": moment for number, moment in enumerate(moments)}
    lots = Lot.objects.filter(account_id=account_id, open=True).order_by()
    ready = Case(When(pending=False, then=TruncDate(_SPENDABLE_SINCE, tzinfo=zone)))
    days = lots.annotate(day=day, own=own, arrived=arrived, ready=ready, **asked)
    grouped = days.values("pending", "own", "day", "arrived", "ready", *asked)
    summed = grouped.annotate(
        earned=Max("earned_at"), since=Max(_SPENDABLE_SINCE), points=Sum("remaining")
    ).order_by(F("pending").desc(), F("own").asc(nulls_last=True), F("day").asc(nulls_last=True))
    columns = ("pending", "own", "day", "earned", "since", "arrived", "points")
    rows = summed.values_list(*columns, *asked)
    return [LotDay(*row[: len(columns)], moments=row[len(columns) :]) for row in rows]
