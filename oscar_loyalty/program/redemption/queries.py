"""Reads of holds and of what points cannot pay for."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Sum

from oscar_loyalty import bulk
from oscar_loyalty.program.ledger.policy import UNRESTRAINED, Restraint
from oscar_loyalty.program.redemption.models import ExcludedRange, Hold
from oscar_loyalty.program.redemption.policy import Limits, Spending
from oscar_loyalty.program.terms.policy import Terms

_MEMO = "_loyalty_wanted"


@dataclass(frozen=True)
class Wanted:
    """
    What a basket's owner wants to spend: `points` as chosen, `covered` as the account allows.

    `agreed` is what the payment that began last was told.
    """

    account_id: int
    points: int
    covered: int
    restraint: Restraint = UNRESTRAINED
    agreed: Spending | None = None


def wanted_for(basket: Any) -> Wanted | None:
    """
    The points that are kept for a basket, remembered on it for as long as the request holds it.

    One query however many offers and tags ask, and none for a guest's basket.
    """
    if basket.owner_id is None or basket.pk is None:
        return None
    if not hasattr(basket, _MEMO):
        setattr(basket, _MEMO, wanted_of(basket.pk))
    remembered: Wanted | None = getattr(basket, _MEMO)
    return remembered


def seen_for(basket: Any) -> Wanted | None:
    """What the basket's offers have read of the points kept for it; never asks the database."""
    seen: Wanted | None = getattr(basket, _MEMO, None)
    return seen


def forget_wanted(basket: Any) -> None:
    """Read the points that are kept for a basket anew when they are asked for again."""
    if hasattr(basket, _MEMO):
        delattr(basket, _MEMO)


def wanted_of(basket_id: int) -> Wanted | None:
    """The points that are kept for the basket with this number; None when there are none."""
    hold = Hold.objects.filter(basket_id=basket_id, state=Hold.State.OPEN)
    row = hold.select_related("account").first()
    if row is None:
        return None
    account = row.account
    # An order that was cancelled meanwhile may have taken points that were kept here.
    short = max(account.held + account.pending - account.balance, 0)
    covered = max(row.points - short, 0)
    return Wanted(account.pk, row.points, covered, account.restraint, _agreed(row))


def limits_of(terms: Terms, coin: Decimal = Decimal("0.01")) -> Limits:
    """What `terms` allow where `coin` is the least amount that can be paid."""
    return Limits(
        terms.value_points,
        terms.value_amount,
        terms.redeem_minimum,
        terms.redeem_step,
        terms.redeem_share,
        coin,
    )


def keeper_of(basket_id: int) -> int | None:
    """The account that keeps points for a basket."""
    holds = Hold.objects.filter(basket_id=basket_id, state=Hold.State.OPEN)
    return holds.values_list("account_id", flat=True).first()


def agreed_for(basket_id: int) -> Spending | None:
    """What the payment of a basket was told that points pay; None where none has begun."""
    hold = Hold.objects.filter(basket_id=basket_id, state=Hold.State.OPEN).first()
    return _agreed(hold) if hold else None


def excluded_ranges() -> set[int]:
    """The ranges that points cannot pay for."""
    return set(ExcludedRange.objects.values_list("range_id", flat=True))


def open_baskets(*, account_id: int | None = None) -> list[int]:
    """Baskets that points are kept for, of one account or all."""
    holds = Hold.objects.filter(state=Hold.State.OPEN).order_by("pk")
    if account_id is not None:
        holds = holds.filter(account_id=account_id)
    return list(holds.values_list("basket_id", flat=True))


def expired(*, at: datetime) -> Iterator[int]:
    """Baskets whose points were kept for as long as was promised."""
    holds = Hold.objects.filter(state=Hold.State.OPEN, expires_at__lte=at).order_by("expires_at")
    return holds.values_list("basket_id", flat=True).iterator()


def spending_on(order_numbers: Sequence[str]) -> dict[str, Hold]:
    """The points spent on each of the orders."""
    return {hold.order_number: hold for hold in Hold.objects.filter(order_number__in=order_numbers)}


def unspent(orders: QuerySet) -> QuerySet:
    """Those of the shop's orders that no points were spent on."""
    # Every order has a number; the database is told so because its index leaves out those without.
    holds = Hold.objects.filter(order_number=OuterRef("number")).exclude(order_number="")
    return orders.filter(~Exists(holds))


def order_numbers(*, account_id: int | None = None) -> Iterator[str]:
    """Numbers of all orders that points were spent on."""
    holds = Hold.objects.exclude(order_number="")
    if account_id is not None:
        holds = holds.filter(account_id=account_id)
    return holds.order_by("pk").values_list("order_number", flat=True).iterator()


def with_returns(order_numbers: QuerySet) -> QuerySet:
    """Those of a subquery of numbers that points were returned from."""
    holds = Hold.objects.filter(order_number__in=order_numbers, returned__gt=0)
    return holds.values_list("order_number", flat=True)


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """What was kept for baskets of these accounts, and spent."""
    return {"holds": bulk.rows_in(Hold.objects.filter(account_id__in=account_ids))}


def kept_by(*, account_id: int | None = None) -> dict[int, int]:
    """What open holds keep of each account."""
    holds = Hold.objects.filter(state=Hold.State.OPEN)
    if account_id is not None:
        holds = holds.filter(account_id=account_id)
    sums = holds.order_by().values("account_id").annotate(points=Sum("points"))
    return dict(sums.values_list("account_id", "points"))


def _agreed(hold: Hold) -> Spending | None:
    if hold.agreed_points is None or hold.agreed_amount is None:
        return None
    return Spending(hold.agreed_points, hold.agreed_amount)
