"""Opening accounts, restraining their owners, and locking: an UPDATE, which fails nowhere."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection
from django.db.models import F, Q, QuerySet

from oscar_loyalty.program.ledger.models import Account

#: What SQLite has instead of a lock of rows.
_LOCK_BY_WRITING = "UPDATE oscar_loyalty_account SET seq = seq WHERE id = %s RETURNING *"
_LOCK = "SELECT {} FROM oscar_loyalty_account WHERE id = %s FOR NO KEY UPDATE"


def open_account(user_id: int, *, at: datetime) -> tuple[int, bool]:
    """The id of the customer's account, and whether it was opened now."""
    account, opened = Account.objects.get_or_create(user_id=user_id, defaults={"joined_at": at})
    return account.pk, opened


def open_accounts(joined: Mapping[int, datetime]) -> None:
    """Open an account for each of these customers that has none, dated as given."""
    Account.objects.bulk_create(
        [Account(user_id=user_id, joined_at=at) for user_id, at in sorted(joined.items())],
        ignore_conflicts=True,
    )


def lock(account_ids: Iterable[int]) -> None:
    """Keep every other writer off these accounts until the transaction ends."""
    if connection.vendor == "postgresql":
        list(_in_order(account_ids).select_for_update().values_list("pk"))
    else:
        locked_in_order(account_ids)


def block(account_id: int, *, at: datetime) -> bool:
    """Keep the member from spending points; False when they were kept from it before."""
    accounts = Account.objects.filter(pk=account_id, blocked_at__isnull=True)
    return accounts.update(blocked_at=at) == 1


def unblock(account_id: int) -> bool:
    """Let the member spend points again; False when nothing kept them from it."""
    accounts = Account.objects.filter(pk=account_id, blocked_at__isnull=False)
    return accounts.update(blocked_at=None) == 1


def pause(account_id: int, *, until: datetime) -> None:
    """Keep the member from spending points for a while, unless they are kept from it longer."""
    sooner = Q(paused_until__isnull=True) | Q(paused_until__lt=until)
    Account.objects.filter(sooner, pk=account_id).update(paused_until=until)


def lock_current(account_id: int) -> int:
    """Lock the account, or the one that it has been merged into meanwhile, and say which."""
    (account,) = locked_in_order([account_id])
    if account.merged_into_id is None:
        return account_id
    return lock_current(account.merged_into_id)


def locked(account_id: int) -> Account:
    """Lock one account and read it, in one statement."""
    (account,) = Account.objects.raw(_lock_statement(), [account_id])
    return account


def _lock_statement() -> str:
    if connection.vendor != "postgresql":
        return _LOCK_BY_WRITING
    # By name: of a statement that the server keeps, a column that is added must not change what
    # it gives.
    return _LOCK.format(", ".join(field.column for field in Account._meta.concrete_fields))


def locked_in_order(account_ids: Iterable[int]) -> list[Account]:
    """Lock several accounts in the one order that cannot deadlock, and read them."""
    rows = _in_order(account_ids)
    if connection.vendor == "postgresql":
        return list(rows.select_for_update())
    rows.update(seq=F("seq"))
    return list(rows)


def _in_order(account_ids: Iterable[int]) -> QuerySet[Account]:
    return Account.objects.filter(pk__in=list(account_ids)).order_by("pk")
