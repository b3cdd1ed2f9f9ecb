"""The only writer of what staff did, and of what waits for a colleague."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from oscar_loyalty.program.oversight.models import AdjustmentRequest, StaffAct

State = AdjustmentRequest.State


def write_down(act: StaffAct, *, at: datetime) -> None:
    """Keep an act for good."""
    act.at = at
    act.save()


def forget_names(user_ids: Collection[int]) -> None:
    """Take the names of these customers, who were staff, out of what they did."""
    labels = [f"user:{user_id}" for user_id in user_ids]
    named = StaffAct.objects.filter(actor__in=labels).exclude(actor_name="")
    QuerySet.update(named, actor_name="")


def ask(request: AdjustmentRequest) -> None:
    """Let a correction wait."""
    request.save(force_insert=True)


def is_asked(source: str) -> bool:
    """Whether the correction was asked for, whatever became of it."""
    return AdjustmentRequest.objects.filter(source=source).exists()


def decide(request_id: int, state: State, *, actor: str, at: datetime) -> bool:
    """Note who decided what; False if it does not wait any more."""
    waiting = AdjustmentRequest.objects.filter(pk=request_id, state=State.WAITING)
    return waiting.update(state=state, decided_by=actor, decided_at=at) == 1


def move(account_id: int, into_id: int) -> None:
    """Let what waits concern the account that goes on."""
    waiting = AdjustmentRequest.objects.filter(account_id=account_id, state=State.WAITING)
    waiting.update(account_id=into_id)


def forget_words(account_ids: Collection[int]) -> None:
    """Drop what waits for members who are gone, and the notes about them."""
    theirs = AdjustmentRequest.objects.filter(account_id__in=account_ids)
    theirs.filter(state=State.WAITING).delete()
    theirs.exclude(note="").update(note="")
