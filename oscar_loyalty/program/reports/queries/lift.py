"""What writing to members who stayed away has brought."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oscar_loyalty.program.reports.policy.tables import (
    Chart,
    Column,
    Report,
    Row,
    Scope,
    Table,
    per,
    share,
)
from oscar_loyalty.program.winback import queries as winback_queries
from oscar_loyalty.program.winback.models import Lapse
from oscar_loyalty.program.winback.policy import ENOUGH, Group
from oscar_loyalty.program.winback.queries import MEASURED_DAYS, Measured

COLUMNS = (
    Column("group", gettext_lazy("Members who were missed"), "text"),
    Column("members", gettext_lazy("Members")),
    Column("returned", gettext_lazy("Members who came back")),
    Column("share", gettext_lazy("Part of them"), "share"),
    Column("revenue", gettext_lazy("Revenue"), "money"),
    Column("each", gettext_lazy("Revenue of each"), "average"),
    Column("gain", gettext_lazy("Gained by writing"), "money"),
    Column("low", gettext_lazy("Lower bound"), "money"),
    Column("high", gettext_lazy("Upper bound"), "money"),
)


def table(scope: Scope) -> Table:
    missed = Lapse.objects.filter(found_at__gte=scope.begins_at, found_at__lt=scope.ends_at)
    measured = winback_queries.measured(missed, at=scope.at)
    gain: dict[str, Any] = {"gain": None, "low": None, "high": None}
    if measured.gain:
        found = measured.gain
        gain = {"gain": found.revenue, "low": found.low, "high": found.high}
    nothing = dict.fromkeys(gain)
    rows = [
        {"group": _("Written to"), **_row(measured.written), **gain},
        {"group": _("Held out"), **_row(measured.held_out), **nothing},
    ]
    return Table(COLUMNS, rows, None, Chart("bar", "group", ("each",)), _note(measured))


def _row(group: Group) -> Row:
    return {
        "members": group.members,
        "returned": group.returned,
        "share": share(group.returned, group.members),
        "revenue": group.revenue,
        "each": per(group.revenue, group.members),
    }


def _note(measured: Measured) -> str:
    days = ngettext(
        "Orders of %(days)s day count; members who were missed later than that are not counted "
        "yet: %(running)s.",
        "Orders of %(days)s days count; members who were missed later than that are not counted "
        "yet: %(running)s.",
        MEASURED_DAYS,
    ) % {"days": MEASURED_DAYS, "running": measured.running}
    return f"{days} {_verdict(measured)}".rstrip()


def _verdict(measured: Measured) -> str:
    if measured.gain is None:
        return ngettext(
            "Too few to say what the messages brought: each group needs at least %(enough)s "
            "member.",
            "Too few to say what the messages brought: each group needs at least %(enough)s "
            "members.",
            ENOUGH,
        ) % {"enough": ENOUGH}
    if measured.gain.low <= 0 <= measured.gain.high:
        return _("That may be chance: no effect at all lies within these bounds, too.")
    return ""


REPORT = Report(
    "lift",
    gettext_lazy("What does writing to missed members bring?"),
    gettext_lazy(
        "Of the members who were missed in the time, some were held out by lot and got nothing. "
        "Whoever was not counts as written to, whether a message reached them or not: the lot has "
        "chosen them all alike, and only so nothing but the messages makes the difference. Revenue "
        "is what counted for points and has not come back. What is gained is (revenue of each "
        "written to − revenue of each held out) × members written to: what those who were left "
        "alone spent, the others would have spent anyway. With a certainty of 95 in 100 it lies "
        "between the two bounds, by Welch's standard error and the normal approximation."
    ),
    table,
    rolled_up=False,
    segmented=False,
)
