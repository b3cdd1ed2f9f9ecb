"""Reads of messages, of what may be sent, and of what members want to get."""

from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime

from django.core.cache import cache
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from oscar_loyalty import bulk
from oscar_loyalty.program.messages import policy
from oscar_loyalty.program.messages.models import (
    Consent,
    DailySearch,
    Message,
    MessageKind,
    MessageLimits,
)

_ACTIVE = "oscar_loyalty.active_plans"
_ACTIVE_SECONDS = 60


def active_plans() -> dict[str, policy.Plan]:
    """
    The kinds of messages that are sent, and how.

    From the cache, at most a minute old: an order gets by without a query, and what was switched
    off meanwhile is found out when it is due.
    """
    plans: dict[str, policy.Plan] | None = None
    # What an order or a pause depends on must not fail with the shop's cache.
    with suppress(Exception):
        plans = cache.get(_ACTIVE)
    if plans is None:
        active = MessageKind.objects.filter(active=True, code__in=policy.KINDS)
        plans = {row.code: policy.Plan(row.days, tuple(row.channels)) for row in active}
        with suppress(Exception):
            cache.set(_ACTIVE, plans, _ACTIVE_SECONDS)
    return plans


def active_days() -> dict[str, int]:
    """The kinds of messages that are sent, and how many days from their cause."""
    return {code: plan.days for code, plan in active_plans().items()}


def forget_active() -> None:
    """Let what was switched on or off be seen at once."""
    cache.delete(_ACTIVE)


def kind_row(kind: policy.Kind) -> MessageKind | None:
    """What staff have chosen for such messages; None unless they are sent."""
    return MessageKind.objects.filter(code=kind.code, active=True).first()


def is_searched(name: str, day: date) -> bool:
    """Whether this search is finished for the day."""
    return DailySearch.objects.filter(name=name, day=day).exists()


def limits() -> MessageLimits:
    """The limits in force: cautious ones until staff have chosen."""
    return MessageLimits.objects.first() or MessageLimits()


def choices_of(account_id: int) -> dict[str, bool]:
    """What the member said last about each kind of message, and about marketing."""
    said = Consent.objects.filter(account_id=account_id).order_by("pk")
    return dict(said.values_list("about", "wanted"))


def willing(kind: policy.Kind, account_ids: Collection[int]) -> set[int]:
    """Those of the members who want such messages."""
    chosen: dict[int, dict[str, bool]] = {account_id: {} for account_id in account_ids}
    abouts = [policy.MARKETING, kind.code]
    said = Consent.objects.filter(account_id__in=account_ids, about__in=abouts).order_by("pk")
    for account_id, about, wanted in said.values_list("account_id", "about", "wanted"):
        chosen[account_id][about] = wanted
    return {account_id for account_id in chosen if policy.wants(kind, chosen[account_id])}


def last_languages(account_ids: Collection[int]) -> dict[int, str]:
    """The language in which each of the members was last written to, if they were in any."""
    written = Message.objects.filter(account_id__in=account_ids).exclude(language="")
    newest = written.order_by().values("account_id").annotate(newest=Max("pk")).values("newest")
    rows = Message.objects.filter(pk__in=newest)
    return dict(rows.values_list("account_id", "language"))


def queued(keys: Collection[str]) -> set[str]:
    """Those of the keys that there is a message for."""
    found = Message.objects.filter(key__in=keys)
    return set(found.values_list("key", flat=True))


def last_language(account_id: int) -> str:
    """The language in which the member was last written to; empty for none."""
    written = Message.objects.filter(account_id=account_id).exclude(language="")
    return written.order_by("-pk").values_list("language", flat=True).first() or ""


def marketing_sent(
    account_ids: Collection[int], *, since: datetime, silent: Collection[str]
) -> list[datetime]:
    """
    When marketing messages went since then to the member, whose accounts these are.

    What went by one of the silent channels is not counted.
    """
    sent = Message.objects.filter(account_id__in=account_ids, marketing=True, state="sent")
    sent = sent.exclude(channel__in=silent)
    return list(sent.filter(settled_at__gt=since).values_list("settled_at", flat=True))


def unsettled(kinds: Collection[str], since: date) -> Exists:
    """
    Whether an outer row's account has a message of one of these kinds that should have left.

    About a day from then on, which `about` names; one that its member did not want, or that nobody
    could have got, is settled.
    """
    mine = Message.objects.filter(account_id=OuterRef("account_id"), kind__in=kinds)
    told = Q(state="sent") | Q(outcome__in=["unwanted", "unreachable", "restrained"])
    return Exists(mine.filter(about__gte=since.isoformat()).exclude(told))


def waits(kind: policy.Kind, order_number: str) -> bool:
    """Whether a message of this kind about the order has not been looked at yet."""
    waiting = Message.objects.filter(kind=kind.code, order_number=order_number)
    return waiting.filter(state="waiting", attempts=0).exists()


def told_since(kind: policy.Kind, account_ids: Collection[int], since: datetime) -> set[int]:
    """Which of these members a message of this kind was planned for since then."""
    told = Message.objects.filter(account_id__in=account_ids, kind=kind.code)
    return set(told.filter(planned_at__gte=since).values_list("account_id", flat=True))


def is_outranked(message: Message, *, at: datetime) -> bool:
    """Whether marketing that is more important waits for the same member and is due."""
    own = policy.KINDS[message.kind]
    above = [kind.code for kind in policy.KINDS.values() if kind.rank < own.rank]
    waiting = Message.objects.filter(account_id=message.account_id, marketing=True, kind__in=above)
    return waiting.filter(state="waiting", due_at__lte=at).exists()


def waiting_and_failed(*, before: datetime) -> tuple[int, int, int]:
    """How many messages wait, how many of them are due since before then, and were given up."""
    waiting = Message.objects.filter(state__in=Message.OPEN)
    late = waiting.filter(due_at__lt=before)
    return waiting.count(), late.count(), Message.objects.filter(state="failed").count()


def due(*, at: datetime) -> QuerySet[Message]:
    """Messages to be looked at now, the longest due first."""
    return Message.objects.filter(state__in=Message.OPEN, due_at__lte=at).order_by("due_at", "pk")


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """The messages to these members, and what they want to get."""
    return {
        "messages": bulk.rows_in(
            Message.objects.filter(account_id__in=account_ids), without=("claim",)
        ),
        "consents": bulk.rows_in(Consent.objects.filter(account_id__in=account_ids)),
    }
