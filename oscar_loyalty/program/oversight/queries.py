"""Reads of what staff did."""

from collections.abc import Collection

from oscar_loyalty import bulk
from oscar_loyalty.program.oversight.models import AdjustmentRequest, StaffAct


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """What staff did to these accounts, without the names of the staff."""
    acts = StaffAct.objects.filter(subject="account", subject_id__in=map(str, account_ids))
    asked = AdjustmentRequest.objects.filter(account_id__in=account_ids)
    return {
        "staff_acts": bulk.rows_in(acts, without=("actor_name",)),
        "adjustment_requests": bulk.rows_in(asked),
    }


def waiting() -> int:
    """How many corrections wait for a colleague."""
    return AdjustmentRequest.objects.filter(state=AdjustmentRequest.State.WAITING).count()
