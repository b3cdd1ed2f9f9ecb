"""Reads of flash sales and of their units."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from oscar_loyalty import bulk
from oscar_loyalty.guard import sheltered
from oscar_loyalty.program.campaigns.models import CampaignDraw, FlashSale, FlashSaleUnit
from oscar_loyalty.program.campaigns.policy import Sale, Share

_FIELDS = (
    "pk",
    "name",
    "active",
    "product_id",
    "range_id",
    "kind",
    "value",
    "currency",
    "starts_at",
    "ends_at",
    "tiers_only",
    "units",
    "per_customer",
    "payment_minutes",
    "offer_id",
    "hold_out",
)
_DISPLAYED = "oscar_loyalty.flash_sales"
_MEMO = "_loyalty_promised"

#: How long pages may show sales that have changed behind the admin's back.
DISPLAY_SECONDS = 60

State = FlashSaleUnit.State
#: What is a customer's, or is becoming theirs.
TAKEN = (State.CLAIMED, State.SOLD)
#: What the payment of a basket was told, and no order has.
PROMISED = Q(state__in=(State.CLAIMED, State.LAPSED), order_number="")

#: What comes off, by the offers of Oscar's that give the prices of the sales.
Promises = dict[int | None, list[Share]]


@dataclass(frozen=True)
class Stock:
    """A sale at this moment: so many units are free, and a customer `had` so many."""

    sale: Sale
    left: int
    had: int


def display_sales() -> tuple[Sale, ...]:
    """
    The sales that are not settled, as pages may show them: from the cache, at most a minute old.

    Pages get by without a query of ours where there are none; whoever decides asks `stock_of`.
    """
    cached: tuple[Sale, ...] | None = None
    # What an order depends on must not fail with the shop's cache.
    with suppress(Exception):
        cached = cache.get(_DISPLAYED)
    if cached is None:
        with sheltered():
            cached = tuple(unsettled())
        with suppress(Exception):
            cache.set(_DISPLAYED, cached, DISPLAY_SECONDS)
    return cached


def forget_display() -> None:
    """Show changed sales at once."""
    cache.delete(_DISPLAYED)


def unsettled() -> list[Sale]:
    """The sales that somebody buys, will buy, or may still be paying, oldest first."""
    rows = FlashSale.objects.filter(settled_at=None).order_by("pk")
    return [sale for sale, _beside in _read(rows)]


def sale(sale_id: int) -> Sale | None:
    """The sale as it is now."""
    return next((sale for sale, _beside in _read(FlashSale.objects.filter(pk=sale_id))), None)


def as_written(row: FlashSale) -> Sale:
    """A row that may not be saved, as policies see it; a new one has the id 0 and no tiers."""
    early = row.early.values_list("tier__rank", "hours") if row.pk else ()
    values = {name: getattr(row, name) for name in _FIELDS[1:]}
    return Sale(sale_id=row.pk or 0, early=tuple(early), **values)


def stock_of(sale_id: int, *, account_id: int | None, basket_id: int | None) -> Stock | None:
    """
    A sale with its free units, and those that a member had in other baskets and in orders.

    In one query, for it is asked on every page with a basket while a sale is on.
    """
    mine = units(TAKEN).filter(account_id=account_id, account__isnull=False)
    if basket_id is not None:
        mine = mine.exclude(basket_id=basket_id, order_number="")
    rows = FlashSale.objects.filter(pk=sale_id, settled_at=None)
    found = rows.annotate(left=_count(units((State.FREE,))), had=_count(mine))
    return next((Stock(sale, *beside) for sale, beside in _read(found, "left", "had")), None)


def had_by(sale_id: int, account_id: int, *, basket_id: int) -> int:
    """How many units the member has had, or is paying in another basket."""
    mine = FlashSaleUnit.objects.filter(sale_id=sale_id, account_id=account_id, state__in=TAKEN)
    return mine.exclude(basket_id=basket_id, order_number="").count()


def promised_for(basket: Any) -> Promises:
    """What the payment of a basket was told, remembered on it as long as the request holds it."""
    if not hasattr(basket, _MEMO):
        setattr(basket, _MEMO, promised_to(basket.pk))
    remembered: Promises = getattr(basket, _MEMO)
    return remembered


def promised_to(basket_id: int | None) -> Promises:
    """What comes off which lines of a basket, as its payment was told."""
    rows = FlashSaleUnit.objects.filter(PROMISED, basket_id=basket_id, basket_id__isnull=False)
    found = rows.values_list("sale__offer_id", "line_id", "off").annotate(units=Count("pk"))
    promises: Promises = defaultdict(list)
    for offer_id, line_id, off, count in found.order_by("sale_id", "line_id", "off"):
        promises[offer_id].append(Share(line_id, count, off))
    return promises


def claimed_at(basket_id: int) -> set[datetime]:
    """The moments at which units were claimed for the basket that no order has."""
    rows = FlashSaleUnit.objects.filter(PROMISED, basket_id=basket_id)
    return set(rows.values_list("claimed_at", flat=True))


def expired(*, at: datetime) -> list[int]:
    """The baskets whose units were claimed for as long as a payment may take."""
    claimed = FlashSaleUnit.objects.filter(state=State.CLAIMED, expires_at__lte=at)
    return sorted(set(claimed.values_list("basket_id", flat=True)))


def tally(sale_id: int) -> Counter[str]:
    """How many units of a sale are in which state."""
    rows = FlashSaleUnit.objects.filter(sale_id=sale_id).order_by().values_list("state")
    return Counter(dict(rows.annotate(count=Count("pk"))))


def orders_of(sale_id: int) -> dict[str, bool]:
    """The orders that have, or had, units of a sale, and whether they have them."""
    had = FlashSaleUnit.objects.filter(sale_id=sale_id).exclude(order_number="")
    rows = had.values_list("order_number", "state")
    return {number: state == State.SOLD for number, state in rows}


def off_by_units(sale_id: int) -> dict[str, Decimal]:
    """What the units of a sale took off each of the orders that have, or had, some."""
    rows = FlashSaleUnit.objects.filter(sale_id=sale_id).exclude(order_number="").order_by()
    return dict(rows.values_list("order_number").annotate(taken=Sum("off")))


def sales() -> list[tuple[int, int | None, int]]:
    """Every sale with its offer and how many units it has."""
    return list(FlashSale.objects.order_by("pk").values_list("pk", "offer_id", "units"))


def announced(*, at: datetime) -> list[Sale]:
    """The sales that members are told about, as long as there is something to buy."""
    told = FlashSale.objects.filter(announced=True, active=True, settled_at=None, ends_at__gt=at)
    return [sale for sale, _beside in _read(told.order_by("pk"))]


def drawn(kind: str, about: str, account_ids: Collection[int]) -> dict[int, bool]:
    """Those of the members who drew a number for the campaign, and whether they are held out."""
    rows = CampaignDraw.objects.filter(kind=kind, about=about, account_id__in=account_ids)
    return dict(rows.values_list("account_id", "held_out"))


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """The units that these members bought, or are paying, and what they drew for campaigns."""
    theirs = FlashSaleUnit.objects.filter(account_id__in=account_ids)
    draws = CampaignDraw.objects.filter(account_id__in=account_ids)
    return {
        "flash_sale_units": bulk.rows_in(theirs, flash_sale=F("sale__name")),
        "campaign_draws": bulk.rows_in(draws),
    }


def with_stock(rows: QuerySet[FlashSale]) -> QuerySet[FlashSale]:
    """The sales, each with its `sold_count`, `claimed_count` and `left_count` of units."""
    return rows.annotate(
        sold_count=_count(units((State.SOLD,))),
        claimed_count=_count(units((State.CLAIMED,))),
        left_count=_count(units((State.FREE,))),
    )


def units(states: Iterable[str]) -> QuerySet[FlashSaleUnit]:
    """The units of an outer row's sale that are in one of the states."""
    return FlashSaleUnit.objects.filter(sale_id=OuterRef("pk"), state__in=list(states))


def _count(found: QuerySet[FlashSaleUnit]) -> Any:
    counted = found.order_by().values("sale_id").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)


def _read(rows: QuerySet[FlashSale], *beside: str) -> Iterator[tuple[Sale, tuple[int, ...]]]:
    """The sales with their tiers, and what was counted beside them, in one query."""
    names = (*_FIELDS, *beside, "early__tier__rank", "early__hours")
    found = rows.values_list(*names)
    for _pk, group in groupby(found, key=lambda row: row[0]):
        joined = list(group)
        early = tuple(tuple(row[-2:]) for row in joined if row[-2] is not None)
        made = Sale(*joined[0][: len(_FIELDS)])
        yield replace(made, early=early), joined[0][len(_FIELDS) : -2]
