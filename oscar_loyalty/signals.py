"""
What we announce to the host project, sent robustly after the transaction has committed.

The sender is None; these are the keywords:

- `member_joined`: account_id
- `points_earned`: account_id, points, source, order_number
- `points_clawed_back`: account_id, points (positive), source, order_number
- `points_adjusted`: account_id, points (signed), source, actor
- `points_redeemed`: account_id, points (positive), order_number
- `points_expired`: account_id, points (positive)
- `points_returned`: account_id, points (signed: negative when spent again), order_number
- `coupon_given`: account_id, coupon_id, key (why it was given)
- `members_merged`: account_id (closed by it), into_id, points (moved; negative for a debt)
- `tier_changed`: account_id, from_tier_id, to_tier_id (either may be None), reason
"""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal

member_joined = Signal()
points_earned = Signal()
points_clawed_back = Signal()
points_adjusted = Signal()
points_redeemed = Signal()
points_expired = Signal()
points_returned = Signal()
coupon_given = Signal()
members_merged = Signal()
tier_changed = Signal()


def announce(signal: Signal, **facts: Any) -> None:
    """Send `signal` once the current transaction has committed; a listener cannot harm us."""
    transaction.on_commit(partial(signal.send_robust, sender=None, **facts), robust=True)
