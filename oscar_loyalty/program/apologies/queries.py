"""Reads of apologies and of their lists."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from oscar_loyalty import bulk
from oscar_loyalty.program.apologies.models import Apology, ApologyRecipient


@dataclass(frozen=True)
class Tally:
    """How many are on a list, of whom so many are to be told, and so many were."""

    listed: int
    chosen: int
    told: int


#: On the list, to be told, and not told yet.
WAITING = Q(outcome="", chosen=True)


def apology(apology_id: int) -> Apology:
    """
    The apology as it is now.

    :raises Apology.DoesNotExist: if there is none.
    """
    return Apology.objects.get(pk=apology_id)


def going() -> list[int]:
    """Apologies that were let go, and have not reached all on their lists."""
    released = Apology.objects.filter(released_at__isnull=False, finished_at=None)
    return list(released.order_by("released_at", "pk").values_list("pk", flat=True))


def listed(apology_id: int) -> QuerySet[ApologyRecipient]:
    """Everybody on the list, in the order in which it was made."""
    return ApologyRecipient.objects.filter(apology_id=apology_id).order_by("pk")


def waiting_after(apology_id: int, last: int, *, limit: int) -> list[int]:
    """The next on the list who are to be told."""
    waiting = listed(apology_id).filter(WAITING, pk__gt=last)
    return list(waiting.values_list("pk", flat=True)[:limit])


def waiting_among(recipient_ids: Collection[int]) -> list[ApologyRecipient]:
    """Those of them who are still to be told."""
    return list(ApologyRecipient.objects.filter(WAITING, pk__in=recipient_ids).order_by("pk"))


def tally(apology_id: int) -> Tally:
    """How far the list has come."""
    chosen = Count("pk", filter=Q(chosen=True))
    told = Count("pk", filter=Q(outcome=ApologyRecipient.Outcome.TOLD))
    return Tally(**listed(apology_id).aggregate(listed=Count("pk"), chosen=chosen, told=told))


def count_chosen(apology_id: int, *, without: Collection[int]) -> int:
    """How many would be told, but for these accounts."""
    chosen = listed(apology_id).filter(chosen=True)
    return chosen.exclude(account_id__in=without).count()


def is_listed(apology_id: int, account_ids: Collection[int]) -> bool:
    """Whether one of the accounts is on the list, and to be told."""
    return listed(apology_id).filter(chosen=True, account_id__in=account_ids).exists()


def told_in(apology_id: int, family: Collection[int]) -> set[int]:
    """Those of the accounts whose members were told, by this account or one merged into it."""
    told = listed(apology_id).filter(outcome=ApologyRecipient.Outcome.TOLD)
    theirs = told.filter(Q(account_id__in=family) | Q(account__merged_into_id__in=family))
    rows = theirs.values_list("account_id", "account__merged_into_id")
    return {merged_into or account_id for account_id, merged_into in rows}


def recipient(recipient_id: int) -> ApologyRecipient | None:
    """Somebody on a list, with the apology."""
    found = ApologyRecipient.objects.filter(pk=recipient_id)
    return found.select_related("apology").first()


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """The apologies to these members."""
    theirs = ApologyRecipient.objects.filter(account_id__in=account_ids)
    return {"apologies": bulk.rows_in(theirs)}
