"""What an order carries, taken back and given again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from oscar_loyalty.program.ledger import policy, queries
from oscar_loyalty.program.ledger.models import Entry
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.ledger.services.accounts import locked
from oscar_loyalty.program.ledger.services.posting import accrue, debit

Kind = Entry.Kind


def settle_order(
    account_id: int, first: Sequence[Accrual], target: int, *, at: datetime, may_owe: bool = True
) -> int:
    """
    Make an order carry `target` points and return the difference posted.

    `first` is what the order earned at the start: points that come again wait and expire like it.
    Whoever may not owe loses only what they have, and the order goes on carrying the rest.
    """
    number = first[0].cause.order_number
    with transaction.atomic():
        account = locked(account_id)
        taken, given = queries.movements_of(number)
        posted = 0
        if target > 0 and not given:
            # All that was earned always comes first: it is what later entries refer to.
            for part in first:
                accrue(account_id, _again(part, part.points, part.cause, at, at))
            account, given = locked(account_id), sum(part.points for part in first)
            posted = given
        difference = target - (given - taken)
        if difference < 0:
            points = -difference if may_owe else min(-difference, max(account.balance, 0))
            posted -= points
            key = f"claw:{number}:{taken + points}"
            if points:
                debit(account, points, Cause(Kind.CLAWBACK, key, number), at=at)
        elif difference > 0:
            posted += difference
            shares = policy.in_proportion(difference, [part.points for part in first])
            matured_at = queries.matured_at(number)
            for part, points in zip(first, shares, strict=True):
                given += points
                cause = Cause(Kind.RESTORE, f"restore:{number}:{given}", number)
                if points:
                    accrue(account_id, _again(part, points, cause, at, matured_at))
    return posted


def _again(
    part: Accrual, points: int, cause: Cause, at: datetime, matured_at: datetime | None
) -> Accrual:
    pending = part.pending and not (part.available_at and part.available_at <= at)
    return Accrual(
        points=points,
        cause=cause,
        at=at,
        pending=pending,
        available_at=part.available_at,
        expires_at=part.expires_at,
        earned_at=part.aged_from,
        matured_at=None if pending else matured_at,
    )
