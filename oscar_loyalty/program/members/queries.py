"""Reads of what happened to memberships."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from oscar_loyalty import bulk
from oscar_loyalty.program.members.models import MemberEvent


def events_of(account_id: int) -> QuerySet[MemberEvent]:
    """What happened to a membership, newest first."""
    return MemberEvent.objects.filter(account_id=account_id).order_by("-happened_at", "-pk")


def is_erased(account_id: int) -> bool:
    """Whether the member asked to be forgotten, though their profile may still be there."""
    return events_of(account_id).filter(kind=MemberEvent.Kind.ERASED).exists()


def erased_profiles(among: Collection[str] | None = None) -> dict[str, datetime]:
    """When members were erased, the last time, by the fingerprint of the profile they left."""
    left = MemberEvent.objects.filter(kind=MemberEvent.Kind.ERASED).exclude(profile="")
    if among is not None:
        left = left.filter(profile__in=among)
    return dict(left.order_by("happened_at").values_list("profile", "happened_at"))


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """What happened to these memberships."""
    return {"events": bulk.rows_in(MemberEvent.objects.filter(account_id__in=account_ids))}
