"""The shop's own code rewards something a customer did."""

from datetime import datetime

from django.db import transaction

from oscar_loyalty.flows import member_joined
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.signals import announce, points_earned


@transaction.atomic
def run(user_id: int, points: int, *, action: str, reference: str, at: datetime) -> bool:
    """
    Give points for `action`, once per customer and `reference`; False when they were given before.

    :raises InvalidPoints: if `points` is not a whole number from 1 up.
    :raises KeyReused: if the same action and reference came before with other points.
    """
    account_id = member_joined.run(user_id, at=at)
    source = f"bonus:{action}:{account_id}:{reference}"
    posted = ledger.accrue(account_id, Accrual(points, Cause("bonus", source, reason=action), at))
    if posted:
        announce(
            points_earned, account_id=account_id, points=points, source=source, order_number=""
        )
    return posted
