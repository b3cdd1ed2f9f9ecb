"""A member is forgotten; the books stay, balanced and nameless."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from oscar_loyalty.program.ledger.models import Account, Entry
from oscar_loyalty.program.ledger.policy import Accrual, Cause, digest
from oscar_loyalty.program.ledger.services.accounts import locked
from oscar_loyalty.program.ledger.services.posting import accrue, debit


def write_off(account_id: int, *, at: datetime) -> int:
    """
    Take all that an account owns, pending and held too, or forgive what it owes.

    What is held stays so, for a payment that has begun: it will owe that.

    Returns the points taken, negative when forgiven; 0 where there is nothing left to do.
    """
    with transaction.atomic():
        account = locked(account_id)
        points = account.balance
        cause = Cause(Entry.Kind.ERASE, f"erase:{account.pk}:{account.seq + 1}")
        if points > 0:
            debit(account, points, cause, at=at)
        elif points < 0:
            accrue(account_id, Accrual(-points, cause, at))
    return points


def forget_notes(account_id: int) -> None:
    """
    Take the words that staff wrote about a member out of the books.

    The one change that the database lets an entry undergo, and for good: its seal is made anew.
    """
    for entry in Entry.objects.filter(account_id=account_id).exclude(note="").select_related("lot"):
        changes = {"note": "", "digest": _without_note(entry)}
        QuerySet.update(Entry.objects.filter(pk=entry.pk), **changes)


def note_nameless(account_id: int, *, at: datetime) -> None:
    """Keep in mind that the words about the owner of the account are forgotten, who is gone."""
    Account.objects.filter(pk=account_id).update(nameless_since=at)


def forget_owner(account_id: int, *, at: datetime) -> None:
    """Leave the account to nobody; the words about its owner are forgotten before."""
    Account.objects.filter(pk=account_id).update(
        user=None, blocked_at=None, paused_until=None, nameless_since=at
    )


def _without_note(entry: Entry) -> str:
    cause = Cause(entry.kind, entry.key, entry.order_number, entry.reason, actor=entry.actor)
    lot = getattr(entry, "lot", None)
    dates = {name: getattr(lot, name) for name in _DATES} if lot else {}
    return digest(entry.account_id, entry.points, cause, at=entry.posted_at, **dates)


_DATES = ("available_at", "expires_at", "earned_at")
