"""Reads of what reviews give and got."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from oscar_loyalty import bulk
from oscar_loyalty.program.reviews import policy
from oscar_loyalty.program.reviews.models import ReviewReward, ReviewTerms
from oscar_loyalty.program.reviews.policy import Offer


def offer() -> Offer:
    """What a review gives: nothing until staff have chosen."""
    return (ReviewTerms.objects.first() or ReviewTerms()).offer


def reward_for(review_id: int) -> ReviewReward | None:
    """What this review got; None if nobody has decided about it."""
    return ReviewReward.objects.filter(review_id=review_id).first()


def reward_of(account_ids: Collection[int], product_id: int) -> ReviewReward | None:
    """What the member, whose accounts these are, got for a review of the product."""
    rewards = ReviewReward.objects.filter(account_id__in=account_ids, product_id=product_id)
    return rewards.order_by("pk").first()


def decided() -> QuerySet[ReviewReward]:
    """The `review_id` of every review that was decided about, as a subquery."""
    return ReviewReward.objects.values("review_id")


def rewarded(account_ids: Collection[int], *, since: datetime) -> int:
    """How many reviews of the member got points since then."""
    rewards = ReviewReward.objects.filter(account_id__in=account_ids, given_at__gte=since)
    return rewards.filter(points__gt=0).count()


def resting_on(order_numbers: Collection[str]) -> list[ReviewReward]:
    """Points for reviews of what was bought with these orders."""
    return list(_of_members().filter(order_number__in=order_numbers))


def keys_among(keys: Collection[str]) -> set[str]:
    """Those of the keys under which a review got points."""
    named = [pair for pair in map(policy.meaning_of, keys) if pair]
    rewards = ReviewReward.objects.filter(account_id__in={account for account, _ in named})
    rewards = rewards.filter(product_id__in={product for _, product in named}, points__gt=0)
    return {policy.key(*pair) for pair in rewards.values_list("account_id", "product_id")}


def rewards(*, account_id: int | None = None) -> QuerySet[ReviewReward]:
    """All that got points, oldest first, of one account or all."""
    found = ReviewReward.objects.filter(points__gt=0).order_by("pk")
    return found.filter(account_id=account_id) if account_id else found


def given(
    *, since: datetime | None = None, before: datetime | None = None, account_id: int | None = None
) -> QuerySet[ReviewReward]:
    """Points for reviews that were given in that time, oldest first, to one account or all."""
    rewards = _of_members().order_by("pk")
    rewards = rewards.filter(given_at__gte=since) if since else rewards
    rewards = rewards.filter(given_at__lt=before) if before else rewards
    return rewards.filter(account_id=account_id) if account_id else rewards


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """What reviews of these members got."""
    return {"reviews": bulk.rows_in(ReviewReward.objects.filter(account_id__in=account_ids))}


def _of_members() -> QuerySet[ReviewReward]:
    """From whoever has left nothing is taken, and to nobody is given again."""
    return ReviewReward.objects.filter(points__gt=0, account__user__isnull=False)
