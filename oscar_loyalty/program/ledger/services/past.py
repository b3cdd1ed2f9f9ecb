"""Many accruals at once, as a backfill posts them."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from oscar_loyalty import bulk
from oscar_loyalty.program.ledger.models import Account, Entry, Lot
from oscar_loyalty.program.ledger.policy import Accrual
from oscar_loyalty.program.ledger.services.accounts import locked_in_order
from oscar_loyalty.program.ledger.services.posting import append, refuse_absurd


def post_history(accruals: Mapping[int, Sequence[Accrual]]) -> None:
    """Post many accruals of several accounts in the order given; the keys must be new."""
    accruals = {account_id: posts for account_id, posts in accruals.items() if posts}
    with transaction.atomic():
        entries, lots = [], []
        for account in locked_in_order(accruals):
            for accrual in accruals[account.pk]:
                refuse_absurd(accrual.points)
                entry, lot = append(account, accrual)
                entries.append(entry)
                lots.append(lot)
        numbers = bulk.insert_numbered(Entry, entries)
        bulk.insert(Lot, [{**lot, "entry_id": pk} for pk, lot in zip(numbers, lots, strict=True)])
        _follow_the_entries(list(accruals))


def _follow_the_entries(account_ids: Sequence[int]) -> None:
    """Bring accounts to where their last entry left them: one statement, however many they are."""
    last = Entry.objects.filter(account_id=OuterRef("pk")).order_by("-seq")
    lots = Lot.objects.filter(account_id=OuterRef("pk"), open=True, pending=True)
    waiting = lots.order_by().values("account_id").annotate(points=Sum("remaining"))
    Account.objects.filter(pk__in=account_ids).update(
        seq=Subquery(last.values("seq")[:1]),
        balance=Subquery(last.values("balance_after")[:1]),
        pending=Coalesce(Subquery(waiting.values("points")), 0),
    )
