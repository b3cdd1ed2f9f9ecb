"""What writing to members has brought: to those who stayed away, and about each campaign."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Min
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oscar_loyalty.program.campaigns.models import CampaignDraw, FlashSale
from oscar_loyalty.program.messages.policy import FLASH_SALE
from oscar_loyalty.program.occasions.models import Occasion
from oscar_loyalty.program.reports.policy.tables import (
    Chart,
    Column,
    Report,
    Row,
    Scope,
    Table,
    per,
)
from oscar_loyalty.program.winback import queries as winback_queries
from oscar_loyalty.program.winback.models import Lapse
from oscar_loyalty.program.winback.policy import ENOUGH, Gain
from oscar_loyalty.program.winback.queries import MEASURED_DAYS, Measured

#: What members order in so many days after they heard of a campaign, or would have, is counted.
CAMPAIGN_DAYS = 30
COLUMNS = (
    Column("campaign", gettext_lazy("Members were written to about"), "text"),
    Column("running", gettext_lazy("Not counted yet")),
    Column("written", gettext_lazy("Written to")),
    Column("buyers", gettext_lazy("Of these, bought")),
    Column("each", gettext_lazy("Revenue of each written to"), "average"),
    Column("held_out", gettext_lazy("Held out")),
    Column("other_buyers", gettext_lazy("Of these, bought too")),
    Column("other_each", gettext_lazy("Revenue of each held out"), "average"),
    Column("gain", gettext_lazy("Gained by writing"), "money"),
    Column("low", gettext_lazy("Lower bound"), "money"),
    Column("high", gettext_lazy("Upper bound"), "money"),
    Column("verdict", gettext_lazy("What that says"), "text"),
)


def table(scope: Scope) -> Table:
    missed = Lapse.objects.filter(found_at__gte=scope.begins_at, found_at__lt=scope.ends_at)
    measured = winback_queries.measured(missed, at=scope.at)
    rows = [_row(_("Having stayed away"), measured), *_campaigns(scope)]
    chart = Chart("bar", "campaign", ("each", "other_each"))
    return Table(COLUMNS, rows, None, chart, f"{_days()} {_enough()}")


def _campaigns(scope: Scope) -> Iterator[Row]:
    """Those for which members drew lots in the time, oldest first."""
    drawn = CampaignDraw.objects.filter(drawn_at__gte=scope.begins_at, drawn_at__lt=scope.ends_at)
    # Of one that was merged, the other may have drawn too, and has the orders of both.
    drawn = drawn.filter(account__merged_into=None)
    each = drawn.order_by().values("kind", "about").annotate(since=Min("drawn_at"))
    for kind, about in each.order_by("since").values_list("kind", "about"):
        lots = drawn.filter(kind=kind, about=about)
        measured = winback_queries.measured(lots, at=scope.at, since="drawn_at", days=CAMPAIGN_DAYS)
        yield _row(_named(kind, about), measured)


def _named(kind: str, about: str) -> str:
    """A campaign by its name, also when nothing but its number is left of it."""
    pk, _colon, day = about.partition(":")
    if kind == FLASH_SALE.code:
        sale = FlashSale.objects.filter(pk=pk).first()
        return _("Flash sale: %(name)s") % {"name": sale or pk}
    occasion = Occasion.objects.filter(pk=pk).first()
    return _("%(occasion)s, %(day)s") % {
        "occasion": occasion or _("Occasion %(number)s") % {"number": pk},
        "day": date_format(date.fromisoformat(day), "DATE_FORMAT"),
    }


def _row(campaign: str, measured: Measured) -> Row:
    written, held_out, gain = measured.written, measured.held_out, measured.gain
    return {
        "campaign": campaign,
        "running": measured.running,
        "written": written.members,
        "buyers": written.returned,
        "each": per(written.revenue, written.members),
        "held_out": held_out.members,
        "other_buyers": held_out.returned,
        "other_each": per(held_out.revenue, held_out.members),
        **_gained(gain),
        "verdict": _verdict(gain),
    }


def _gained(gain: Gain | None) -> dict[str, Any]:
    if gain is None:
        return {"gain": None, "low": None, "high": None}
    return {"gain": gain.revenue, "low": gain.low, "high": gain.high}


def _verdict(gain: Gain | None) -> str:
    if gain is None:
        return _("Too few to say")
    if gain.low <= 0 <= gain.high:
        return _("May be chance")
    return _("More than chance")


def _days() -> str:
    return _(
        "So many days count: %(missed)s after a member was missed, %(campaign)s after one heard of "
        "a campaign, or would have. Whose days are not over is not counted yet."
    ) % {"missed": MEASURED_DAYS, "campaign": CAMPAIGN_DAYS}


def _enough() -> str:
    return ngettext(
        "To say anything, each group needs at least %(enough)s member.",
        "To say anything, each group needs at least %(enough)s members.",
        ENOUGH,
    ) % {"enough": ENOUGH}


REPORT = Report(
    "lift",
    gettext_lazy("What does writing to members bring?"),
    gettext_lazy(
        "Of the members who stayed away, and of those for whom an occasion or a flash sale was, "
        "some were held out by lot and heard nothing, as its page says; nobody draws lots about "
        "a campaign that holds nobody out. Whoever was not held out counts as written to, whether "
        "a message reached them or not: the lot has chosen them all alike, and only so nothing but "
        "the messages makes the difference. Revenue is what counted for points and has not come "
        "back, of orders in the days that count. What is gained is (revenue of each written to − "
        "revenue of each held out) × members written to: what those who were left alone spent, the "
        "others would have spent anyway. With a certainty of 95 in 100 it lies between the two "
        "bounds, by Welch's standard error and the normal approximation (B. L. Welch, Biometrika "
        "34, 1947); no effect at all may lie within them, too."
    ),
    table,
    rolled_up=False,
    segmented=False,
)
