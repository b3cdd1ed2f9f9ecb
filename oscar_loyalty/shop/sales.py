"""Oscar's orders as figures: whose, when, and how much was paid."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Max, Q, QuerySet, Sum
from django.db.models.functions import ExtractMonth, ExtractYear, TruncDate
from oscar.core.loading import get_model


def of_customers(currency: str, time_zone: str) -> QuerySet[Any]:
    """
    Orders of customers in one currency, as sales: `sale_customer`, `sale_at`, and so on.

    What was paid is with tax and shipping; a month is the number of months since the year 0.
    """
    orders = _in(currency, time_zone).filter(user_id__isnull=False)
    return orders.annotate(sale_customer=F("user_id"))


def of_all(currency: str, time_zone: str) -> QuerySet[Any]:
    """The same of all orders, whosever they are."""
    return _in(currency, time_zone)


def of_nobody(currency: str, time_zone: str) -> QuerySet[Any]:
    """The same of guests' orders, and of those whose customers have deleted their profiles."""
    return _in(currency, time_zone).filter(user_id__isnull=True)


def _in(currency: str, time_zone: str) -> QuerySet[Any]:
    return (
        _orders()
        .filter(currency=currency)
        # A shop's own order may have fields with shorter names.
        .annotate(
            sale_at=F("date_placed"),
            sale_paid=F("total_incl_tax"),
            sale_day=TruncDate("date_placed", tzinfo=ZoneInfo(time_zone)),
            sale_month=month_of("date_placed", time_zone),
        )
    )


def month_of(moment: str, time_zone: str) -> Any:
    """The month of the moment in a column, as the number of months since the year 0."""
    zone = ZoneInfo(time_zone)
    return ExtractYear(moment, tzinfo=zone) * 12 + ExtractMonth(moment, tzinfo=zone) - 1


def discounts_by_month(orders: QuerySet[Any]) -> QuerySet[Any]:
    """Month, id of an offer, and what it took off the orders of the month, as these say."""
    taken = orders.filter(discounts__offer_id__isnull=False).order_by()
    sums = taken.values("sale_month", "discounts__offer_id").annotate(sum=Sum("discounts__amount"))
    return sums.values_list("sale_month", "discounts__offer_id", "sum")


def default_basis() -> tuple[str, str]:
    """The currency and the time zone of the shop, where no programme says otherwise."""
    return settings.OSCAR_DEFAULT_CURRENCY, settings.TIME_ZONE


def count() -> int:
    """How many orders there are."""
    return _orders().count()


def newest() -> int:
    """The highest id of an order."""
    return _orders().aggregate(newest=Max("pk"))["newest"] or 0


def numbers_after(order_id: int, *, limit: int) -> list[tuple[int, str]]:
    """Id and number of the next orders, in the order in which they were written."""
    orders = _orders().filter(pk__gt=order_id).order_by("pk")
    return list(orders.values_list("pk", "number")[:limit])


def numbers_since(order_id: int, *, placed_since: datetime | None) -> set[str]:
    """Numbers of the orders that were written after that one, or placed since then."""
    late = Q(pk__gt=order_id)
    if placed_since is not None:
        late |= Q(date_placed__gte=placed_since)
    return set(_orders().filter(late).values_list("number", flat=True))


def owners_of(numbers: Collection[str]) -> dict[str, tuple[int, int | None]]:
    """Id and customer of each of the orders, by number, as far as they still exist."""
    rows = _orders().filter(number__in=numbers).values_list("number", "pk", "user_id")
    return {number: (pk, user_id) for number, pk, user_id in rows}


def _orders() -> QuerySet[Any]:
    orders: QuerySet[Any] = get_model("order", "Order").objects.order_by()
    return orders
