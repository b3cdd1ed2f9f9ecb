"""What the programme costs."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.reports.models import GoneOffer
from oscar_loyalty.program.reports.policy.periods import first_day
from oscar_loyalty.program.reports.policy.tables import Chart, Column, Report, Row, Scope, Table
from oscar_loyalty.program.reports.queries import counting, months, points, segments
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import offers, sales

Purpose = GoneOffer.Purpose
COSTS = ("points", "benefits", "coupons", "sales")
#: The columns of what offers are for.
_COLUMN_OF = {Purpose.TIER: "benefits", Purpose.COUPON: "coupons", Purpose.SALE: "sales"}
COLUMNS = (
    Column("month", _("Month"), "month"),
    Column("points", _("Points spent"), "money"),
    Column("benefits", _("Benefits of tiers"), "money"),
    Column("coupons", _("Coupons"), "money"),
    Column("sales", _("Flash sales"), "money"),
    Column("cost", _("Cost"), "money"),
    Column("revenue", _("Members' orders"), "money"),
    Column("share", _("Part of members' orders"), "share"),
)


#: Money by month.
Sums = dict[int, Fraction]


def table(scope: Scope) -> Table:
    found = {"points": _points(scope), **_discounts(scope), "revenue": _revenue(scope)}
    rows = [
        {"month": first_day(month), **_row({name: sums.get(month) for name, sums in found.items()})}
        for month in scope.period.months
    ]
    total = _row({name: sum(sums.values(), Fraction(0)) for name, sums in found.items()})
    return Table(COLUMNS, rows, total, Chart("stacked", "month", COSTS))


def _row(found: Mapping[str, Fraction | None]) -> Row:
    row = {name: money or Fraction(0) for name, money in found.items()}
    cost, revenue = sum(row[name] for name in COSTS), row["revenue"]
    return {**row, "cost": cost, "share": cost / revenue if revenue else None}


def _points(scope: Scope) -> Sums:
    """What those are worth that were spent, less those that returned."""
    terms = terms_queries.written()
    return {
        month: -(moves["spent"] + moves["returned"]) * terms.value
        for month, moves in points.moves_by_month(scope).items()
        if terms
    }


def _discounts(scope: Scope) -> dict[str, Sums]:
    """What offers of ours took off orders that stand, by the orders themselves."""
    orders = counting.kept_sales_of_all(scope.basis)
    orders = orders.filter(sale_at__gte=scope.begins_at, sale_at__lt=scope.ends_at)
    purposes = dict(GoneOffer.objects.values_list("offer_id", "purpose")) | offers.purposes()
    found: dict[str, Sums] = {column: defaultdict(Fraction) for column in _COLUMN_OF.values()}
    for month, offer_id, money in sales.discounts_by_month(orders):
        if purpose := purposes.get(offer_id):
            found[_COLUMN_OF[purpose]][month] += Fraction(months.cents(money))
    return found


def _revenue(scope: Scope) -> Sums:
    of_members = months.within(replace(scope, segment=segments.MEMBERS))
    sums = of_members.values("month").annotate(money=Sum("spend"))
    return {
        month: Fraction(months.cents(money)) for month, money in sums.values_list("month", "money")
    }


REPORT = Report(
    "cost",
    _("What does the programme cost?"),
    _(
        "The cost is what members got: the points that they spent, less those that returned, each "
        "worth what the programme gives for it today and counted on the day on which it moved; "
        "and what offers for tiers, shipping included, coupons and flash sales took off orders, by "
        "what these say themselves, whether the offers are still there or not. Flash sales are "
        "counted for everybody who bought in them. Of an order that was refunded in part, "
        "discounts count in full. A member is who is one today."
    ),
    table,
    segmented=False,
)
