"""The shop's own code rewards something a customer did."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from oscar_loyalty.errors import InvalidCause
from oscar_loyalty.flows import member_joined
from oscar_loyalty.program.ledger import policy
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.signals import announce, points_earned


@transaction.atomic
def run(user_id: int, points: int, *, action: str, reference: str, at: datetime) -> bool:
    """
    Give points for `action`, once per customer and `reference`; False when they were given before.

    :raises InvalidPoints: if `points` is not a whole number from 1 up.
    :raises InvalidCause: if action or reference cannot stand in the books.
    :raises KeyReused: if the same action and reference came before with other points.
    """
    _refuse_unfit(action, reference)
    account_id = ledger.lock_current(member_joined.run(user_id, at=at))
    for merged in ledger_queries.family_of(account_id):
        if merged != account_id and ledger_queries.is_posted(_key(action, merged, reference)):
            return False
    source = _key(action, account_id, reference)
    posted = ledger.accrue(account_id, Accrual(points, Cause("bonus", source, reason=action), at))
    if posted:
        announce(
            points_earned, account_id=account_id, points=points, source=source, order_number=""
        )
    return posted


def _key(action: str, account_id: int, reference: str) -> str:
    return f"bonus:{action}:{account_id}:{reference}"


def _refuse_unfit(action: str, reference: str) -> None:
    if not policy.is_action(action):
        raise InvalidCause(_("Name the action by 1 to 64 letters, digits, hyphens or underscores."))
    if not policy.is_words(reference, limit=policy.MAX_REFERENCE):
        raise InvalidCause(
            _("The reference must be readable text of 1 to %(limit)s characters.")
            % {"limit": policy.MAX_REFERENCE}
        )
