"""Reads of accounts that are open and somebody's."""

from collections.abc import Collection

from django.db.models import QuerySet

from oscar_loyalty.program.ledger.models import Account


def owned_among(account_ids: Collection[int]) -> set[int]:
    """Those of the accounts that are open and somebody's."""
    return set(_owned().filter(pk__in=account_ids).values_list("pk", flat=True))


def at_liberty(account_ids: Collection[int]) -> set[int]:
    """Those of the accounts that are open, somebody's, and not blocked."""
    return set(_at_liberty().filter(pk__in=account_ids).values_list("pk", flat=True))


def at_liberty_after(account_id: int, *, limit: int) -> list[int]:
    """The next accounts of members who are not blocked, in the order of their ids."""
    found = _at_liberty().filter(pk__gt=account_id).order_by("pk")
    return list(found.values_list("pk", flat=True)[:limit])


def _owned() -> QuerySet[Account]:
    return Account.objects.filter(merged_into__isnull=True, user__isnull=False)


def _at_liberty() -> QuerySet[Account]:
    return _owned().filter(blocked_at__isnull=True)
