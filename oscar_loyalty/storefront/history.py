"""A member's history: one page of entries, newest first, found by key and never by counting."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty import conf
from oscar_loyalty.flows import balances_brought
from oscar_loyalty.flows.points_adjusted import Reason
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.reviews import policy as reviews_policy
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import orders, reviews
from oscar_loyalty.words import explanation, rules
from oscar_loyalty.words.explanation import Explanation
from oscar_loyalty.words.letters import title_of
from oscar_loyalty.words.wording import isolated, sentence, signed

#: A number that any database can compare.
_SEQ = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True)
class Row:
    """One entry, in words."""

    day: date
    reason: SafeString
    points: int
    words: SafeString
    balance: SafeString
    pending: SafeString | None
    explanation: Explanation | None


@dataclass(frozen=True)
class Page:
    """Entries before a number; `older` is the number the next page starts below."""

    rows: tuple[Row, ...]
    older: int | None
    is_newest: bool
    misdirected: bool


def page(account_id: int, user_id: int, terms: Terms, asked: str | None) -> Page:
    """The page below the number `asked` for; whatever is no such number gets the newest."""
    before = int(asked) if asked and _SEQ.fullmatch(asked) else None
    size = conf.HISTORY_PAGE_SIZE()
    entries = list(
        ledger_queries.history(account_id, before=before).select_related("lot")[: size + 1]
    )
    shown = entries[:size]
    numbers = sorted({entry.order_number for entry in shown if entry.order_number})
    awards = earning_queries.awards_of(account_id, numbers)
    versions = earning_queries.versions_behind(awards.values())
    worked_out = {
        number: explanation.of(award, terms.currency, versions) for number, award in awards.items()
    }
    links = _links(user_id, numbers)
    reviewed = {**_reviewed(shown), **_ruled(shown)}
    return Page(
        rows=tuple(_row(entry, worked_out, links, reviewed, terms) for entry in shown),
        older=shown[-1].seq if len(entries) > size else None,
        is_newest=before is None,
        misdirected=asked is not None and before is None,
    )


def pending_words(day: date | None, terms: Terms) -> SafeString:
    """Until when points are pending."""
    if day:
        return sentence(_("Pending until {day}"), day=day)
    if terms.spendable == "on-status":
        return sentence(
            _("Pending until your order has the status {status}"), status=terms.spendable_status
        )
    return sentence(_("Pending until the shop confirms your order"))


def _links(user_id: int, numbers: list[str]) -> Mapping[str, SafeString]:
    """Links to those orders that are still there and still the shopper's."""
    owned = orders.numbers_owned(user_id, numbers) if numbers else set()
    links = {}
    for number in owned:
        # An imported order may have a number that no page of Oscar's can be asked for.
        with suppress(NoReverseMatch):
            url = reverse("customer:order", args=[number])
            links[number] = format_html('<a href="{}"><bdi>{}</bdi></a>', url, number)
    return links


def _reviewed(entries: Iterable[Any]) -> Mapping[str, SafeString]:
    """By key, the reasons of those entries that are about a review."""
    meant = {entry.key: reviews_policy.meaning_of(entry.key) for entry in entries}
    products = {entry_key: meaning[1] for entry_key, meaning in meant.items() if meaning}
    titles = reviews.titles_of(products.values()) if products else {}
    return {
        entry.key: _review(entry.points, titles.get(products[entry.key], ""))
        for entry in entries
        if entry.key in products
    }


def _ruled(entries: Iterable[Any]) -> Mapping[str, SafeString]:
    """By key, the reasons of those entries that a rule gave for what is no order."""
    meant = {entry.key: rules.version_in(entry.reason) for entry in entries}
    ids = {version for version in meant.values() if version is not None}
    versions = earning_queries.versions_named(ids)
    return {
        key: rules.effect(versions[version])
        for key, version in meant.items()
        if version in versions
    }


def _review(points: int, title: str) -> SafeString:
    if not title:
        # The product is gone from the catalogue.
        return sentence(_("Points for a review taken back") if points < 0 else _("For a review"))
    words = (
        _("Points for your review of {product} taken back")
        if points < 0
        else _("For your review of {product}")
    )
    return sentence(words, product=title)


def _row(
    entry: Any,
    worked_out: Mapping[str, Explanation],
    links: Mapping[str, SafeString],
    reviewed: Mapping[str, SafeString],
    terms: Terms,
) -> Row:
    number = entry.order_number
    return Row(
        day=terms.local_date(entry.posted_at),
        reason=reviewed.get(entry.key) or _reason(entry, links.get(number, isolated(number))),
        points=entry.points,
        words=_points(entry.points),
        balance=sentence(_("Balance: {points}"), points=entry.balance_after),
        pending=_pending(entry, terms),
        explanation=worked_out.get(number) if entry.kind == entry.Kind.EARN else None,
    )


def _points(points: int) -> SafeString:
    words = ngettext("{points} point", "{points} points", abs(points))
    return sentence(words, points=signed(points))


def _reason(entry: Any, order: SafeString) -> SafeString:
    kind = entry.Kind
    if entry.kind == kind.EARN:
        return sentence(_("Order {number}"), number=order)
    of_orders = {
        kind.RESTORE: _("Order {number} reinstated"),
        kind.CLAWBACK: _("Points of order {number} taken back"),
        kind.REDEEM: _("Spent on order {number}"),
        kind.RETURN: _("Points spent on order {number} returned"),
        kind.RETAKE: _("Spent again on order {number}"),
    }
    if entry.kind in of_orders:
        return sentence(of_orders[entry.kind], number=order)
    plain = {kind.EXPIRE: _("Points expired"), kind.ERASE: _("Account erased")}
    if entry.kind in plain:
        return sentence(plain[entry.kind])
    if entry.kind == kind.MERGE:
        return _merged(entry.points)
    if entry.kind == kind.ADJUST:
        return _corrected(entry.reason)
    presents = {"signup": _("Welcome points"), "birthday": _("Birthday present")}
    if entry.reason in presents:
        return sentence(presents[entry.reason])
    if not entry.reason:
        return sentence(_("Bonus"))
    # A shop that rewards actions of its own translates their names in its own catalogue.
    return sentence(_("Bonus: {action}"), action=_(title_of(entry.reason)))


def _merged(points: int) -> SafeString:
    if points < 0:
        return sentence(_("Owed from your other account"))
    return sentence(_("Points from your other account"))


def _corrected(reason: str) -> SafeString:
    """The note of a correction is for staff; its reason is for the shopper too."""
    if reason in ("", Reason.OTHER):
        return sentence(_("Correction by the shop"))
    if reason == balances_brought.REASON:
        return sentence(balances_brought.REASON_LABEL)
    if reason in Reason.values:
        return sentence(Reason(reason).label)
    return sentence(_("Correction by the shop: {reason}"), reason=_(reason))


def _pending(entry: Any, terms: Terms) -> SafeString | None:
    lot = getattr(entry, "lot", None)
    if lot is None or not (lot.pending and lot.open):
        return None
    return pending_words(terms.local_date(lot.available_at) if lot.available_at else None, terms)
