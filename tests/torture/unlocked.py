"""The control: the ledger without its lock, in this process. Nothing of the product reads this."""

import sys
from collections.abc import Callable

from oscar_loyalty.models import Account
from oscar_loyalty.program.ledger import services
from oscar_loyalty.program.ledger.services import accounts

#: Set by ``--control`` for the processes that it starts.
VARIABLE = "LOYALTY_TORTURE_UNLOCKED"


def take_the_lock_out() -> None:
    """Whoever locked an account before only reads it now."""

    def locked(account_id: int) -> Account:
        return Account.objects.get(pk=account_id)

    def locked_in_order(account_ids) -> list[Account]:
        return list(Account.objects.filter(pk__in=list(account_ids)).order_by("pk"))

    def lock(account_ids) -> None:
        """Nobody is kept waiting."""

    _replace(accounts.lock, lock)
    _replace(accounts.locked, locked)
    _replace(accounts.locked_in_order, locked_in_order)


def _replace(original: Callable, other: Callable) -> None:
    package = services.__name__
    for path, module in list(sys.modules.items()):
        if path.startswith(package) and getattr(module, original.__name__, None) is original:
            setattr(module, original.__name__, other)
