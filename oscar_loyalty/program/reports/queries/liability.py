"""What the points that members hold are worth, and what of it will probably never be asked for."""

from collections import Counter
from collections.abc import Collection
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.program.ledger.models import Account, Draw, Entry, Lot
from oscar_loyalty.program.reports.policy import breakage
from oscar_loyalty.program.reports.policy.breakage import Cohort
from oscar_loyalty.program.reports.policy.periods import first_day, month_of
from oscar_loyalty.program.reports.policy.tables import Chart, Column, Report, Scope, Table
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import sales

Kind = Entry.Kind
#: Points that come in; what returns, or moves to another account, has been earned before.
EARNED = (Kind.EARN, Kind.BONUS, Kind.RESTORE, Kind.ADJUST)
#: They had never been earned.
TAKEN_BACK = (Kind.CLAWBACK, Kind.ADJUST)
NONE = Cohort()

COLUMNS = (
    Column("month", gettext_lazy("Earned in"), "month"),
    Column("earned", gettext_lazy("Points earned")),
    Column("expired", gettext_lazy("Of these, expired")),
    Column("outstanding", gettext_lazy("Points outstanding")),
    Column("worth", gettext_lazy("Worth"), "money"),
    Column("breakage", gettext_lazy("Expected to expire"), "money"),
    Column("liability", gettext_lazy("Expected to be spent"), "money"),
)


def table(scope: Scope) -> Table:
    abandoned = _cohorts(scope, account__in=_of_nobody(scope))
    found = {month: one - abandoned.get(month, NONE) for month, one in _cohorts(scope).items()}
    start, nobodys = month_of(scope.period.first), sum(abandoned.values(), NONE)
    rate, terms = breakage.rate(found.values()), terms_queries.written()
    worth = terms.value if terms else None
    rows = [
        {"month": first_day(month), **_row([found[month]], rate, worth)}
        for month in sorted(found)
        if month >= start and found[month] != NONE
    ]
    earlier = [cohort for month, cohort in found.items() if month < start and cohort != NONE]
    if earlier:
        rows.insert(0, {"month": _("Earlier"), **_row(earlier, rate, worth)})
    total = _row(found.values(), rate, worth)
    if nobodys != NONE:
        # Nobody can ever spend them: they are in the books, and nothing that the shop owes.
        nothing = dict.fromkeys(("worth", "breakage", "liability"), worth and Fraction(0))
        rows.append({"month": _("Of nobody any more"), **_points(nobodys), **nothing})
        total |= _points(sum(found.values(), nobodys))
    series = ("liability", "breakage") if rate is not None else ("worth",)
    return Table(COLUMNS, rows, total, Chart("stacked", "month", series), _learned(rate))


def _of_nobody(scope: Scope) -> QuerySet[Account]:
    """
    Accounts whose owners had gone when the period was over, with those that were merged into them.

    Whoever was merged into an account and is still there spends what it has.
    """
    gone = Q(nameless_since__lt=scope.ends_at)
    there = Account.objects.filter(~gone, merged_into=OuterRef("pk"))
    alone = Account.objects.filter(gone, ~Exists(there), merged_into=None)
    return Account.objects.filter(Q(pk__in=alone) | Q(merged_into__in=alone))


def _cohorts(scope: Scope, **whose: Any) -> dict[int, Cohort]:
    """What was earned in each month, and what had become of it when the period was over."""
    earned, expired, outstanding = Counter[int](), Counter[int](), Counter[int]()
    zone, posted = scope.basis.time_zone, {"entry__posted_at__lt": scope.ends_at}
    lots = Lot.objects.filter(**posted, **whose).annotate(month=sales.month_of("earned_at", zone))
    came = (
        lots.order_by()
        .values("month")
        .annotate(
            new=Sum("points", filter=Q(entry__kind__in=EARNED)),
            # A debt swallowed the others as they came.
            kept=Sum(F("points") - F("debt_paid")),
        )
    )
    for month, new, kept in came.values_list("month", "new", "kept"):
        earned[month] += new or 0
        outstanding[month] += kept
    draws = Draw.objects.filter(**posted, **{f"lot__{name}": who for name, who in whose.items()})
    draws = draws.annotate(month=sales.month_of("lot__earned_at", zone))
    went = (
        draws.order_by()
        .values("month")
        .annotate(
            drawn=Sum("points"),
            lapsed=Sum("points", filter=Q(entry__kind=Kind.EXPIRE)),
            back=Sum("points", filter=Q(entry__kind__in=TAKEN_BACK)),
        )
    )
    for month, drawn, lapsed, back in went.values_list("month", "drawn", "lapsed", "back"):
        earned[month] -= back or 0
        expired[month] += lapsed or 0
        outstanding[month] -= drawn
    return {
        month: Cohort(earned[month], expired[month], outstanding[month]) for month in outstanding
    }


def _points(cohort: Cohort) -> dict[str, Any]:
    return {
        "earned": cohort.earned,
        "expired": cohort.expired,
        "outstanding": cohort.outstanding,
    }


def _row(
    cohorts: Collection[Cohort], rate: Fraction | None, worth: Fraction | None
) -> dict[str, Any]:
    """What is known of these; without a programme there is no worth."""
    whole = sum(cohorts, NONE)
    lost = None if rate is None else sum(breakage.of(cohort, rate) for cohort in cohorts)

    def priced(points: int | Fraction) -> Fraction | None:
        return None if worth is None else points * worth

    return {
        **_points(whole),
        "worth": priced(whole.outstanding),
        "breakage": None if lost is None else priced(lost),
        "liability": None if lost is None else priced(whole.outstanding - lost),
    }


def _learned(rate: Fraction | None) -> str:
    if rate is None:
        return _("No month is settled yet, so that nothing can be said of what will expire.")
    return _("Of the points of settled months %(share)s %% expired.") % {
        "share": number_format(round(Decimal(rate.numerator * 100) / rate.denominator, 1))
    }


REPORT = Report(
    "liability",
    gettext_lazy("What are the points of members worth?"),
    gettext_lazy(
        "Outstanding are the points that members had when the time was over, also those that "
        "cannot be spent yet; what members owe is not set against them. They are worth what the "
        "programme gives for a point today. A line is about the points earned in its month, less "
        "what was taken back; spent points that returned belong to the month in which they were "
        "earned. What will expire is expected by older months: one is settled when no more than "
        "one in twenty of its points is outstanding. The part of the points of all settled months "
        "that expired unspent, less what has expired already, is expected to expire of every "
        "other, but never more than is outstanding. Points of members who have deleted their "
        "profiles stay in the books until they expire; nobody can spend them, so they are worth "
        "nothing, and stand in a line of their own with all that had become of the others of these "
        "members."
    ),
    table,
    rolled_up=False,
    segmented=False,
)
