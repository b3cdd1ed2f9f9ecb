"""Points that wait become spendable."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from oscar_loyalty.program.ledger import queries
from oscar_loyalty.program.ledger.models import Account, Lot
from oscar_loyalty.program.ledger.services.accounts import lock, locked_in_order


def mature_due(account_ids: Sequence[int], *, at: datetime) -> int:
    """Make spendable what these accounts have waited for; return how many accounts they are."""
    _mature(Q(account_id__in=account_ids, available_at__lte=at), account_ids, at)
    return len(account_ids)


@transaction.atomic
def mature_order(account_id: int, order_number: str, *, at: datetime) -> None:
    """Make the points of one order spendable, in whatever accounts they are."""
    locked: set[int] = set()
    # While we waited, they may have been merged into another.
    while not (waiting := {account_id, *queries.waiting_for(order_number)}) <= locked:
        lock(waiting)
        locked = waiting
    _mature(Q(account_id__in=locked, entry__order_number=order_number), sorted(locked), at)


def _mature(lots: Q, account_ids: Sequence[int], at: datetime) -> None:
    with transaction.atomic():
        locked_in_order(account_ids)
        due = Lot.objects.filter(lots, pending=True)
        gained = (
            due.filter(account_id=OuterRef("pk"))
            .order_by()
            .values("account_id")
            .annotate(points=Sum("remaining"))
            .values("points")
        )
        Account.objects.filter(pk__in=account_ids).update(
            pending=F("pending") - Coalesce(Subquery(gained), 0)
        )
        Lot.objects.filter(pk__in=due.values("pk")).update(pending=False, matured_at=at)
