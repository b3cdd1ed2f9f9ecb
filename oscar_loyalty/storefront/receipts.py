"""What an order earned, for the pages that show the order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.words import explanation
from oscar_loyalty.words.explanation import Explanation
from oscar_loyalty.words.wording import counted, sentence


@dataclass(frozen=True)
class Receipt:
    """The points an order carries, when they may be spent, and how they were worked out."""

    points: int
    headline: SafeString
    pending: SafeString | None
    explanation: Explanation


def of(order: Any, *, at: datetime) -> Receipt | None:
    """The receipt of an order; None where nothing has been decided, as for guests."""
    award = earning_queries.award_of(str(order.number)) if order.user_id else None
    if award is None:
        return None
    return Receipt(
        points=award.booked,
        headline=_headline(award),
        pending=_pending(award, at),
        explanation=explanation.of(award, order.currency, earning_queries.versions_behind([award])),
    )


def _headline(award: Award) -> SafeString:
    if not award.booked:
        return format_html('<data value="0" data-loyalty="order-points">{}</data>', _none(award))
    words = ngettext(
        "You earned {points} point with this order.",
        "You earned {points} points with this order.",
        award.booked,
    )
    return sentence(words, points=counted(award.booked, "order-points"))


def _none(award: Award) -> SafeString:
    if award.cancelled and award.points:
        return sentence(_("The points of this order were taken back because it was cancelled."))
    if award.points:
        return sentence(_("The points of this order were taken back because it was returned."))
    return sentence(_("This order earned no points."))


def _pending(award: Award, at: datetime) -> SafeString | None:
    """When the points may be spent; None when they may be spent now."""
    due = award.available_at
    if award.matured or not award.booked or (due and due <= at):
        return None
    known = earning_queries.display_terms()
    if due:
        day = known[0].local_date(due) if known else timezone.localdate(due)
        return sentence(_("They are spendable from {day}."), day=day)
    if known and known[0].spendable == "on-status":
        words = _("They become spendable when your order has the status {status}.")
        return sentence(words, status=known[0].spendable_status)
    return sentence(_("They become spendable when the shop confirms your order."))
