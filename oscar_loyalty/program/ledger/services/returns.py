"""Points spent on an order, given back, and taken again."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from oscar_loyalty.program.ledger import policy, queries
from oscar_loyalty.program.ledger.models import Entry
from oscar_loyalty.program.ledger.policy import Accrual, Cause, Ending, Life
from oscar_loyalty.program.ledger.services.accounts import locked
from oscar_loyalty.program.ledger.services.posting import accrue, debit

Kind = Entry.Kind


def give_back(
    account_id: int,
    order_number: str,
    target: int,
    *,
    at: datetime,
    least: datetime,
    ending: Ending,
) -> int:
    """
    Make `target` of the points spent on an order returned; return the difference posted.

    What comes back expires as it would have, but not before `least`. What is taken again is the
    price of goods that are kept: like every purchase it may lead into debt.
    """
    with transaction.atomic():
        account = locked(account_id)
        returned, again = queries.returned_to(order_number)
        difference = target - (returned - again)
        if difference < 0:
            key = f"retake:{order_number}:{again - difference}"
            debit(account, -difference, Cause(Kind.RETAKE, key, order_number), at=at)
        elif difference > 0:
            spent = policy.returning(queries.spending_of(order_number), difference)
            parts = [(_spendable_by(at, life), points) for life, points in spent]
            for life, points in policy.lives_on(parts, least=least, ending=ending):
                returned += points
                cause = Cause(Kind.RETURN, f"return:{order_number}:{returned}", order_number)
                accrue(account_id, Accrual(points, cause, at, **vars(life)))
    return difference


def _spendable_by(at: datetime, life: Life) -> Life:
    """What waited when the order took it can be spent from now on."""
    return replace(life, matured_at=min(life.matured_at or at, at))
