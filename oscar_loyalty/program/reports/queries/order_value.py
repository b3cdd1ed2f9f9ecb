"""How much an order is worth, of new customers and of those who return."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.reports.policy.periods import first_day
from oscar_loyalty.program.reports.policy.tables import (
    ALL,
    Chart,
    Column,
    Report,
    Row,
    Scope,
    Table,
    per,
)
from oscar_loyalty.program.reports.queries import counting, months

COLUMNS = (
    Column("month", _("Month"), "month"),
    Column("new_orders", _("Orders of new customers")),
    Column("new_average", _("Average of new customers"), "average"),
    Column("returning_orders", _("Orders of returning customers")),
    Column("returning_average", _("Average of returning customers"), "average"),
    Column("guest_orders", _("Orders of guests")),
    Column("guest_average", _("Average of guests"), "average"),
    Column("orders", _("All orders")),
    Column("spend", _("Sum of all"), "money"),
    Column("average", _("Average of all"), "average"),
)
WHO = ("new", "returning", "guest")


@dataclass(frozen=True)
class Sold:
    """Orders and their money."""

    orders: int = 0
    spend: Decimal = Decimal(0)

    def __add__(self, other: "Sold") -> "Sold":
        return Sold(self.orders + other.orders, self.spend + other.spend)


def table(scope: Scope) -> Table:
    found = months.within(scope)
    sold = {
        "new": _by_month(found.filter(cohort=F("month"))),
        "returning": _by_month(found.filter(cohort__lt=F("month"))),
        "guest": _of_guests(scope),
    }
    rows = []
    whole = dict.fromkeys(WHO, Sold())
    for month in scope.period.months:
        of_month = {who: sold[who].get(month, Sold()) for who in WHO}
        whole = {who: whole[who] + of_month[who] for who in WHO}
        rows.append({"month": first_day(month), **_row(of_month)})
    chart = Chart("line", "month", ("new_average", "returning_average"))
    return Table(COLUMNS, rows, _row(whole), chart)


def _by_month(found: QuerySet[Any]) -> dict[int, Sold]:
    sums = found.values("month").annotate(placed=Sum("orders"), money=Sum("spend"))
    rows = sums.values_list("month", "placed", "money")
    return {month: Sold(placed, months.cents(money)) for month, placed, money in rows}


def _of_guests(scope: Scope) -> dict[int, Sold]:
    """Guests are in no segment but everybody."""
    if scope.segment != ALL:
        return {}
    since, before = map(scope.basis.begins, (scope.period.months.start, scope.period.months.stop))
    orders = counting.kept_sales_of_nobody(scope.basis)
    orders = orders.filter(sale_at__gte=since, sale_at__lt=before)
    sums = orders.values("sale_month").annotate(placed=Count("pk"), money=Sum("sale_kept"))
    rows = sums.values_list("sale_month", "placed", "money")
    return {int(month): Sold(placed, months.cents(money)) for month, placed, money in rows}


def _row(sold: dict[str, Sold]) -> Row:
    row: dict[str, Any] = {}
    for who, part in sold.items():
        row[f"{who}_orders"] = part.orders
        row[f"{who}_average"] = per(part.spend, part.orders)
    together = sum(sold.values(), Sold())
    row |= {"orders": together.orders, "spend": together.spend}
    return {**row, "average": per(together.spend, together.orders)}


REPORT = Report(
    "order-value",
    _("How much is an order worth?"),
    _(
        "The average order is the money that was paid and kept, shipping included, divided by the "
        "number of orders. A customer is new in the month of their first order, and returning "
        "afterwards. Orders that belong to no customer stand beside them: those of guests, and of "
        "profiles that were deleted."
    ),
    table,
)
