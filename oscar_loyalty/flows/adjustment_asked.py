"""Staff correct a member's points; beyond the programme's limit a colleague has to agree."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from oscar_loyalty.errors import OwnAccount
from oscar_loyalty.flows import points_adjusted, staff_words
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.oversight import services as oversight
from oscar_loyalty.program.oversight.models import AdjustmentRequest
from oscar_loyalty.program.terms import queries as terms_queries

State = AdjustmentRequest.State


def needs_approval(points: int) -> bool:
    """Whether so many points, up or down, are beyond what one of the staff decides alone."""
    limit = terms_queries.approval_limit()
    return limit is not None and abs(points) > limit


@transaction.atomic
def run(
    account_id: int,
    points: int,
    *,
    reason: str,
    note: str,
    actor_id: int,
    source: str,
    at: datetime,
) -> bool:
    """
    Ask for a correction that a colleague has to agree to, once per `source`; False if asked before.

    :raises LoyaltyError: as `points_adjusted` would refuse it now.
    """
    ledger.lock([account_id])
    if oversight.is_asked(source) or ledger_queries.is_posted(f"adj:{source}"):
        return False
    asked = AdjustmentRequest(
        account_id=account_id,
        points=points,
        reason=reason,
        note=staff_words.note(note),
        source=source,
        requested_by=f"user:{actor_id}",
        requested_at=at,
    )
    # What could not be posted now is not worth a colleague's time.
    with transaction.atomic():
        _post(asked, at)
        transaction.set_rollback(True)
    oversight.ask(asked)
    return True


@transaction.atomic
def approve(request_id: int, *, actor_id: int, at: datetime) -> bool:
    """
    Post the correction as it was asked for; False if somebody had decided before.

    :raises OwnAccount: if the actor asked for it, or it is about their own points.
    :raises LoyaltyError: if it cannot be posted any more; it goes on waiting.
    """
    asked = _decided(request_id, State.APPROVED, actor_id, at)
    if asked:
        _post(asked, at)
    return asked is not None


@transaction.atomic
def refuse(request_id: int, *, actor_id: int, at: datetime) -> bool:
    """
    Change nothing for the member; False if somebody had decided before.

    :raises OwnAccount: if the actor asked for it, or it is about their own points.
    """
    return _decided(request_id, State.REFUSED, actor_id, at) is not None


def _decided(
    request_id: int, state: State, actor_id: int, at: datetime
) -> AdjustmentRequest | None:
    """What was asked for, decided by this actor now; None if it does not wait."""
    found = AdjustmentRequest.objects.filter(pk=request_id)
    # First the account, as a merge has it: the request may have become another member's.
    ledger.lock(list(found.values_list("account_id", flat=True)))
    asked = found.first()
    if asked is None:
        return None
    refusal = _("You cannot change your own points; ask a colleague.")
    actor = staff_words.actor(actor_id, asked.account_id, refusal=refusal)
    if actor == asked.requested_by:
        raise OwnAccount(_("You asked for this yourself: another colleague has to decide."))
    return asked if oversight.decide(request_id, state, actor=actor, at=at) else None


def _post(asked: AdjustmentRequest, at: datetime) -> None:
    # A shop's own users may have other ids than numbers.
    actor_id: Any = asked.requested_by.removeprefix("user:")
    points_adjusted.run(
        asked.account_id,
        asked.points,
        reason=asked.reason,
        note=asked.note,
        actor_id=actor_id,
        source=asked.source,
        at=at,
    )
