"""What an order counts towards tiers, and the step up it may lead to."""

from datetime import datetime

from oscar_loyalty.flows import message_queued
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.messages.policy import TIER_REACHED
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import services as tiers
from oscar_loyalty.program.tiers.models import QualifyingEvent, TierChange
from oscar_loyalty.signals import announce, tier_changed


def count(award: Award, terms: Terms | None, *, at: datetime) -> None:
    """Count the order as it stands now, and lift the member if it reaches a threshold."""
    event = event_of(award)
    tiers.count(event)
    if terms is None or not award.stands:
        return
    if terms.local_date(award.placed_at) == terms.local_date(at):
        change = tiers.climb(award.account_id, terms, at=award.placed_at)
    else:
        # With orders that came after it, it may have led further than by itself.
        change = tiers.catch_up(award.account_id, terms, event, at=at)
    if change:
        announce_change(change)


def event_of(award: Award) -> QualifyingEvent:
    """The row that says what the order counts: as much of it as is kept."""
    return tiers.event(
        award.account_id,
        source=f"order:{award.order_number}",
        spend=award.kept_base,
        points=award.carried,
        orders=int(award.stands),
        reduced=award.is_reduced,
        at=award.placed_at,
    )


def announce_change(change: TierChange) -> None:
    """Tell the host project that a member moved, and the member who moved up."""
    if message_queued.is_on(TIER_REACHED) and _is_up(change):
        tier_id, moment = str(change.to_tier_id), change.changed_at
        cause = f"{change.account_id}:{tier_id}:{moment.isoformat()}"
        message_queued.run([News(TIER_REACHED, change.account_id, cause, moment, about=tier_id)])
    announce(
        tier_changed,
        account_id=change.account_id,
        from_tier_id=change.from_tier_id,
        to_tier_id=change.to_tier_id,
        reason=change.reason,
    )


def _is_up(change: TierChange) -> bool:
    above, below = change.to_tier, change.from_tier
    return above is not None and (below is None or below.rank < above.rank)
