"""Points that wait become spendable."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from oscar_loyalty.program.ledger import queries
from oscar_loyalty.program.ledger.models import Account, Lot
from oscar_loyalty.program.ledger.services.accounts import locked_in_order


def mature_due(*, at: datetime, batch: int = 1000) -> int:
    """Make every pending lot whose day has come spendable; return how many accounts gained."""
    accounts = 0
    while chunk := queries.accounts_with_due_lots(at, limit=batch):
        _mature(Q(account_id__in=chunk, available_at__lte=at), chunk, at)
        accounts += len(chunk)
    return accounts


def mature_order(account_id: int, order_number: str, *, at: datetime) -> None:
    """Make the points of one order spendable, in whatever accounts they have been."""
    account_ids = sorted({account_id, *queries.waiting_for(order_number)})
    _mature(Q(account_id__in=account_ids, entry__order_number=order_number), account_ids, at)


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
