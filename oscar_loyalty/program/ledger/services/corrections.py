"""Corrections by staff, and points taken back for which no order stands."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import ngettext

from oscar_loyalty.errors import InsufficientPoints
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.ledger.services.accounts import locked
from oscar_loyalty.program.ledger.services.posting import (
    accrue,
    debit,
    posted_before,
    refuse_absurd,
)


def take_back(account_id: int, points: int, cause: Cause, *, at: datetime, may_owe: bool) -> int:
    """
    Take points whose reason is gone, once per cause; return how many were taken.

    Whoever may not owe loses only what they have.
    """
    with transaction.atomic():
        account = locked(account_id)
        points = points if may_owe else min(points, max(account.balance, 0))
        if points:
            debit(account, points, cause, at=at)
    return points


def adjust(account_id: int, points: int, cause: Cause, *, at: datetime) -> bool:
    """
    Correct an account by `points`, up or down, once per cause.

    :raises InvalidPoints: if `points` is zero or absurd.
    :raises InsufficientPoints: if fewer points can be taken than asked for.
    """
    refuse_absurd(-points if type(points) is int and points < 0 else points)
    if points > 0:
        return accrue(account_id, Accrual(points, cause, at))
    with transaction.atomic():
        account = locked(account_id)
        if posted_before(account_id, points, cause):
            return False
        if account.spendable < -points:
            words = ngettext(
                "Only %(points)s point can be taken from this account.",
                "Only %(points)s points can be taken from this account.",
                account.spendable,
            )
            raise InsufficientPoints(words % {"points": account.spendable})
        debit(account, -points, cause, at=at)
    return True
