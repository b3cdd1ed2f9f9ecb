"""How far customers have come, and who moved on."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.reports.models import CustomerMonth
from oscar_loyalty.program.reports.policy.stages import STAGES, Stage, stage_of
from oscar_loyalty.program.reports.policy.tables import Chart, Column, Report, Scope, Table
from oscar_loyalty.program.reports.queries import months, segments
from oscar_loyalty.shop import people

#: Where those come from who were not registered yet.
NOBODY = "new"
TITLES = {
    NOBODY: _("Not registered yet"),
    "visited": _("Visited"),
    "once": _("Bought once"),
    "again": _("Bought again"),
    "attached": _("Attached"),
    "loyal": _("Loyal"),
}
COLUMNS = (
    Column("stage", _("Stage at the start"), "text"),
    Column("start", _("Customers at the start")),
    *(Column(stage, TITLES[stage]) for stage in STAGES),
)

#: Customers by their stages at the start and at the end.
Moves = Counter[tuple[str, Stage]]


def table(scope: Scope) -> Table:
    start, stop = scope.period.months.start, scope.period.months.stop
    moves = _still(scope, start, stop) + _moved(scope) + _visitors(scope, start, stop)
    rows = [_row(stage, moves) for stage in (NOBODY, *STAGES)]
    total = {"start": sum(row["start"] for row in rows), **_at_end(moves)}
    return Table(COLUMNS, rows, total, Chart("stacked", "stage", STAGES))


def _row(stage: str, moves: Moves) -> dict[str, Any]:
    went = {after: moves[stage, after] for after in STAGES}
    start = 0 if stage == NOBODY else sum(went.values())
    return {"stage": str(TITLES[stage]), "start": start, **went}


def _at_end(moves: Moves) -> dict[str, int]:
    return {after: sum(moves[one, after] for one in (NOBODY, *STAGES)) for after in STAGES}


def _still(scope: Scope, start: int, stop: int) -> Moves:
    """Who had ordered before, and not since."""
    rows = months.of(scope).filter(
        Q(month__lt=start) & (Q(next_month=None) | Q(next_month__gte=stop))
    )
    counted = rows.order_by().values("orders_so_far").annotate(customers=Count("pk"))
    moves: Moves = Counter()
    for orders, customers in counted.values_list("orders_so_far", "customers"):
        moves[stage_of(orders), stage_of(orders)] += customers
    return moves


def _moved(scope: Scope) -> Moves:
    """Who ordered in the time."""
    moves: Moves = Counter()
    for before, after, customers in _orders_around(months.within(scope)):
        moves[stage_of(before), stage_of(after)] += customers
    joined = people.registered(before=scope.basis.begins(scope.period.months.start))
    if joined is None:
        return moves
    # Those of the visitors who were none yet.
    fresh = ~Exists(joined.filter(pk=OuterRef("customer_id")))
    first_time = months.within(scope).filter(fresh, cohort__gte=scope.period.months.start)
    for _before, after, customers in _orders_around(first_time):
        moves["visited", stage_of(after)] -= customers
        moves[NOBODY, stage_of(after)] += customers
    return moves


def _orders_around(rows: QuerySet[CustomerMonth]) -> list[Any]:
    """How many customers had placed so many orders before these months, and so many after them."""
    each = (
        rows.order_by()
        .values("customer_id")
        .annotate(before=Min(F("orders_so_far") - F("orders")), after=Max("orders_so_far"))
    )
    return months.grouped(each, ["before", "after"])


def _visitors(scope: Scope, start: int, stop: int) -> Moves:
    """Who is registered, and has not ordered by the end."""
    since, end = (scope.basis.begins(month) for month in (start, stop))
    old, all_of_them = (_without_orders(scope, at, stop) for at in (since, end))
    return Counter({("visited", "visited"): old, (NOBODY, "visited"): all_of_them - old})


def _without_orders(scope: Scope, at: datetime, stop: int) -> int:
    registered = people.registered(before=at)
    if registered is None:
        return 0
    # Whoever was merged into another has come as far as that one.
    registered = registered.filter(loyalty_account__merged_into__user=None)
    ordered = CustomerMonth.objects.filter(customer_id=OuterRef("pk"), month__lt=stop)
    return registered.filter(segments.of(scope.segment, "pk")).filter(~Exists(ordered)).count()


REPORT = Report(
    "stages",
    _("How far have customers come?"),
    _(
        "A customer's stage follows from the orders placed so far: visited is who registered and "
        "has not ordered, then come those who bought once, and again (2 orders), the attached (3 "
        "or 4) and the loyal (5 or more). A line says where those who began the time in one stage "
        "were at its end."
    ),
    table,
)
