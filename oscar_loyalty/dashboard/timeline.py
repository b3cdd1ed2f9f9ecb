"""
All that happened to a member, as one list by date, newest first, some on each page.

Each table is asked for its newest rows before the page begins, and they are merged: the cost does
not depend on how much lies before.
"""

import heapq
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.flows.coupon_given import words_for
from oscar_loyalty.program.coupons.models import Coupon
from oscar_loyalty.program.ledger.models import Account, Entry
from oscar_loyalty.program.members.models import MemberEvent
from oscar_loyalty.program.messages.models import Consent, Message
from oscar_loyalty.program.tiers.models import TierChange
from oscar_loyalty.shop import channels, orders
from oscar_loyalty.staff import people
from oscar_loyalty.staff.reasons import outcome_label, reason_label
from oscar_loyalty.words.letters import title_of
from oscar_loyalty.words.wording import sentence, signed, written

PAGE = 25


@dataclass(frozen=True)
class Happening:
    """One line: what happened when, with what stands behind it."""

    at: datetime
    about: str
    words: SafeString
    points: SafeString | None = None
    balance: str = ""
    note: str = ""
    actor: str = ""
    by: str = ""
    order_url: str = ""
    order_number: str = ""
    url: str = ""


@dataclass(frozen=True)
class Source:
    """A table of things that happened: its rows, their moment, and how they are told."""

    title: Any
    rows: Callable[[int], QuerySet[Any]]
    moment: str
    told: Callable[[Any], Happening]


@dataclass(frozen=True)
class Page:
    """Some of what happened; from `older` on there is more."""

    rows: tuple[Happening, ...]
    older: str


def _entry(row: Entry) -> Happening:
    return Happening(
        at=row.posted_at,
        about=_("Points"),
        words=sentence("{kind}", kind=row.get_kind_display())
        if not row.reason
        else sentence(_("{kind}: {reason}"), kind=row.get_kind_display(), reason=reason_label(row)),
        points=signed(row.points),
        balance=written(row.balance_after),
        note=row.note,
        actor=row.actor,
        order_number=row.order_number,
    )


def _step(row: TierChange) -> Happening:
    nowhere = _("no tier")
    return Happening(
        at=row.changed_at,
        about=_("Tier"),
        words=sentence(
            _("From {before} to {after}: {reason}"),
            before=row.from_name or nowhere,
            after=row.to_name or nowhere,
            reason=row.get_reason_display(),
        ),
        actor=row.actor,
    )


def _message(row: Message) -> Happening:
    return Happening(
        at=row.planned_at,
        about=_("Message"),
        words=sentence(
            _("{message}, by {channel}: {state}"),
            message=title_of(row.kind),
            channel=channels.title_of(row.channel),
            state=row.get_state_display(),
        ),
        note=outcome_label(row),
        order_number=row.order_number,
        url=reverse("oscar_loyalty:dashboard-message", args=[row.pk]),
    )


def _coupon(row: Coupon) -> Happening:
    return Happening(
        at=row.issued_at,
        about=_("Coupon"),
        words=sentence(
            _("{gift}, code {code}, until {moment}"),
            gift=words_for(row.gives.gift),
            code=row.voucher.code if row.voucher else _("deleted"),
            moment=date_format(localtime(row.expires_at), "DATETIME_FORMAT"),
        ),
        note=row.note,
        actor=row.actor,
        order_number=row.order_number,
    )


def _event(row: MemberEvent) -> Happening:
    words = sentence("{event}", event=row.get_kind_display())
    return Happening(
        at=row.happened_at, about=_("Membership"), words=words, note=row.note, actor=row.actor
    )


def _consent(row: Consent) -> Happening:
    words = _("Wants: {message}") if row.wanted else _("Does not want: {message}")
    return Happening(
        at=row.given_at,
        about=_("Consent"),
        words=sentence(words, message=title_of(row.about)),
        note=row.get_source_display(),
    )


#: By the value in the address. The order is that of rows of the same moment, the last first.
SOURCES: dict[str, Source] = {
    "consent": Source(
        gettext_lazy("Consent"),
        lambda pk: Consent.objects.filter(account_id=pk),
        "given_at",
        _consent,
    ),
    "membership": Source(
        gettext_lazy("Membership"),
        lambda pk: MemberEvent.objects.filter(account_id=pk),
        "happened_at",
        _event,
    ),
    "coupons": Source(
        gettext_lazy("Coupons"),
        lambda pk: Coupon.objects.filter(account_id=pk).select_related("gives", "voucher"),
        "issued_at",
        _coupon,
    ),
    "points": Source(
        gettext_lazy("Points"),
        lambda pk: Entry.objects.filter(account_id=pk),
        "posted_at",
        _entry,
    ),
    "tiers": Source(
        gettext_lazy("Tiers"),
        lambda pk: TierChange.objects.filter(account_id=pk),
        "changed_at",
        _step,
    ),
    "messages": Source(
        gettext_lazy("Messages"),
        lambda pk: Message.objects.filter(account_id=pk),
        "planned_at",
        _message,
    ),
}
CODES = tuple(SOURCES)


@dataclass(frozen=True)
class Place:
    """Where a page begins: below the row of this moment, source and key."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.rank}~{self.pk}"

    def below(self, moment: str, rank: int) -> Q:
        """Rows of the source with that rank which come after this place."""
        earlier, same = Q(**{f"{moment}__lt": self.at}), Q(**{moment: self.at})
        if rank > self.rank:
            return earlier
        return earlier | same if rank < self.rank else earlier | same & Q(pk__lt=self.pk)


def place(asked: str) -> Place | None:
    """The place that an address names; None for whatever is none."""
    moment, _tilde, row = asked.partition("~")
    if not re.fullmatch(r"[0-9]~[1-9][0-9]{0,17}", row, re.ASCII):
        return None
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(moment)
        rank, pk = row.split("~")
        if at.tzinfo and 1900 < at.year < 9000:
            return Place(at, int(rank), int(pk))
    return None


def page(account: Account, *, only: str = "", before: Place | None = None) -> Page:
    """The newest things that happened to the member, of one source or of all, below a place."""
    found = []
    for rank, (code, source) in enumerate(SOURCES.items()):
        if only in ("", code):
            rows = source.rows(account.pk)
            if before:
                rows = rows.filter(before.below(source.moment, rank))
            newest = rows.order_by(f"-{source.moment}", "-pk")[: PAGE + 1]
            found.append([(getattr(row, source.moment), rank, row.pk, row) for row in newest])
    merged = list(heapq.merge(*found, key=lambda one: one[:3], reverse=True))
    shown = merged[:PAGE]
    older = str(Place(*shown[-1][:3])) if len(merged) > PAGE else ""
    told = [SOURCES[CODES[rank]].told(row) for _at, rank, _pk, row in shown]
    return Page(tuple(_named(account, told)), older)


def _named(account: Account, told: Sequence[Happening]) -> list[Happening]:
    """With the names of staff, and links to orders that the shop still has."""
    staff = people.staff_names({one.actor for one in told if one.actor})
    numbers = {one.order_number for one in told if one.order_number}
    owned = orders.numbers_owned(account.user_id, numbers) if account.user_id and numbers else set()
    return [
        replace(
            one,
            by=staff.get(one.actor, one.actor),
            order_url=_order_url(one.order_number) if one.order_number in owned else "",
        )
        for one in told
    ]


def _order_url(number: str) -> str:
    """An imported order may have a number that no page of Oscar's can be asked for."""
    with suppress(NoReverseMatch):
        return reverse("dashboard:order-detail", args=[number])
    return ""
