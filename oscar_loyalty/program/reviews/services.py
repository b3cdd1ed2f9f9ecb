"""The only writer of what reviews got."""

from oscar_loyalty.facts import Purchase
from oscar_loyalty.program.reviews.models import ReviewReward


def record(reward: ReviewReward) -> None:
    """Keep the decision about a review."""
    reward.save(force_insert=True)


def replace(reward: ReviewReward, review_id: int) -> None:
    """Let another review of the product stand for one that is gone."""
    reward.review_id = review_id
    reward.save(update_fields=["review_id"])


def rest_on(reward: ReviewReward, bought: Purchase) -> None:
    """Let the points rest on this purchase, where it is another than before."""
    if reward.line_id != bought.line_id:
        reward.order_number, reward.line_id = bought.order_number, bought.line_id
        reward.save(update_fields=["order_number", "line_id"])


def turn(reward: ReviewReward) -> None:
    """Keep that points were taken back, or given again."""
    reward.save(update_fields=["taken", "taken_back_at", "turns"])
