"""Figures of all books together, and what the last audit said."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from oscar_loyalty.program.ledger.models import Account, AuditReport, Entry


@dataclass(frozen=True)
class Totals:
    """Open accounts that somebody has, the points owned, and how many owe points."""

    members: int
    points: int
    debtors: int


@dataclass(frozen=True)
class Moved:
    """Points that came and went: earned less what was taken back, spent less what returned."""

    earned: int
    spent: int
    expired: int


def totals() -> Totals:
    """The books as they are; one in debt owns no points."""
    found = Account.objects.aggregate(
        members=Count("pk", filter=Q(merged_into__isnull=True, user__isnull=False)),
        points=Coalesce(Sum("balance", filter=Q(balance__gt=0)), 0),
        debtors=Count("pk", filter=Q(balance__lt=0)),
    )
    return Totals(**found)


def moved(*, since: datetime) -> Moved:
    """What came and went since then."""
    kinds = Entry.objects.filter(posted_at__gte=since).order_by().values("kind")
    sums = dict(kinds.annotate(points=Sum("points")).values_list("kind", "points"))

    def of(*names: str) -> int:
        return sum(sums.get(name, 0) for name in names)

    return Moved(
        earned=of(*Entry.EARNED, Entry.Kind.BONUS),
        spent=-of(*Entry.SPENT),
        expired=-of(Entry.Kind.EXPIRE),
    )


def last_audit() -> AuditReport:
    """What the last audit said; an empty one before the first."""
    return AuditReport.objects.first() or AuditReport()
