"""Reads of surprises."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db.models import Count
from django.db.models.functions import Coalesce

from oscar_loyalty import bulk
from oscar_loyalty.program.surprises.models import SurpriseDraw, SurpriseGift, SurpriseSettings


def chosen() -> SurpriseSettings | None:
    """What staff have chosen; None before they have."""
    return SurpriseSettings.objects.first()


def spent(first: date, until: date) -> Decimal:
    """What surprises have cost that were drawn from the one day on and before the other."""
    draws = SurpriseDraw.objects.filter(day__gte=first, day__lt=until, finished_at__isnull=False)
    costs = draws.values_list("cost").annotate(gifts=Count("gifts"))
    return sum((cost * gifts for cost, gifts in costs), Decimal(0))


def surprised_after(day: date) -> set[int]:
    """Members who won after that day, by the accounts that they have now."""
    won = SurpriseGift.objects.filter(draw__day__gt=day)
    current = Coalesce("account__merged_into_id", "account_id")
    return set(won.values_list(current, flat=True))


def not_given() -> list[int]:
    """What was won and not given yet, oldest first."""
    waiting = SurpriseGift.objects.filter(given_at=None).order_by("pk")
    return list(waiting.values_list("pk", flat=True))


def gifts(gift_ids: Collection[int]) -> list[SurpriseGift]:
    """These, with their draws."""
    rows = SurpriseGift.objects.filter(pk__in=gift_ids).select_related("draw")
    return list(rows.order_by("pk"))


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """What these members won."""
    return {"surprises": bulk.rows_in(SurpriseGift.objects.filter(account_id__in=account_ids))}
