"""Which kinds of customers there are."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import Rank
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.reports.policy.rfm import BEST, GROUPS, Group, group_of
from oscar_loyalty.program.reports.policy.tables import (
    Chart,
    Column,
    Report,
    Scope,
    Table,
    per,
    share,
)
from oscar_loyalty.program.reports.queries import months

TITLES = {
    "best": _("Best: often, much, and lately"),
    "faithful": _("Faithful: often or much, and not long ago"),
    "promising": _("Promising: lately, but seldom and little"),
    "slipping": _("Slipping: seldom and little, and not lately"),
    "missed": _("Missed: often or much, but long ago"),
    "asleep": _("Asleep: seldom, little, and long ago"),
}
COLUMNS = (
    Column("group", _("Group"), "text"),
    Column("customers", _("Customers")),
    Column("share", _("Part of all"), "share"),
    Column("orders", _("Orders of each"), "ratio"),
    Column("spend", _("Money they spent"), "money"),
    Column("average", _("Spent by each"), "average"),
)

#: Customers, their orders and their money.
Sums = tuple[int, int, Decimal]


def table(scope: Scope) -> Table:
    sums = _sums(scope)
    everybody = tuple(map(sum, zip(*sums.values(), strict=True))) or (0, 0, Decimal(0))
    rows = [
        {"group": str(TITLES[group]), **_row(sums.get(group, (0, 0, Decimal(0))), everybody[0])}
        for group in GROUPS
    ]
    total = _row(everybody, everybody[0])
    return Table(COLUMNS, rows, total, Chart("bar", "group", ("customers",)))


def _row(sums: Any, everybody: int) -> dict[str, Any]:
    customers, orders, spend = sums
    return {
        "customers": customers,
        "share": share(customers, everybody),
        "orders": per(orders, customers),
        "spend": spend,
        "average": per(spend, customers),
    }


def _sums(scope: Scope) -> dict[Group, Sums]:
    last = months.of(scope).filter(months.last_before(scope.period.months.stop))
    scored = last.order_by().values(
        "orders_so_far",
        "spend_so_far",
        recency=_score("last_at"),
        frequency=_score("orders_so_far"),
        money=_score("spend_so_far"),
    )
    by, summed = ("recency", "frequency", "money"), ("orders_so_far", "spend_so_far")
    sums: dict[Group, Sums] = defaultdict(lambda: (0, 0, Decimal(0)))
    for recency, frequency, money, customers, orders, spend in months.grouped(scored, by, summed):
        group = group_of(recency, frequency, money)
        known = sums[group]
        sums[group] = (
            known[0] + customers,
            known[1] + int(orders),
            known[2] + months.cents(spend),
        )
    return sums


def _score(column: str) -> Any:
    """From 1 to 5, by the part of all customers who have less, in whole numbers."""
    have_less = Window(Rank(), order_by=F(column).asc()) - 1
    return have_less * BEST / Window(Count("pk")) + 1


REPORT = Report(
    "rfm",
    _("Which kinds of customers are there?"),
    _(
        "At the end of the time, each customer is scored from 1 to 5 by how long ago the last "
        "order was (R), how many there have been (F) and how much money they brought (M): by their "
        "place among all customers, a fifth of them to a score, equals alike. Often or much means "
        "that F and M make 6 or more together, often and much 8; lately is an R of 4 or 5, long "
        "ago one of 1 or 2."
    ),
    table,
)
