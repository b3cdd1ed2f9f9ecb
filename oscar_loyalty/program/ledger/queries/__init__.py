"""Reads of the books, and their audit."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, Case, Count, Max, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from oscar_loyalty import bulk
from oscar_loyalty.program.ledger.models import Account, Draw, Entry, Lot
from oscar_loyalty.program.ledger.policy import (
    Life,
    Movement,
    OpenLot,
    Restraint,
    earn_key,
    merge_key,
)
from oscar_loyalty.program.ledger.queries.audit import Violation, violations
from oscar_loyalty.program.ledger.queries.lapsing import (
    SOONEST_FIRST,
    Lapsing,
    LotDay,
    accounts_with_lapsed,
    arrived_since,
    lapsed_draws,
    lapsed_lots,
    last_moved_at,
    lots_by_day,
    moved_since,
    not_warned,
    overdue,
    spendable_before,
    warned,
)
from oscar_loyalty.program.ledger.queries.members import (
    at_liberty,
    at_liberty_after,
    open_accounts_of,
    owned_among,
    owners_of,
)

__all__ = [
    "Lapsing",
    "LotDay",
    "Violation",
    "accounts_with_lapsed",
    "arrived_since",
    "at_liberty",
    "at_liberty_after",
    "lapsed_draws",
    "lapsed_lots",
    "last_moved_at",
    "lots_by_day",
    "moved_since",
    "not_warned",
    "open_accounts_of",
    "overdue",
    "owned_among",
    "owners_of",
    "spendable_before",
    "violations",
    "warned",
]


#: The account that counts: of one that was merged, the one it was merged into.
_CURRENT = Coalesce("merged_into_id", "pk")


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
    return _of(user_id).values_list(_CURRENT, flat=True).first()


def balance_of(user_id: int | None) -> Balance | None:
    """What the customer has; None for one who is no member."""
    joined = _of(user_id).select_related("merged_into").first()
    if joined is None:
        return None
    account = joined.merged_into or joined
    return Balance(account.pk, account.balance, account.pending, account.held, account.spendable)


def belonging_to(user_id: int) -> QuerySet[Account]:
    """The id of the customer's account, as a subquery."""
    return Account.objects.filter(user_id=user_id).values(current=_CURRENT)


