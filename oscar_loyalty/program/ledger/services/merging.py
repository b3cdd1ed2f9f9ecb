"""Two accounts become one: what the one owns, or owes, is the other's from then on."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from oscar_loyalty.errors import MergeRefused
from oscar_loyalty.program.ledger import policy, queries
from oscar_loyalty.program.ledger.models import Account, Entry, Lot
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.ledger.services.accounts import locked, locked_in_order
from oscar_loyalty.program.ledger.services.past import post_history
from oscar_loyalty.program.ledger.services.posting import accrue, debit


def merge(account_id: int, into_id: int, *, note: str, actor: str, at: datetime) -> int:
    """
    Move all that an account owns, or owes, into another and close it; return the points moved.

    Every lot goes on with the dates it has, and with its order. What a checkout still holds is held
    there.

    :raises MergeRefused: if both are the same, or one of them was merged before.
    """
    if account_id == into_id:
        raise MergeRefused(_("A member cannot be merged with themselves."))
    with transaction.atomic():
        accounts = {account.pk: account for account in locked_in_order([account_id, into_id])}
        gone, stays = accounts[account_id], accounts[into_id]
        _refuse_merged(gone, stays)
        points = gone.balance
        if points > 0:
            _move_lots(gone, into_id, note=note, actor=actor, at=at)
        elif points < 0:
            _move_debt(gone, into_id, note=note, actor=actor, at=at)
        Account.objects.filter(pk=account_id).update(held=0, merged_into=into_id)
        if gone.held:
            Account.objects.filter(pk=into_id).update(held=F("held") + gone.held)
        Account.objects.filter(merged_into=account_id).update(merged_into=into_id)
    return points


def _refuse_merged(gone: Account, stays: Account) -> None:
    if gone.merged_into_id is not None:
        raise MergeRefused(_("This account was merged into another one before."))
    if stays.merged_into_id is not None:
        raise MergeRefused(
            _("The other account was itself merged; choose the one that it was merged into.")
        )


def _move_lots(gone: Account, into_id: int, *, note: str, actor: str, at: datetime) -> None:
    moving = [_moved(lot, note, actor, at) for lot in queries.lots_to_move(gone.pk)]
    cause = Cause(Entry.Kind.MERGE, policy.merge_key(gone.pk), note=note, actor=actor)
    debit(gone, gone.balance, cause, at=at)
    post_history({into_id: moving})


def _moved(lot: Lot, note: str, actor: str, at: datetime) -> Accrual:
    key = policy.merge_key(lot.account_id, lot.entry.seq)
    number = Entry.order_when_merged(lot.entry.kind, lot.entry.order_number)
    return Accrual(
        lot.remaining,
        Cause(Entry.Kind.MERGE, key, number, note=note, actor=actor),
        at,
        pending=lot.pending,
        available_at=lot.available_at,
        expires_at=lot.expires_at,
        earned_at=lot.earned_at,
        matured_at=lot.matured_at,
    )


def _move_debt(gone: Account, into_id: int, *, note: str, actor: str, at: datetime) -> None:
    """Paid on the one account, owed on the other, whose lots pay what they can."""
    owed = -gone.balance
    paid = Cause(Entry.Kind.MERGE, policy.merge_key(gone.pk), note=note, actor=actor)
    accrue(gone.pk, Accrual(owed, paid, at))
    taken = Cause(Entry.Kind.MERGE, policy.merge_key(gone.pk, 0), note=note, actor=actor)
    debit(locked(into_id), owed, taken, at=at)
