"""What the programme costs."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.coupons.models import Coupon
from oscar_loyalty.program.reports.policy.periods import first_day
from oscar_loyalty.program.reports.policy.tables import Chart, Column, Report, Row, Scope, Table
from oscar_loyalty.program.reports.queries import counting, months, points, segments
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import offers, sales

COSTS = ("points", "benefits", "coupons")
COLUMNS = (
    Column("month", _("Month"), "month"),
    Column("points", _("Points spent"), "money"),
    Column("benefits", _("Benefits of tiers"), "money"),
    Column("coupons", _("Coupons"), "money"),
    Column("cost", _("Cost"), "money"),
    Column("revenue", _("Members' orders"), "money"),
    Column("share", _("Part of members' orders"), "share"),
)


#: Money by month.
Sums = dict[int, Fraction]


def table(scope: Scope) -> Table:
    benefits, coupons = _discounts(scope)
    found = {"points": _points(scope), "benefits": benefits, "coupons": coupons}
    found["revenue"] = _revenue(scope)
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


def _discounts(scope: Scope) -> tuple[Sums, Sums]:
    """What tiers, and what coupons, took off orders that stand."""
    orders = counting.kept_sales(scope.basis)
    orders = orders.filter(sale_at__gte=scope.begins_at, sale_at__lt=scope.ends_at)
    given = Coupon.objects.filter(voucher__isnull=False).values("voucher_id")
    rows = list(sales.discounts_by_month(orders, offers=offers.of_tiers(), vouchers=given))
    benefits = {month: Fraction(months.cents(money)) for month, money, _money in rows}
    return benefits, {month: Fraction(months.cents(money)) for month, _money, money in rows}


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
        "what the offers for tiers took off their orders, shipping included; and what coupons took "
        "off. Of an order that was refunded in part, discounts count in full. Offers that were "
        "deleted since do not count, nor do flash sales, which are for everybody. A member is "
        "who is one today."
    ),
    table,
    segmented=False,
)
