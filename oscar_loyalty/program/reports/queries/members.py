"""Whether members order more than others who were like them."""

from decimal import Decimal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Floor, Greatest, Log
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.program.reports.models import CustomerMonth
from oscar_loyalty.program.reports.policy.matching import Bought, Matched, match
from oscar_loyalty.program.reports.policy.periods import first_day
from oscar_loyalty.program.reports.policy.tables import (
    Chart,
    Column,
    Report,
    Row,
    Scope,
    Table,
    per,
)
from oscar_loyalty.program.reports.queries import months, segments

#: Money spent before, by its doublings.
_BAND = Floor(Log(Value(2), Greatest(F("spend_so_far"), Value(Decimal(1)))))
COLUMNS = (
    Column("month", _("Joined in"), "month"),
    Column("members", _("Members who had ordered before")),
    Column("matched", _("Of these, with others like them")),
    Column("orders", _("Orders of each member"), "ratio"),
    Column("other_orders", _("Orders of each like them"), "ratio"),
    Column("spend", _("Money of each member"), "average"),
    Column("other_spend", _("Money of each like them"), "average"),
)


def table(scope: Scope) -> Table:
    rows, whole = [], Matched()
    for month in scope.period.months:
        joined = _bought(scope, month, _joined(scope, month))
        others = _bought(scope, month, segments.of(segments.OTHERS)) if joined else {}
        found = match(joined, others)
        whole += found
        rows.append({"month": first_day(month), **_row(found)})
    chart = Chart("bar", "month", ("spend", "other_spend"))
    return Table(COLUMNS, rows, _row(whole), chart)


def _row(found: Matched) -> Row:
    return {
        "members": found.members,
        "matched": found.matched,
        "orders": per(found.orders, found.matched),
        "other_orders": per(found.other_orders, found.matched),
        "spend": per(found.spend, found.matched),
        "other_spend": per(found.other_spend, found.matched),
    }


def _joined(scope: Scope, month: int) -> Q:
    """Those who became members in the month."""
    since, before = scope.basis.begins(month), scope.basis.begins(month + 1)
    joined = Account.objects.filter(user__isnull=False, joined_at__gte=since, joined_at__lt=before)
    return Q(customer_id__in=joined.values("user_id"))


def _bought(scope: Scope, month: int, who: Q) -> dict[tuple[int, int], Bought]:
    """What those of them who were customers bought after the month, by what they had before."""
    later = CustomerMonth.objects.filter(
        customer_id=OuterRef("customer_id"), month__gt=month, month__lt=scope.period.months.stop
    )
    before = CustomerMonth.objects.filter(who, months.active_before(month)).order_by()
    found = before.annotate(
        orders_after=_sum_of(later, "orders"), spend_after=_sum_of(later, "spend"), band=_BAND
    )
    drawers, sums = ("orders_so_far", "band"), ("orders_after", "spend_after")
    rows = months.grouped(found.values(*drawers, *sums), drawers, sums)
    return {
        (orders, int(band)): Bought(customers, int(placed), months.cents(money))
        for orders, band, customers, placed, money in rows
    }


def _sum_of(rows: QuerySet[CustomerMonth], name: str) -> Coalesce:
    sums = rows.order_by().values("customer_id").annotate(sum=Sum(name)).values("sum")
    return Coalesce(Subquery(sums), Value(0), output_field=CustomerMonth._meta.get_field(name))


REPORT = Report(
    "members",
    _("Do members order more than others like them?"),
    _(
        "Each line is about the members who joined in its month, and had ordered in the twelve "
        "months before: what they have bought from the month after until the end of the time. "
        "Beside them stand customers who are no members, matched to them: with the same number of "
        "orders before that month, and with money spent before it in the same band, where each "
        "band ends at twice its beginning (1, 2, 4, 8 and so on). Of others, each group counts as "
        "often as it has members; a member like whom there is nobody is left out. Whoever joins "
        "may be fonder of the shop for other reasons, too: a difference is not all due to the "
        "programme."
    ),
    table,
    segmented=False,
)
