"""What simulations came to: figures beside each other, and points month by month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oscar_loyalty.program.reports.policy.periods import Period, first_day
from oscar_loyalty.program.reports.policy.tables import Cell, Chart, Column, Kind, Table
from oscar_loyalty.program.simulation.models import Simulation
from oscar_loyalty.program.simulation.policy import Cost, Document, Month, by_month, cost
from oscar_loyalty.words.drafts import tier_name

MONTHS = (
    Column("month", gettext_lazy("Month"), "month"),
    Column("earned", gettext_lazy("Points earned")),
    Column("spent", gettext_lazy("Points spent")),
    Column("expired", gettext_lazy("Points expired")),
    Column("outstanding", gettext_lazy("Points outstanding")),
    Column("worth", gettext_lazy("Worth"), "money"),
    Column("liability", gettext_lazy("Expected to be spent"), "money"),
)


@dataclass(frozen=True)
class Side:
    """The programme, or a draft, over some orders."""

    title: str
    says: Document
    result: Mapping[str, Any]
    simulation: Simulation

    @property
    def months(self) -> list[Month]:
        """What becomes of its points."""
        period = Period(self.simulation.first, self.simulation.last)
        fates = {tuple(fate): points for *fate, points in self.result["fates"]}
        share = Fraction(self.simulation.spent_share, 100)
        return list(by_month(fates, share, period.months))

    @property
    def value(self) -> Fraction:
        """What a point is worth."""
        return Fraction(self.result["value"])

    @property
    def cost(self) -> Cost:
        """What it costs."""
        return cost(self.months, self.value)


@dataclass(frozen=True)
class Line:
    """One figure of each side, as cells of a column that has their kind."""

    column: Column
    cells: Sequence[Cell]


def programme(simulation: Simulation) -> Side:
    """The programme as it was when a draft was replayed beside it."""
    title = _("The programme")
    return Side(title, simulation.programme_says, simulation.results["programme"], simulation)


def draft(simulation: Simulation) -> Side:
    """The draft that was replayed."""
    name = str(simulation.draft)
    return Side(name, simulation.draft_says, simulation.results["draft"], simulation)


def beside(sides: Sequence[Side]) -> list[Line]:
    """All figures of the sides, one line for each."""
    costs = [side.cost for side in sides]
    revenues = [Fraction(side.simulation.results["revenue"]) for side in sides]
    pairs = list(zip(costs, revenues, strict=True))
    return [
        _line(_("Orders with points"), "count", [side.result["awards"] for side in sides]),
        _line(_("Points earned"), "count", [one.earned for one in costs]),
        _line(_("Points spent"), "count", [one.spent for one in costs]),
        _line(_("Points expired"), "count", [one.expired for one in costs]),
        _line(_("Points outstanding at the end"), "count", [one.outstanding for one in costs]),
        _line(_("Cost of the points spent"), "money", [one.paid for one in costs]),
        _line(_("Expected to be spent after the end"), "money", [one.owed for one in costs]),
        _line(_("Cost in all"), "money", [one.total for one in costs]),
        _line(_("Members' orders"), "money", revenues),
        _line(
            _("Cost in percent of members' orders"),
            "share",
            [one.total / revenue if revenue else None for one, revenue in pairs],
        ),
        *_members(sides),
    ]


def by_months(side: Side) -> Table:
    """Points and liability month by month."""
    value = side.value
    rows = [
        {
            "month": first_day(one.month),
            "earned": one.earned,
            "spent": one.spent,
            "expired": one.expired,
            "outstanding": one.outstanding,
            "worth": one.outstanding * value,
            "liability": one.expected * value,
        }
        for one in side.months
    ]
    return Table(MONTHS, rows, chart=Chart("line", "month", ("liability", "worth")))


def how_counted(simulation: Simulation) -> list[str]:
    """How the figures are counted, in paragraphs."""
    return [
        _(
            "Replayed are the orders of customers with an account, as much of them as was kept "
            "until now, as if the programme had begun on the first day with nobody's points and "
            "tiers. Each order earns by the tier held just before it. Points for anything but "
            "orders do not count, nor do the discounts of tiers. Rules that the draft leaves as "
            "they are hold for the time that each of their versions did, others for all the time; "
            "a budget goes to the customers in the order in which they registered."
        ),
        ngettext(
            "%(share)s %% of the points that can be spent are taken to be spent %(months)s month "
            "after they could be; those that are gone before are not spent. The rest waits until "
            "it expires. Points are worth what the programme, or the draft, gives for them.",
            "%(share)s %% of the points that can be spent are taken to be spent %(months)s months "
            "after they could be; those that are gone before are not spent. The rest waits until "
            "it expires. Points are worth what the programme, or the draft, gives for them.",
            simulation.spent_after,
        )
        % {"share": simulation.spent_share, "months": simulation.spent_after},
    ]


def _members(sides: Sequence[Side]) -> list[Line]:
    """Members in all, and by tier; one that two sides have is one line."""
    ladders = [
        {_known_as(key, says): key for key, says in side.says["tiers"].items()} for side in sides
    ]
    ranks: dict[str, tuple[int, str]] = {}
    for side in sides:
        for key, says in side.says["tiers"].items():
            ranks[_known_as(key, says)] = (says["rank"], tier_name(says))
    counts = [side.result["tiers"] for side in sides]
    lines = [
        _line(_("Members"), "count", [side.simulation.results["members"] for side in sides]),
        _line(_("Members without a tier"), "count", [count.get("0", 0) for count in counts]),
    ]
    for known_as, (_rank, name) in sorted(ranks.items(), key=lambda pair: pair[1]):
        cells = [
            count.get(ladder[known_as], 0) if known_as in ladder else None
            for count, ladder in zip(counts, ladders, strict=True)
        ]
        lines.append(_line(_("Members on %(tier)s") % {"tier": name}, "count", cells))
    return lines


def _known_as(key: str, says: Mapping[str, Any]) -> str:
    """New tiers of two drafts have nothing in common but their names."""
    return key if int(key) > 0 else tier_name(says)


def _line(title: str, kind: Kind, cells: Sequence[int | Decimal | Fraction | None]) -> Line:
    return Line(Column("figure", title, kind), cells)
