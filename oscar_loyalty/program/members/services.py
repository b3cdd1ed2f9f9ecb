"""The only writer of what happened to memberships."""

from datetime import datetime

from oscar_loyalty.program.members.models import MemberEvent


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
    """Drop the notes and addresses of a member, and keep what happened and when."""
    MemberEvent.objects.filter(account_id=account_id).update(note="", address="")
