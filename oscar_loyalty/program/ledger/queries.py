"""Reads of the books, and their audit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    BooleanField,
    Case,
    Count,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Concat, Greatest, RowNumber, TruncDate

from oscar_loyalty.program.ledger.models import Account, Draw, Entry, Lot
from oscar_loyalty.program.ledger.policy import Cause, OpenLot, digest


@dataclass(frozen=True)
class Balance:
    """What a member has, in points."""

    account_id: int
    balance: int
    pending: int
    held: int
    spendable: int


def account_of(user_id: int | None) -> int | None:
    """The id of the customer's account."""
    return _of(user_id).values_list("pk", flat=True).first()


def balance_of(user_id: int | None) -> Balance | None:
    """What the customer has; None for one who is no member."""
    account = _of(user_id).first()
    if account is None:
        return None
    return Balance(account.pk, account.balance, account.pending, account.held, account.spendable)


def accounts_of(user_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Account id and balance of those customers who are members."""
    rows = Account.objects.filter(user_id__in=user_ids)
    return {
        user: (pk, balance) for user, pk, balance in rows.values_list("user_id", "pk", "balance")
    }


def is_account(account_id: int) -> bool:
    """Whether there is such an account."""
    return Account.objects.filter(pk=account_id).exists()


def account_ids(*, account_id: int | None = None) -> Iterator[int]:
    """Every account, or the one."""
    accounts = Account.objects.filter(**({"pk": account_id} if account_id else {}))
    return accounts.order_by("pk").values_list("pk", flat=True).iterator()


def is_posted(key: str) -> bool:
    """Whether a cause is in the books."""
    return Entry.objects.filter(key=key).exists()


def movements_of(account_id: int, order_number: str) -> tuple[int, int]:
    """Points taken back from and given for an order, both positive."""
    sums = Entry.objects.filter(account_id=account_id, order_number=order_number).aggregate(
        taken=Coalesce(Sum("points", filter=Q(points__lt=0)), 0),
        given=Coalesce(Sum("points", filter=Q(points__gt=0)), 0),
    )
    return -sums["taken"], sums["given"]


def carried_by(order_numbers: Sequence[str]) -> dict[str, int]:
    """What the books say that each of these orders carries."""
    rows = Entry.objects.filter(order_number__in=order_numbers).order_by().values("order_number")
    return dict(rows.annotate(points=Sum("points")).values_list("order_number", "points"))


def first_lots(order_numbers: Sequence[str]) -> dict[str, tuple[datetime | None, bool]]:
    """Of what these orders earned at first: the day it becomes spendable, and whether it waits."""
    lots = Lot.objects.filter(entry__key__in=[f"earn:{number}" for number in order_numbers])
    rows = lots.values_list("entry__order_number", "available_at", "pending")
    return {number: (available_at, pending) for number, available_at, pending in rows}


def order_numbers(*, account_id: int | None = None) -> Iterator[str]:
    """Numbers of all orders in the books."""
    entries = Entry.objects.filter(kind=Entry.Kind.EARN)
    if account_id:
        entries = entries.filter(account_id=account_id)
    return entries.order_by("pk").values_list("order_number", flat=True).iterator()


def open_lots(account_id: int, *, first: str = "") -> Iterator[OpenLot]:
    """Open lots in the order they pay: those of order `first`, then spendable before pending."""
    own = Case(
        When(~Q(entry__order_number="") & Q(entry__order_number=first), then=Value(False)),
        default=Value(True),
        output_field=BooleanField(),
    )
    lots = Lot.objects.filter(account_id=account_id, open=True).order_by(
        own, "pending", F("expires_at").asc(nulls_last=True), "pk"
    )
    for row in lots.values_list("pk", "remaining", "pending").iterator(chunk_size=100):
        yield OpenLot(*row)


def history(account_id: int, *, before: int | None = None) -> QuerySet[Entry]:
    """Entries of an account, newest first, those before a number when one is given."""
    entries = Entry.objects.filter(account_id=account_id).order_by("-seq")
    return entries.filter(seq__lt=before) if before else entries


def pending_by_day(account_id: int, time_zone: str, *, limit: int) -> list[tuple[date | None, int]]:
    """Points that cannot be spent yet, by the day they become so; None waits for a status."""
    lots = Lot.objects.filter(account_id=account_id, pending=True, open=True)
    day = TruncDate("available_at", tzinfo=ZoneInfo(time_zone))
    days = lots.order_by().annotate(day=day).values("day").annotate(points=Sum("remaining"))
    soonest = days.order_by(F("day").asc(nulls_last=True))
    return list(soonest.values_list("day", "points")[:limit])


def accounts_with_due_lots(at: datetime, *, limit: int) -> list[int]:
    """Accounts with pending lots whose day has come."""
    due = Lot.objects.filter(pending=True, available_at__lte=at)
    return list(due.order_by("account_id").values_list("account_id", flat=True).distinct()[:limit])


def members_and_points() -> tuple[int, int]:
    """How many members there are, and the points they own; one in debt owns none."""
    owned = Coalesce(Sum("balance", filter=Q(balance__gt=0)), 0)
    totals = Account.objects.aggregate(members=Count("pk"), points=owned)
    return totals["members"], totals["points"]


@dataclass(frozen=True)
class Violation:
    """Something in the books that cannot be right; `rule` is the invariant's name."""

    rule: str
    account_id: int | None
    detail: str


def violations(*, at: datetime, account_id: int | None = None) -> Iterator[Violation]:
    """Audit the books, of one account or all, each rule by a statement of the database's own."""
    of_one = {"account_id": account_id} if account_id else {}
    accounts = Account.objects.filter(**({"pk": account_id} if account_id else {}))
    entries = Entry.objects.filter(**of_one)
    lots = Lot.objects.filter(**of_one)
    return chain(
        _account_violations(accounts),
        _entry_violations(entries),
        _lot_violations(lots, at),
        _debit_violations(entries),
        _order_violations(entries),
        _digest_violations(entries),
    )


def _account_violations(accounts: QuerySet[Account]) -> Iterator[Violation]:
    entries, lots = Entry.objects.all(), Lot.objects.filter(open=True)
    audited = accounts.annotate(
        posted=_total(entries, "account", Sum("points")),
        counted=_total(entries, "account", Count("pk")),
        left=_total(lots, "account", Sum("remaining")),
        waiting=_total(lots.filter(pending=True), "account", Sum("remaining")),
    )
    rules = {
        "balance is the sum of the entries": ~Q(posted=F("balance")),
        "seq counts the entries": ~Q(counted=F("seq")),
        "open lots hold the balance": ~Q(left=Greatest(F("balance"), 0)),
        "pending is what pending lots hold": ~Q(waiting=F("pending")),
        # Nothing can hold points yet: a hold without a checkout is somebody's mistake.
        "held is the sum of the holds": ~Q(held=0),
    }
    for rule, broken in rules.items():
        for account in audited.filter(broken).iterator():
            yield Violation(rule, account.pk, _figures(account))


def _figures(account: Any) -> str:
    return (
        f"balance {account.balance}, pending {account.pending}, held {account.held}, "
        f"seq {account.seq}; entries {account.counted} with {account.posted}, "
        f"lots with {account.left}, pending {account.waiting}"
    )


def _entry_violations(entries: QuerySet[Entry]) -> Iterator[Violation]:
    by_seq = {"partition_by": "account_id", "order_by": "seq"}
    numbered = entries.annotate(
        number=Window(RowNumber(), **by_seq), running=Window(Sum("points"), **by_seq)
    )
    for entry in numbered.exclude(number=F("seq")).iterator():
        yield Violation("entries are numbered without a gap", entry.account_id, str(entry))
    for entry in numbered.exclude(running=F("balance_after")).iterator():
        yield Violation("balance after is the running sum", entry.account_id, str(entry))
    right_sign = (
        Q(kind__in=Entry.CREDITS, points__gt=0)
        | Q(kind=Entry.Kind.CLAWBACK, points__lt=0)
        | (Q(kind=Entry.Kind.ADJUST) & ~Q(points=0))
    )
    for entry in entries.exclude(right_sign).iterator():
        yield Violation("the sign goes with the kind", entry.account_id, str(entry))
    right_key = Q(key__startswith=Concat(F("kind"), Value(":")))
    of_an_order = Q(kind__in=Entry.OF_AN_ORDER)
    prefix = Concat(F("kind"), Value(":"), F("order_number"))
    right_order = (
        Q(kind=Entry.Kind.EARN, key=prefix)
        | (of_an_order & Q(key__startswith=Concat(prefix, Value(":"))))
        | (~of_an_order & Q(order_number=""))
    )
    for entry in entries.exclude(right_key & right_order).iterator():
        yield Violation("the key names kind and order", entry.account_id, str(entry))


def _lot_violations(lots: QuerySet[Lot], at: datetime) -> Iterator[Violation]:
    drawn = _total(Draw.objects.all(), "lot", Sum("points"))
    audited = lots.annotate(drawn=drawn).select_related("entry")
    rules = {
        "a lot lost what was drawn": ~Q(drawn=F("points") - F("debt_paid") - F("remaining")),
        "a lot is its entry's": ~Q(account_id=F("entry__account_id"), points=F("entry__points")),
        "open means that something remains": ~Q(open=Q(remaining__gt=0)),
        "what remains is between none and all": Q(remaining__lt=0)
        | Q(remaining__gt=F("points") - F("debt_paid")),
        "nothing is spendable before its day": Q(pending=False, available_at__gt=at),
    }
    for rule, broken in rules.items():
        for lot in audited.filter(broken).iterator():
            yield Violation(rule, lot.account_id, f"{lot.entry.key}: {lot}")


def _debit_violations(entries: QuerySet[Entry]) -> Iterator[Violation]:
    """Every debit came from lots or made a debt; every credit made a lot or paid one."""
    before = F("balance_after") - F("points")
    debt_made = Greatest(-F("balance_after"), 0) - Greatest(-before, 0)
    drawn = _total(Draw.objects.all(), "entry", Sum("points"))
    audited = entries.annotate(drawn=drawn, debt_made=debt_made)
    for entry in (
        audited.filter(points__lt=0).exclude(drawn=-F("points") - F("debt_made")).iterator()
    ):
        yield Violation("a debit is drawn or owed", entry.account_id, str(entry))
    lotless = audited.filter(points__gt=0).exclude(lot__debt_paid=-F("debt_made"), drawn=0)
    for entry in lotless.iterator():
        yield Violation("a credit makes a lot and pays debt first", entry.account_id, str(entry))
    elsewhere = Draw.objects.filter(entry__in=entries).exclude(lot__account=F("entry__account"))
    for draw in elsewhere.select_related("entry").iterator():
        yield Violation("draws stay in their account", draw.entry.account_id, str(draw.entry))


def _order_violations(entries: QuerySet[Entry]) -> Iterator[Violation]:
    earned = Sum("points", filter=Q(kind=Entry.Kind.EARN), default=0)
    orders = (
        entries.exclude(order_number="")
        .order_by()
        .values("account_id", "order_number")
        .annotate(carried=Sum("points"), earned=earned)
    )
    for order in orders.filter(Q(carried__lt=0) | Q(carried__gt=F("earned"))).iterator():
        yield Violation(
            "an order gives back at most what it earned",
            order["account_id"],
            f"order {order['order_number']} carries {order['carried']} of {order['earned']}",
        )


def _digest_violations(entries: QuerySet[Entry]) -> Iterator[Violation]:
    for entry in entries.select_related("lot").iterator(chunk_size=2000):
        lot = getattr(entry, "lot", None)
        cause = Cause(
            entry.kind,
            entry.key,
            order_number=entry.order_number,
            reason=entry.reason,
            note=entry.note,
            actor=entry.actor,
        )
        said = digest(
            entry.account_id,
            entry.points,
            cause,
            at=entry.posted_at,
            available_at=lot.available_at if lot else None,
            expires_at=lot.expires_at if lot else None,
        )
        if said != entry.digest:
            yield Violation("an entry says what was posted", entry.account_id, str(entry))


def _of(user_id: int | None) -> QuerySet[Account]:
    """The customer's account; that of a deleted customer is nobody's, not that of None."""
    accounts = Account.objects.all()
    return accounts.none() if user_id is None else accounts.filter(user_id=user_id)


def _total(rows: QuerySet[Any], owner: str, figure: Any) -> Coalesce:
    """The figure over rows of an outer row; a subquery, for joins would multiply each other."""
    owned = rows.filter(**{owner: OuterRef("pk")}).order_by().values(owner)
    return Coalesce(Subquery(owned.annotate(total=figure).values("total")), 0)
