"""What became of the points."""

from collections import Counter

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.ledger.models import Entry
from oscar_loyalty.program.reports.policy.periods import first_day
from oscar_loyalty.program.reports.policy.tables import Chart, Column, Report, Scope, Table
from oscar_loyalty.shop import sales

Kind = Entry.Kind
#: Every kind of entry stands in one column: so opening and moves are the closing.
KINDS = {
    "earned": (Kind.EARN, Kind.RESTORE),
    "bonus": (Kind.BONUS,),
    "taken_back": (Kind.CLAWBACK,),
    "spent": (Kind.REDEEM, Kind.RETAKE),
    "returned": (Kind.RETURN,),
    "expired": (Kind.EXPIRE,),
    # What is merged comes to nothing: it leaves the one account for the other.
    "adjusted": (Kind.ADJUST, Kind.MERGE),
    "erased": (Kind.ERASE,),
}
COLUMNS = (
    Column("month", _("Month"), "month"),
    Column("opening", _("Points at the start")),
    Column("earned", _("Earned with orders")),
    Column("bonus", _("Given besides")),
    Column("taken_back", _("Taken back with orders")),
    Column("spent", _("Points spent")),
    Column("returned", _("Spent points returned")),
    Column("expired", _("Expired")),
    Column("adjusted", _("Corrected")),
    Column("erased", _("Of erased members")),
    Column("closing", _("Points at the end")),
)
_COLUMN_OF = {str(kind): column for column, kinds in KINDS.items() for kind in kinds}

#: Points by column.
Moves = Counter[str]


def table(scope: Scope) -> Table:
    opening, found = _opening(scope), moves_by_month(scope)
    rows, balance = [], opening
    for month in scope.period.months:
        row = _row(balance, found.get(month, Counter()))
        balance = row["closing"]
        rows.append({"month": first_day(month), **row})
    whole: Moves = Counter()
    for moves in found.values():
        # Not by adding them, which drops what is less than nothing.
        whole.update(moves)
    series = ("earned", "bonus", "returned", "spent", "expired")
    return Table(COLUMNS, rows, _row(opening, whole), Chart("stacked", "month", series))


def _opening(scope: Scope) -> int:
    before = Entry.objects.filter(posted_at__lt=scope.begins_at)
    return before.aggregate(points=Sum("points"))["points"] or 0


def moves_by_month(scope: Scope) -> dict[int, Moves]:
    """What came and went in each month of the period in which anything did."""
    posted = Entry.objects.filter(posted_at__gte=scope.begins_at, posted_at__lt=scope.ends_at)
    months = posted.annotate(month=sales.month_of("posted_at", scope.basis.time_zone))
    sums = months.order_by().values("month", "kind").annotate(sum=Sum("points"))
    found: dict[int, Moves] = {}
    for month, kind, points in sums.values_list("month", "kind", "sum"):
        found.setdefault(month, Counter())[_COLUMN_OF[kind]] += points
    return found


def _row(opening: int, moves: Moves) -> dict[str, int]:
    moved = {column: moves[column] for column in KINDS}
    return {"opening": opening, **moved, "closing": opening + sum(moved.values())}


REPORT = Report(
    "points",
    _("What became of the points?"),
    _(
        "The points at the start and at the end are those of all members together: also points "
        "that cannot be spent yet, and less what members owe. What came is above zero and what "
        "went is below, so that a line adds up. Each entry of the books counts on the day on which "
        "it was posted, whenever its order was."
    ),
    table,
    rolled_up=False,
    segmented=False,
)
