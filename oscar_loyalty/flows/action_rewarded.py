"""The shop's own code rewards something a customer did."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from oscar_loyalty.errors import InvalidCause
from oscar_loyalty.flows import act_rewarded, member_joined
from oscar_loyalty.flows.act_rewarded import Act
from oscar_loyalty.program.earning import queries as earning_queries
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
    account_id = _account(user_id, action, reference, at)
    if _was_rewarded_elsewhere(account_id, action, reference):
        return False
    source = _key(action, account_id, reference)
    posted = ledger.accrue(account_id, Accrual(points, Cause("bonus", source, reason=action), at))
    if posted:
        announce(
            points_earned, account_id=account_id, points=points, source=source, order_number=""
        )
        act_rewarded.run(_act(user_id, account_id, action, reference, base=points), at=at)
    return posted


@transaction.atomic
def report(user_id: int, *, action: str, reference: str, at: datetime) -> int:
    """
    Give what rules have for `action`, once per customer and reference, and return the points.

    :raises InvalidCause: if action or reference cannot stand in the books.
    """
    account_id = _account(user_id, action, reference, at)
    if _was_rewarded_elsewhere(account_id, action, reference):
        return 0
    return act_rewarded.run(_act(user_id, account_id, action, reference, base=0), at=at)


def _account(user_id: int, action: str, reference: str, at: datetime) -> int:
    _refuse_unfit(action, reference)
    return ledger.lock_current(member_joined.run(user_id, at=at))


def _was_rewarded_elsewhere(account_id: int, action: str, reference: str) -> bool:
    """In an account that was merged into this one."""
    others = (one for one in ledger_queries.family_of(account_id) if one != account_id)
    return any(
        ledger_queries.is_posted(_key(action, one, reference))
        or earning_queries.is_used(_source(action, one, reference))
        for one in others
    )


def _act(user_id: int, account_id: int, action: str, reference: str, *, base: int) -> Act:
    source = _source(action, account_id, reference)
    return Act("action", user_id, account_id, source, base=base, action=action)


def _source(action: str, account_id: int, reference: str) -> str:
    return f"{action}:{account_id}:{reference}"


def _key(action: str, account_id: int, reference: str) -> str:
    return f"bonus:{_source(action, account_id, reference)}"


def _refuse_unfit(action: str, reference: str) -> None:
    if not policy.is_action(action):
        raise InvalidCause(_("Name the action by 1 to 64 letters, digits, hyphens or underscores."))
    if not policy.is_words(reference, limit=policy.MAX_REFERENCE):
        raise InvalidCause(
            _("The reference must be readable text of 1 to %(limit)s characters.")
            % {"limit": policy.MAX_REFERENCE}
        )
