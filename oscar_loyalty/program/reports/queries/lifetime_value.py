"""What customers have been worth, and may still be."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.program.reports.models import LifetimeModel
from oscar_loyalty.program.reports.policy.periods import first_day
from oscar_loyalty.program.reports.policy.tables import (
    Chart,
    Column,
    Report,
    Scope,
    Table,
    per,
)
from oscar_loyalty.program.reports.queries import months, pasts

COLUMNS = (
    Column("month", gettext_lazy("First order"), "month"),
    Column("customers", gettext_lazy("Customers")),
    Column("orders", gettext_lazy("Orders of each so far"), "ratio"),
    Column("spend", gettext_lazy("Money they spent"), "money"),
    Column("value", gettext_lazy("Value of each so far"), "average"),
    Column("next_orders", gettext_lazy("Orders of each expected in a year"), "ratio"),
    Column("next_value", gettext_lazy("Value of each expected in a year"), "average"),
)
#: In the order in which they are published.
PARAMETERS = ("r", "alpha", "a", "b", "p", "q", "v")


def table(scope: Scope) -> Table:
    so_far, known = _so_far(scope), pasts.outlook()
    expected = {int(month): sums for month, sums in known.expected.items()} if known else {}
    rows = [
        {"month": first_day(cohort), **_row([so_far[cohort]], [expected.get(cohort)])}
        for cohort in sorted(so_far)
    ]
    total = _row(list(so_far.values()), [expected.get(cohort) for cohort in so_far])
    chart = Chart("bar", "month", ("value", "next_value"))
    return Table(COLUMNS, rows, total if rows else None, chart, _learned(known, scope))


def _so_far(scope: Scope) -> dict[int, tuple[int, int, Decimal]]:
    """Customers who came in the period, their orders and their money by its end, by month."""
    period = scope.period.months
    last = months.of(scope).filter(months.last_before(period.stop), cohort__gte=period.start)
    found = last.order_by().values("cohort")
    sums = found.annotate(
        customers=Count("pk"), placed=Sum("orders_so_far"), money=Sum("spend_so_far")
    )
    rows = sums.values_list("cohort", "customers", "placed", "money")
    return {month: (count, placed, months.cents(money)) for month, count, placed, money in rows}


def _row(so_far: list[Any], expected: list[Any]) -> dict[str, Any]:
    customers, placed, money = (sum(one[place] for one in so_far) for place in range(3))
    return {
        "customers": customers,
        "orders": per(placed, customers),
        "spend": money,
        "value": per(money, customers),
        "next_orders": _each(expected, 1),
        "next_value": _each(expected, 2),
    }


def _each(expected: list[Any], place: int) -> Any:
    """Of those about whom something is known: newcomers since it was learned are not."""
    known = [sums for sums in expected if sums and sums[place] is not None]
    total = sum((Decimal(str(sums[place])) for sums in known), Decimal(0))
    return per(total, sum(sums[0] for sums in known))


def _learned(known: LifetimeModel | None, scope: Scope) -> str:
    if known is None or not known.parameters:
        return _("Too few customers have come again yet to say what can be expected of them.")
    return _("The expectation was learned on %(day)s: %(parameters)s.") % {
        "day": date_format(scope.basis.local_date(known.fitted_at), "DATE_FORMAT"),
        "parameters": ", ".join(
            f"{name} = {number_format(round(Decimal(str(known.parameters[name])), 3))}"
            for name in PARAMETERS
            if name in known.parameters
        ),
    }


REPORT = Report(
    "lifetime-value",
    gettext_lazy("What are customers worth?"),
    gettext_lazy(
        "The value so far is the money that the customers who came in a month have spent by the "
        "end of the time, divided by their number, those included who came only once. What is "
        "expected of them in the 52 weeks after it was learned follows from how often they have "
        "ordered, how long ago, and for how much: by the BG/NBD model for orders and the "
        "gamma-gamma model for money (Fader, Hardie and Lee, 2005), fitted on the shop's own "
        "orders once a week. Several orders of one day count there as one."
    ),
    table,
    segmented=False,
)
