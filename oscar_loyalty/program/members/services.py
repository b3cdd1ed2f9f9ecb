"""The only writer of what happened to memberships, and of birthdays."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from oscar_loyalty.program.members import policy, queries
from oscar_loyalty.program.members.models import Birthday, MemberEvent
from oscar_loyalty.program.members.policy import Birth


def note_down(
    account_id: int, kind: str, *, at: datetime, note: str = "", actor: str = "", address: str = ""
) -> None:
    """Keep in mind that something happened to a membership."""
    MemberEvent.objects.create(
        account_id=account_id, kind=kind, note=note, actor=actor, address=address, happened_at=at
    )


def note_erased(account_id: int, *, profile: str, at: datetime) -> None:
    """Keep in mind that a member was erased who left a profile with this fingerprint."""
    kind = MemberEvent.Kind.ERASED
    MemberEvent.objects.create(account_id=account_id, kind=kind, profile=profile, happened_at=at)


def forget_words(account_id: int) -> None:
    """Drop the notes, addresses and birthday of a member, and keep what happened and when."""
    MemberEvent.objects.filter(account_id=account_id).update(note="", address="")
    forget_birthday(account_id)


def enter_birthday(account_id: int, birth: Birth, *, today: date) -> None:
    """Keep a birthday, to be celebrated from today on; any but the first is a change."""
    known = Birthday.objects.filter(account_id=account_id).first()
    row = known or Birthday(account_id=account_id)
    row.next_date = policy.next_after(row.celebration, birth.month_day, today=today)
    row.month_day, row.year = birth.month_day, birth.year
    row.entered_date, row.changed_date = today, today if known else None
    row.save()


def write_year(account_id: int, year: int | None) -> None:
    """Keep another year of birth, or none, with a birthday that stays what it is."""
    Birthday.objects.filter(account_id=account_id).update(year=year)


def forget_birthday(account_id: int) -> None:
    """Drop a birthday, and keep when it was changed and celebrated last."""
    theirs = Birthday.objects.filter(account_id=account_id)
    theirs.update(month_day=None, year=None, next_date=None)


def celebrate(account_ids: Collection[int], today: date, *, ahead: timedelta) -> dict[int, date]:
    """
    Note birthdays of these members that are near as celebrated, and say which day each is.

    One that was missed for too long is passed over.
    """
    celebrated: dict[int, date] = {}
    steps: dict[tuple[date, int | None], list[int]] = defaultdict(list)
    near = queries.birthdays_near(today, ahead=ahead)
    for row in near.filter(account_id__in=account_ids):
        days = {"entered_on": row.entered_date, "today": today}
        day = policy.meant(row.month_day, row.next_date, **days)
        if day > today + ahead:
            steps[day, row.celebrated_year].append(row.account_id)
            continue
        celebrated[row.account_id] = day
        following = policy.celebrated_in(day.year + 1, row.month_day)
        steps[following, day.year].append(row.account_id)
    for (next_date, year), moved in steps.items():
        rows = Birthday.objects.filter(account_id__in=moved)
        rows.update(next_date=next_date, celebrated_year=year)
    return celebrated


def move_birthday(account_id: int, into_id: int) -> None:
    """
    Let the account that goes on have the birthday of the other, unless it has one.

    What either has celebrated or changed counts for both.
    """
    gone = Birthday.objects.filter(account_id=account_id).first()
    if gone is None:
        return
    stays = Birthday.objects.filter(account_id=into_id).first() or Birthday(account_id=into_id)
    given = stays if stays.month_day else gone
    for name in ("month_day", "year", "next_date", "entered_date"):
        setattr(stays, name, getattr(given, name))
    for name in ("changed_date", "celebrated_year"):
        known = filter(None, (getattr(stays, name), getattr(gone, name)))
        setattr(stays, name, max(known, default=None))
    if stays.month_day:
        stays.next_date = policy.next_celebrated(
            stays.month_day, stays.next_date, after_year=stays.celebrated_year or 0
        )
    stays.save()
    gone.delete()
