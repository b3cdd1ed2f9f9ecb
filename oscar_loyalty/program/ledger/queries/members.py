"""Reads of accounts that are open and somebody's."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

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


def open_accounts_of(account_ids: Collection[int]) -> dict[int, int]:
    """Each of the accounts, and the one that it is now: itself, or what it was merged into."""
    current = Coalesce("merged_into_id", "pk")
    return dict(Account.objects.filter(pk__in=account_ids).values_list("pk", current))


def owners_of(account_ids: Collection[int]) -> dict[int, tuple[int | None, bool]]:
    """The customer of each of the accounts, and whether they are blocked."""
    rows = Account.objects.filter(pk__in=account_ids).values_list("pk", "user_id", "blocked_at")
    return {pk: (user_id, blocked_at is not None) for pk, user_id, blocked_at in rows}


def _owned() -> QuerySet[Account]:
    return Account.objects.filter(merged_into__isnull=True, user__isnull=False)


def _at_liberty() -> QuerySet[Account]:
    return _owned().filter(blocked_at__isnull=True)
