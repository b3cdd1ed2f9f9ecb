"""Reads of what happened to memberships, and of birthdays."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from oscar_loyalty import bulk
from oscar_loyalty.program.members import policy
from oscar_loyalty.program.members.models import Birthday, MemberEvent


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


def birthday_of(account_id: int) -> Birthday | None:
    """What a member said, or had said, of their birthday."""
    return Birthday.objects.filter(account_id=account_id).first()


def birthdays_near(today: date, *, ahead: timedelta) -> QuerySet[Birthday]:
    """Those that are to be celebrated by now or so long `ahead`, and have waited long enough."""
    waited = Birthday.objects.filter(entered_date__lte=today - policy.WAIT)
    return waited.filter(next_date__lte=today + ahead)


def members_to_celebrate(today: date, *, ahead: timedelta) -> Iterator[int]:
    """Accounts with a birthday that is near."""
    # In the order of their index: a cursor is planned for its first rows.
    near = birthdays_near(today, ahead=ahead).order_by("next_date", "account_id")
    return near.values_list("account_id", flat=True).iterator()


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """What happened to these memberships, and when their members were born."""
    about = {"account_id__in": account_ids}
    return {
        "events": bulk.rows_in(MemberEvent.objects.filter(**about)),
        "birthdays": bulk.rows_in(Birthday.objects.filter(**about)),
    }
