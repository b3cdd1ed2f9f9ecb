"""The only writer of messages, of their limits, and of what members want to get."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from uuid import uuid4

from django.db import IntegrityError, connection, transaction

from oscar_loyalty import wake_up
from oscar_loyalty.program.messages import policy, queries
from oscar_loyalty.program.messages.models import (
    Consent,
    DailySearch,
    Message,
    MessageKind,
    MessageLimits,
)


def queue(messages: Sequence[Message]) -> None:
    """Put them into the post, each key once; nothing leaves before the transaction is over."""
    for message in messages:
        message.marketing = policy.KINDS[message.kind].marketing
        message.due_at = message.planned_at
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    wake_up.after_commit()


def claim(*, at: datetime) -> Message | None:
    """
    Take the message that has been due longest, for as long as a lease; None when none is due.

    One whose sender died is taken again, until its tries are used up.
    """
    skipped: list[int] = []
    while True:
        with suppress(IntegrityError), transaction.atomic():
            message = _next(skipped, at)
            if message is None:
                return None
            skipped.append(message.pk)
            if _take(message, at):
                return message


def mark_sent(message: Message, *, at: datetime) -> bool:
    """Settle a message that has left; False when somebody else has taken it meanwhile."""
    return _settle(message, "sent", "", at)


def drop(message: Message, reason: policy.Reason, *, at: datetime) -> bool:
    """Settle a message that must not leave any more."""
    return _settle(message, "dropped", reason, at)


def put_off(message: Message, *, until: datetime) -> bool:
    """Let a message wait that may leave later: that was no try."""
    before = message.attempts - 1
    return bool(_held(message).update(state="waiting", claim=None, due_at=until, attempts=before))


def try_later(message: Message, why: str, *, at: datetime) -> bool:
    """Let a message that could not be sent wait for its next try, or give it up."""
    again = policy.next_try(message.attempts, at=at)
    if again is None:
        return _settle(message, "failed", why, at)
    waiting = _held(message).update(state="waiting", claim=None, due_at=again, outcome=why)
    return bool(waiting)


def retry(message_id: int, *, at: datetime) -> bool:
    """Put a message that was given up into the post again, with all its tries."""
    failed = Message.objects.filter(pk=message_id, state="failed")
    again = failed.update(
        state="waiting", attempts=0, due_at=at, planned_at=at, settled_at=None, outcome=""
    )
    if again:
        wake_up.after_commit()
    return bool(again)


def choose(account_id: int, choices: Mapping[str, bool], *, source: str, at: datetime) -> list[str]:
    """Keep what the member says about kinds of messages; return what they said otherwise before."""
    known = queries.choices_of(account_id)
    news = [about for about, wanted in choices.items() if known.get(about) is not wanted]
    Consent.objects.bulk_create(
        Consent(
            account_id=account_id,
            about=about,
            wanted=choices[about],
            source=source,
            given_at=at,
        )
        for about in news
    )
    return news


def write_rows(days: Mapping[str, int]) -> None:
    """Make the rows that staff switch messages on by, and limit them by, unless they are there."""
    MessageKind.objects.bulk_create(
        [MessageKind(code=code, days=count) for code, count in days.items()],
        ignore_conflicts=True,
    )
    MessageLimits.objects.get_or_create(singleton=1)


def finish_search(name: str, day: date, *, found: int, at: datetime) -> None:
    """Note that a search is finished for the day."""
    DailySearch.objects.get_or_create(
        name=name, day=day, defaults={"found": found, "finished_at": at}
    )


def move(account_id: int, into_id: int) -> None:
    """Make the messages of one account another's; what its member wanted stays with it."""
    waiting = Message.objects.filter(account_id=account_id, state="waiting")
    waiting.update(account_id=into_id)


def forget(account_ids: Iterable[int], *, at: datetime) -> None:
    """Send nothing to these members any more, and drop where it would have gone."""
    theirs = Message.objects.filter(account_id__in=list(account_ids))
    theirs.filter(state__in=Message.OPEN).update(
        state="dropped", claim=None, settled_at=at, outcome="restrained"
    )
    theirs.exclude(address="").update(address="")


def _next(skipped: Collection[int], at: datetime) -> Message | None:
    waiting = queries.due(at=at)
    if skipped:
        waiting = waiting.exclude(pk__in=skipped)
    if connection.features.has_select_for_update_skip_locked:
        # Whoever looks at the same moment takes another instead of waiting for this one.
        waiting = waiting.select_for_update(skip_locked=True)
    return waiting.first()


def _take(message: Message, at: datetime) -> bool:
    """
    Whether it is ours to send now.

    :raises IntegrityError: while more marketing for the same member is being sent.
    """
    # As it was seen: whoever else took it has counted a try, or put it off.
    free = Message.objects.filter(
        pk=message.pk, state=message.state, due_at=message.due_at, attempts=message.attempts
    )
    if message.attempts >= policy.TRIES:
        free.update(state="failed", claim=None, settled_at=at, outcome="its senders died")
        return False
    message.state, message.claim = Message.State.SENDING, uuid4()
    message.attempts += 1
    return bool(
        free.update(
            state="sending",
            claim=message.claim,
            due_at=at + policy.LEASE,
            attempts=message.attempts,
        )
    )


def _held(message: Message):
    """The message while this claim of it stands."""
    return Message.objects.filter(pk=message.pk, claim=message.claim)


def _settle(message: Message, state: str, outcome: str, at: datetime) -> bool:
    changes = {"state": state, "claim": None, "settled_at": at, "outcome": outcome, "due_at": at}
    if state != Message.State.FAILED:
        # Only who may try it again needs to know where it should have gone.
        changes["address"] = ""
    return bool(_held(message).update(**changes))
