"""The steps that led members to where they stand."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from oscar_loyalty.program.tiers.models import Standing, TierChange


def last_step(account: Any) -> QuerySet[TierChange]:
    """The steps of an account, an outer row's too, newest first."""
    return TierChange.objects.filter(account_id=account).order_by("-pk")


def broken_standings(*, account_id: int | None = None) -> Iterator[tuple[str, int]]:
    """Members whose standing is not where their steps have led: the rule, and the account."""
    of_one = {"account_id": account_id} if account_id else {}
    steps = last_step(OuterRef("account_id"))
    standings = Standing.objects.filter(**of_one).annotate(
        led_to=Subquery(steps.values("to_tier_id")[:1]),
        stepped_at=Subquery(steps.values("changed_at")[:1]),
    )
    elsewhere = (
        (Q(led_to__isnull=False) & (Q(tier=None) | ~Q(tier_id=F("led_to"))))
        | Q(led_to__isnull=True, tier__isnull=False)
        | (Q(stepped_at__isnull=False) & ~Q(since=F("stepped_at")))
    )
    for pk in standings.filter(elsewhere).values_list("account_id", flat=True).iterator():
        yield "a member stands where the last step led", pk
    before = steps.filter(pk__lt=OuterRef("pk"))
    chained = TierChange.objects.filter(**of_one).annotate(
        came_from=Subquery(before.values("to_tier_id")[:1]),
        came_name=Coalesce(Subquery(before.values("to_name")[:1]), Value("")),
    )
    # Tiers may have been renamed since, or be gone and have left only their names behind.
    torn = (
        (Q(from_tier__isnull=False, came_from__isnull=False) & ~Q(from_tier_id=F("came_from")))
        | (Q(from_name="") & ~Q(came_name=""))
        | (~Q(from_name="") & Q(came_name=""))
    )
    for pk in chained.filter(torn).values_list("account_id", flat=True).iterator():
        yield "a step begins where the one before ended", pk
