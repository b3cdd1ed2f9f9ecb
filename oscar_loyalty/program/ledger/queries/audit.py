"""The audit of the books, each rule by a statement of the database's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import (
    CharField,
    Count,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, RowNumber

from oscar_loyalty.program.ledger.models import Account, Draw, Entry, Lot
from oscar_loyalty.program.ledger.policy import Cause, digest, merge_key


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
        _order_violations(account_id),
        _expiry_violations(entries),
        _merge_violations(accounts),
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
        | Q(kind__in=Entry.DEBITS, points__lt=0)
        | (Q(kind__in=Entry.EITHER) & ~Q(points=0))
    )
    for entry in entries.exclude(right_sign).iterator():
        yield Violation("the sign goes with the kind", entry.account_id, str(entry))
    right_key = Q(key__startswith=Concat(F("kind"), Value(":")))
    of_an_order = Q(kind__in=[*Entry.EARNED, *Entry.SPENT])
    prefix = Concat(F("kind"), Value(":"), F("order_number"))
    right_order = (
        Q(kind__in=[Entry.Kind.EARN, Entry.Kind.REDEEM], key=prefix)
        | (of_an_order & ~Q(kind=Entry.Kind.REDEEM) & Q(key__startswith=Concat(prefix, Value(":"))))
        | (~of_an_order & Q(order_number=""))
        # Points that come from a merged account keep the order that they were earned with.
        | Q(kind=Entry.Kind.MERGE)
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
        "nothing is earned after it came": Q(earned_at__gt=F("entry__posted_at")),
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


def _order_violations(account_id: int | None) -> Iterator[Violation]:
    """
    An order carries between none and all of what it earned, and owes what was spent on it.

    In whatever accounts: what one earned another gives back into which it was merged.
    """
    entries = Entry.objects.all()
    if account_id:
        entries = entries.filter(
            order_number__in=entries.filter(account_id=account_id).values("order_number")
        )
    limits = {
        "an order gives back at most what it earned": (Entry.EARNED, Entry.Kind.EARN, 1),
        "an order returns at most what was spent on it": (Entry.SPENT, Entry.Kind.REDEEM, -1),
    }
    for rule, (kinds, first, sign) in limits.items():
        orders = (
            entries.filter(kind__in=kinds)
            .order_by()
            .values("order_number")
            .annotate(
                owner=Max(Coalesce("account__merged_into_id", "account_id")),
                carried=sign * Sum("points"),
                at_first=sign * Sum("points", filter=Q(kind=first), default=0),
            )
        )
        for order in orders.filter(Q(carried__lt=0) | Q(carried__gt=F("at_first"))).iterator():
            detail = (
                f"order {order['order_number']} carries {order['carried']} of {order['at_first']}"
            )
            yield Violation(rule, order["owner"], detail)


def _expiry_violations(entries: QuerySet[Entry]) -> Iterator[Violation]:
    """An expiry is known by account and number, and took no more than the lots then had."""
    expiries = entries.filter(kind=Entry.Kind.EXPIRE)
    key = Concat(
        Value("expire:"), Cast("account_id", CharField()), Value(":"), Cast("seq", CharField())
    )
    for entry in expiries.exclude(key=key).iterator():
        yield Violation("an expiry is named by account and number", entry.account_id, str(entry))
    drawn = _total(Draw.objects.all(), "entry", Sum("points"))
    for entry in expiries.annotate(drawn=drawn).exclude(drawn=-F("points")).iterator():
        yield Violation("an expiry takes what lots had", entry.account_id, str(entry))
    early = Draw.objects.filter(entry__in=entries, lot__entry__seq__gte=F("entry__seq"))
    for draw in early.select_related("entry").iterator():
        yield Violation("nothing is drawn before it came", draw.entry.account_id, str(draw.entry))


def _merge_violations(accounts: QuerySet[Account]) -> Iterator[Violation]:
    """An account that was merged is empty, and all that was in it came to the other unchanged."""
    closed = accounts.filter(merged_into__isnull=False)
    for account in closed.filter(merged_into__merged_into__isnull=False).iterator():
        yield Violation("a merged account leads to an open one", account.pk, str(account.public_id))
    for account in closed.exclude(balance=0, held=0).iterator():
        yield Violation("a merged account is empty", account.pk, f"balance {account.balance}")
    merges = Entry.objects.filter(kind=Entry.Kind.MERGE, account__in=accounts)
    own = Concat(Value("merge:"), Cast("account_id", CharField()))
    for entry in merges.filter(key=own).select_related("account").iterator():
        if not _went_on(entry):
            yield Violation("what is merged goes on unchanged", entry.account_id, str(entry))
    for entry in merges.exclude(key=own).iterator():
        first = Entry.objects.filter(key=entry.key.rpartition(":")[0]).first()
        if first is None or entry.key not in _destined(first):
            yield Violation("what is merged comes from somewhere", entry.account_id, str(entry))


_TERMS = ("available_at", "expires_at", "earned_at")


def _went_on(emptied: Entry) -> bool:
    """Whether all that was emptied is in the other account: a lot for each lot, or the debt."""
    wanted = _destined(emptied)
    came = Entry.objects.filter(key__in=wanted, kind=Entry.Kind.MERGE)
    current = Coalesce("account__merged_into_id", "account_id")
    terms = [f"lot__{term}" for term in _TERMS]
    rows = came.values_list("key", current, "points", "order_number", *terms)
    return {key: tuple(said) for key, *said in rows} == wanted


def _destined(emptied: Entry) -> dict[str, tuple[Any, ...]]:
    """What must have come of it, by key: in whose account, points, order number and dates."""
    into = emptied.account.merged_into_id
    if emptied.points > 0:
        never = (None,) * len(_TERMS)
        return {merge_key(emptied.account_id, 0): (into, -emptied.points, "", *never)}
    terms = [f"lot__{term}" for term in _TERMS]
    came = [f"lot__entry__{name}" for name in ("seq", "kind", "order_number")]
    return {
        merge_key(emptied.account_id, seq): (
            into,
            points,
            Entry.order_when_merged(kind, number),
            *dates,
        )
        for seq, kind, number, points, *dates in emptied.draws.values_list(*came, "points", *terms)
    }


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
            earned_at=lot.earned_at if lot else None,
        )
        if said != entry.digest:
            yield Violation("an entry says what was posted", entry.account_id, str(entry))


def _total(rows: QuerySet[Any], owner: str, figure: Any) -> Coalesce:
    """The figure over rows of an outer row; a subquery, for joins would multiply each other."""
    owned = rows.filter(**{owner: OuterRef("pk")}).order_by().values(owner)
    return Coalesce(Subquery(owned.annotate(total=figure).values("total")), 0)
