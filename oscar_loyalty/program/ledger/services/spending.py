"""Points kept for a checkout, and spent."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from oscar_loyalty.errors import InsufficientPoints
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.program.ledger.policy import Cause
from oscar_loyalty.program.ledger.services.accounts import locked
from oscar_loyalty.program.ledger.services.posting import debit, posted_before, refuse_absurd


def reserve(account_id: int, points: int, *, instead_of: int = 0) -> None:
    """
    Keep `points` for a checkout, in place of `instead_of` that it kept before.

    One conditional UPDATE: however many ask at once, no point is kept twice.

    :raises InvalidPoints: if `points` is not a whole number from 1 up.
    :raises InsufficientPoints: if fewer points can be spent.
    """
    refuse_absurd(points)
    more = points - instead_of
    free = F("balance") - F("pending") - F("held")
    accounts = Account.objects.alias(free=free).filter(pk=account_id, free__gte=more)
    if not accounts.update(held=F("held") + more):
        raise InsufficientPoints(_("You have fewer points to spend than that."))


def let_go(account_id: int, points: int) -> None:
    """Make points that were kept for a checkout spendable again."""
    Account.objects.filter(pk=account_id).update(held=F("held") - points)


def redeem(account_id: int, points: int, cause: Cause, *, kept: int, at: datetime) -> bool:
    """
    Spend `points`, of which a checkout had kept `kept`; once per cause.

    Never refused: the shopper has paid by now. What the lots do not cover becomes debt.
    """
    refuse_absurd(points)
    try:
        with transaction.atomic():
            account = locked(account_id)
            account.held -= kept
            debit(account, points, cause, at=at)
    except IntegrityError:
        if posted_before(account_id, -points, cause):
            return False
        raise
    return True