def accounts_of(user_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Account id and balance of those customers who are members."""
    balance = Coalesce("merged_into__balance", "balance")
    rows = Account.objects.filter(user_id__in=user_ids)
    return {
        user: (pk, points) for user, pk, points in rows.values_list("user_id", _CURRENT, balance)
    }


def family_of(account_id: int) -> list[int]:
    """The account with all that were merged into it, or with the one that it was merged into."""
    current = Account.objects.filter(pk=account_id).values(current=_CURRENT)
    family = Account.objects.filter(Q(pk__in=current) | Q(merged_into__in=current))
    return list(family.order_by("pk").values_list("pk", flat=True))


def joined_as(user_id: int) -> int | None:
    """The account that the customer joined with, whether it was merged since or not."""
    return Account.objects.filter(user_id=user_id).values_list("pk", flat=True).first()


def is_closed(account_id: int) -> bool:
    """Whether the account was merged into another."""
    return Account.objects.filter(pk=account_id, merged_into__isnull=False).exists()


def restraint_of(account_id: int) -> Restraint:
    """What keeps the account's owner from spending points."""
    return Account.objects.get(pk=account_id).restraint


def numbered(public_id: UUID) -> int | None:
    """The account with this member number."""
    return Account.objects.filter(public_id=public_id).values_list("pk", flat=True).first()


def current_of(public_id: UUID) -> int | None:
    """The account with this member number, or the one that it was merged into."""
    accounts = Account.objects.filter(public_id=public_id)
    return accounts.values_list(_CURRENT, flat=True).first()


def open_account_of(account_id: int) -> int:
    """The account itself, or the one that it was merged into."""
    return Account.objects.values_list(_CURRENT, flat=True).get(pk=account_id)


def public_id_of(account_id: int) -> UUID:
    """The number by which the member may be named to others."""
    return Account.objects.values_list("public_id", flat=True).get(pk=account_id)


def owner_of(account_id: int) -> int | None:
    """The customer whose account it is; None for a former customer's."""
    return Account.objects.values_list("user_id", flat=True).get(pk=account_id)


def owners() -> QuerySet[Account]:
    """The `user_id` of everybody who has an account."""
    return Account.objects.filter(user__isnull=False).values("user_id")


def left_with_words() -> list[int]:
    """Accounts of former customers about whom words may still be there."""
    left = Account.objects.filter(user=None, nameless_since=None)
    return list(left.order_by("pk").values_list("pk", flat=True))


def is_account(account_id: int) -> bool:
    """Whether there is such an account."""
    return Account.objects.filter(pk=account_id).exists()


def account_ids(*, account_id: int | None = None) -> Iterator[int]:
    """Every account that is open, or the one if it is."""
    accounts = Account.objects.filter(
        merged_into__isnull=True, **({"pk": account_id} if account_id else {})
    )
    return accounts.order_by("pk").values_list("pk", flat=True).iterator()


def held_by(*, account_id: int | None = None) -> dict[int, int]:
    """What is held of each account that something is held of."""
    accounts = Account.objects.exclude(held=0)
    if account_id is not None:
        accounts = accounts.filter(pk=account_id)
    return dict(accounts.values_list("pk", "held"))


def owes(account_id: int) -> bool:
    """Whether the account is in debt."""
    return Account.objects.filter(pk=account_id, balance__lt=0).exists()


def debt_of(account_id: int) -> int:
    """The points that the account owes."""
    return max(-Account.objects.values_list("balance", flat=True).get(pk=account_id), 0)


def is_posted(key: str) -> bool:
    """Whether a cause is in the books."""
    return Entry.objects.filter(key=key).exists()


def points_given(key: str) -> int:
    """The points that were posted for a cause; 0 for none."""
    return Entry.objects.filter(key=key).values_list("points", flat=True).first() or 0


def movements_of(order_number: str) -> tuple[int, int]:
    """Points taken back from and given for an order, both positive, whoever's it was first."""
    earned = Entry.objects.filter(kind__in=Entry.EARNED)
    sums = earned.filter(order_number=order_number).aggregate(
        taken=Coalesce(Sum("points", filter=Q(points__lt=0)), 0),
        given=Coalesce(Sum("points", filter=Q(points__gt=0)), 0),
    )
    return -sums["taken"], sums["given"]


def expired_of(order_number: str) -> int:
    """Points that an order gave and that have expired, in whatever account."""
    earned = Entry.objects.filter(
        order_number=order_number, kind__in=[*Entry.EARNED, Entry.Kind.MERGE]
    )
    lost = Draw.objects.filter(entry__kind=Entry.Kind.EXPIRE, lot__entry__in=earned)
    return lost.aggregate(points=Coalesce(Sum("points"), 0))["points"]


def expired_of_causes(keys: Collection[str]) -> int:
    """Points that these causes gave and that have expired, in whatever account."""
    wanted = list(keys)
    for key in wanted:
        # What was merged went on in a lot of its own: the list grows while it is read.
        for account_id, seq in Entry.objects.filter(key=key).values_list("account_id", "seq"):
            wanted.append(merge_key(account_id, seq))
    lost = Draw.objects.filter(entry__kind=Entry.Kind.EXPIRE, lot__entry__key__in=wanted)
    return lost.aggregate(points=Coalesce(Sum("points"), 0))["points"]


def posted(keys: Collection[str]) -> dict[str, int]:
    """The points of those of the causes that are in the books."""
    return dict(Entry.objects.filter(key__in=keys).values_list("key", "points"))


def posted_like(prefix: str, *, account_id: int | None = None) -> Iterator[str]:
    """Keys of all entries that begin so, of one account or all."""
    entries = Entry.objects.filter(key__startswith=prefix)
    entries = entries.filter(account_id=account_id) if account_id else entries
    return entries.order_by("pk").values_list("key", flat=True).iterator()


def matured_at(order_number: str) -> datetime | None:
    """Since when the last of the points that an order gave could be spent, where that is known."""
    earned = Entry.objects.filter(
        order_number=order_number, kind__in=[*Entry.EARNED, Entry.Kind.MERGE]
    )
    return Lot.objects.filter(entry__in=earned).aggregate(at=Max("matured_at"))["at"]


def returned_to(order_number: str) -> tuple[int, int]:
    """Points returned from an order, and those of them that were taken again, both positive."""
    entries = Entry.objects.filter(order_number=order_number)
    sums = entries.aggregate(
        returned=Coalesce(Sum("points", filter=Q(kind=Entry.Kind.RETURN)), 0),
        again=Coalesce(Sum("points", filter=Q(kind=Entry.Kind.RETAKE)), 0),
    )
    return sums["returned"], -sums["again"]


def spending_of(order_number: str) -> Iterator[Movement]:
    """What was spent on an order and returned from it, oldest first."""
    entries = Entry.objects.filter(order_number=order_number, kind__in=Entry.SPENT)
    for entry in entries.order_by("pk").prefetch_related("draws__lot"):
        drawn = tuple((_life(draw.lot), draw.points) for draw in entry.draws.all())
        owed = max(-entry.points - sum(points for _life, points in drawn), 0)
        yield Movement(max(entry.points, 0), drawn, owed)


def spent_by(order_numbers: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """
    What the books say was spent on each of these orders: account, points, and those returned.

    The account is the one whose order it is now, wherever it was spent from.
    """
    entries = Entry.objects.filter(kind__in=Entry.SPENT, order_number__in=order_numbers)
    rows = (
        entries.order_by()
        .values("order_number")
        .annotate(
            owner=Max(Coalesce("account__merged_into_id", "account_id")),
            spent=-Coalesce(Sum("points", filter=Q(kind=Entry.Kind.REDEEM)), 0),
            returned=Coalesce(Sum("points", filter=~Q(kind=Entry.Kind.REDEEM)), 0),
        )
    )
    return {row["order_number"]: (row["owner"], row["spent"], row["returned"]) for row in rows}


def carried_by(order_numbers: Sequence[str]) -> dict[str, int]:
    """What the books say that each of these orders carries."""
    earned = Entry.objects.filter(kind__in=Entry.EARNED, order_number__in=order_numbers)
    rows = earned.order_by().values("order_number")
    return dict(rows.annotate(points=Sum("points")).values_list("order_number", "points"))


def first_lots(order_numbers: Sequence[str]) -> dict[str, tuple[datetime | None, bool]]:
    """Of what these orders earned at first: the day it becomes spendable, and whether it waits."""
    lots = Lot.objects.filter(entry__key__in=[earn_key(number) for number in order_numbers])
    rows = lots.values_list("entry__order_number", "available_at", "pending")
    return {number: (available_at, pending) for number, available_at, pending in rows}


def order_numbers(*, account_id: int | None = None, kind: str = Entry.Kind.EARN) -> Iterator[str]:
    """Numbers of all orders that have an entry of this kind in the books."""
    entries = Entry.objects.filter(kind=kind)
    if account_id:
        entries = entries.filter(account_id=account_id)
    return entries.order_by("pk").values_list("order_number", flat=True).iterator()


def open_lots(
    account_id: int, *, first: str = "", kinds: Collection[str] = Entry.EARNED
) -> Iterator[OpenLot]:
    """
    Open lots in the order they pay: those of order `first`, then spendable before pending.

    Of that order, the lots that entries of these `kinds` made.
    """
    of_order = ~Q(entry__order_number="") & Q(entry__order_number=first, entry__kind__in=kinds)
    own = Case(
        When(of_order, then=Value(False)),
        default=Value(True),
        output_field=BooleanField(),
    )
    lots = Lot.objects.filter(account_id=account_id, open=True).order_by(
        own, "pending", *SOONEST_FIRST
    )
    for row in lots.values_list("pk", "remaining", "pending").iterator(chunk_size=100):
        yield OpenLot(*row)


def lots_to_move(account_id: int) -> QuerySet[Lot]:
    """The open lots of an account with the entries they came in with, in the order they pay."""
    lots = Lot.objects.filter(account_id=account_id, open=True).select_related("entry")
    return lots.order_by("pending", *SOONEST_FIRST)


def waiting_for(order_number: str) -> list[int]:
    """Accounts with points of the order that wait: one may have been merged into another."""
    lots = Lot.objects.filter(entry__order_number=order_number, pending=True)
    return list(lots.order_by("account_id").values_list("account_id", flat=True).distinct())


def history(account_id: int, *, before: int | None = None) -> QuerySet[Entry]:
    """Entries of an account, newest first, those before a number when one is given."""
    entries = Entry.objects.filter(account_id=account_id).order_by("-seq")
    return entries.filter(seq__lt=before) if before else entries


def accounts_with_due_lots(at: datetime, *, after: int, limit: int) -> list[int]:
    """Accounts with pending lots whose day has come, in the order of their ids."""
    due = Lot.objects.filter(pending=True, available_at__lte=at, account_id__gt=after)
    return list(due.order_by("account_id").values_list("account_id", flat=True).distinct()[:limit])


def members_and_points() -> tuple[int, int]:
    """How many members there are, and the points they own; one in debt owns none."""
    owned = Coalesce(Sum("balance", filter=Q(balance__gt=0)), 0)
    members = Count("pk", filter=Q(merged_into__isnull=True))
    totals = Account.objects.aggregate(members=members, points=owned)
    return totals["members"], totals["points"]


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """All that the books hold about these accounts."""
    draws = Draw.objects.filter(entry__account_id__in=account_ids)
    return {
        "accounts": bulk.rows_in(Account.objects.filter(pk__in=account_ids)),
        "entries": bulk.rows_in(
            Entry.objects.filter(account_id__in=account_ids), without=("digest",)
        ),
        "lots": bulk.rows_in(Lot.objects.filter(account_id__in=account_ids)),
        "draws": bulk.rows_in(draws),
    }


def _life(lot: Lot) -> Life:
    return Life(lot.expires_at, lot.earned_at, None if lot.pending else lot.spendable_since)


def _of(user_id: int | None) -> QuerySet[Account]:
    """The account a customer joined with; that of a deleted one is nobody's, not that of None."""
    accounts = Account.objects.all()
    return accounts.none() if user_id is None else accounts.filter(user_id=user_id)
