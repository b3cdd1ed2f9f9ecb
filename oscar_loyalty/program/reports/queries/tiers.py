"""How many members stand where, and who moves."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, When
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.program.reports.policy.periods import first_day
from oscar_loyalty.program.reports.policy.tables import Chart, Column, Report, Row, Scope, Table
from oscar_loyalty.program.tiers.models import Tier, TierChange
from oscar_loyalty.shop import sales

NO_TIER = "no_tier"
#: All tiers that were deleted, together: nothing but their names is left of them.
GONE = "gone"
UP, DOWN = "up", "down"
#: Steps up, where the rank of a tier is not known any more.
UPWARDS = (TierChange.Reason.QUALIFIED, TierChange.Reason.MERGED)

_STEP = ("from_tier_id", "from_name", "to_tier_id", "to_name", "reason")
#: By column: how many more members there are in a month, and how many moved up and down.
Change = Counter[str]


def table(scope: Scope) -> Table:
    ladder = list(Tier.objects.all())
    changes = _changes(scope, ladder)
    gone = [GONE] if any(GONE in change for change in changes.values()) else []
    names = [NO_TIER, *map(_name, ladder), *gone]
    standing, whole = changes[None], Counter[str]()
    rows = []
    for month in scope.period.months:
        standing.update(changes[month])
        whole.update(changes[month])
        rows.append({"month": first_day(month), **_row(names, standing, changes[month])})
    chart = Chart("stacked", "month", tuple(names))
    return Table(_columns(ladder, gone), rows, _row(names, standing, whole), chart)


def _columns(ladder: Sequence[Tier], gone: Sequence[str]) -> list[Column]:
    return [
        Column("month", _("Month"), "month"),
        Column("members", _("Members at the end")),
        Column(NO_TIER, _("Without a tier")),
        *(Column(_name(tier), str(tier)) for tier in ladder),
        *(Column(name, _("On tiers that are no more")) for name in gone),
        Column(UP, _("Moved up")),
        Column(DOWN, _("Moved down")),
    ]


def _row(names: Sequence[str], standing: Change, moves: Change) -> Row:
    placed = {name: standing[name] for name in names}
    return {"members": sum(placed.values()), **placed, UP: moves[UP], DOWN: moves[DOWN]}


def _changes(scope: Scope, ladder: Sequence[Tier]) -> dict[int | None, Change]:
    """The changes of each month, those before the period under None: joining, moving, leaving."""
    changes: dict[int | None, Change] = defaultdict(Counter)
    members, steps = Account.objects.filter(merged_into=None), _steps()
    for moment, sign in {"joined_at": 1, "nameless_since": -1}.items():
        for month, count in _counted(scope, members, moment):
            changes[month][NO_TIER] += sign * count
    names = {tier.pk: _name(tier) for tier in ladder}
    for moment, sign in {"taken_at": 1, "account__nameless_since": -1}.items():
        for month, *ends, reason, count in _counted(scope, steps, moment, *_STEP):
            before, after = (
                names.get(tier, GONE if name else NO_TIER) for tier, name in (ends[:2], ends[2:])
            )
            changes[month][before] -= sign * count
            changes[month][after] += sign * count
            if moment == "taken_at":
                changes[month][_direction(ladder, before, after, reason)] += count
    return changes


def _steps() -> QuerySet[Any]:
    """Those of members, for as long as they were; a past may be older than the membership."""
    was_member = Q(account__nameless_since=None) | Q(changed_at__lt=F("account__nameless_since"))
    steps = TierChange.objects.filter(was_member, account__merged_into=None)
    return steps.annotate(taken_at=Greatest("changed_at", "account__joined_at"))


def _counted(scope: Scope, rows: QuerySet[Any], moment: str, *kinds: str) -> QuerySet[Any]:
    """How many rows there are of each month and kind: month, kinds, number."""
    in_period = {f"{moment}__gte": scope.begins_at}
    month = Case(When(**in_period, then=sales.month_of(moment, scope.basis.time_zone)))
    found = rows.filter(**{f"{moment}__lt": scope.ends_at}).annotate(month=month)
    return found.order_by().values_list("month", *kinds).annotate(count=Count("pk"))


def _direction(ladder: Sequence[Tier], before: str, after: str, reason: str) -> str:
    ranks = {_name(tier): tier.rank for tier in ladder}
    if NO_TIER in (before, after):
        is_up = before == NO_TIER
    elif GONE in (before, after):
        is_up = reason in UPWARDS
    else:
        is_up = ranks[before] < ranks[after]
    return UP if is_up else DOWN


def _name(tier: Tier) -> str:
    return f"tier_{tier.rank}"


REPORT = Report(
    "tiers",
    _("Who stands on which tier?"),
    _(
        "A line says how many members stood on each tier when its month was over, and how many "
        "moves up and down there were in it; whoever moved twice counts twice. A member counts "
        "from joining until they leave. Members who were merged count as the one that they are "
        "now, with the steps of the account that goes on."
    ),
    table,
    rolled_up=False,
    segmented=False,
)
