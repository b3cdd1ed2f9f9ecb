"""The only writer of what audits found."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q

from oscar_loyalty.program.ledger.models import AuditReport
from oscar_loyalty.program.ledger.queries import Violation

#: An audit that was begun so long ago died on the way.
LEASE = timedelta(hours=6)
#: Without being asked the books are audited so often.
EVERY = timedelta(days=1)
#: So many of what was found are kept: what follows from the same cause says no more.
KEPT = 100


def ask(*, at: datetime) -> None:
    """Let the next round audit the books, however short a time ago that was done."""
    AuditReport.objects.update_or_create(singleton=1, defaults={"asked_at": at})


def begin(*, at: datetime) -> bool:
    """Take the audit that is due; False when none is, or somebody is at it."""
    AuditReport.objects.get_or_create(singleton=1)
    done_long_ago = Q(finished_at=None) | Q(finished_at__lte=at - EVERY)
    asked = Q(asked_at__isnull=False) & (Q(finished_at=None) | Q(asked_at__gt=F("finished_at")))
    nobody_is = Q(begun_at=None) | Q(begun_at__lte=F("finished_at")) | Q(begun_at__lte=at - LEASE)
    due = AuditReport.objects.filter(done_long_ago | asked, nobody_is)
    return bool(due.update(begun_at=at))


def finish(members: int, orders: int, violations: Sequence[Violation], *, at: datetime) -> None:
    """Keep what was found of the books as they were at that moment."""
    AuditReport.objects.update(
        finished_at=at,
        members=members,
        orders=orders,
        found=len(violations),
        examples=[[one.rule, one.account_id, one.detail] for one in violations[:KEPT]],
    )
