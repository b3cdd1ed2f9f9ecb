"""Oscar's orders as figures: whose, when, and how much was paid."""

from collections.abc import Collection
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


def discounts_by_month(
    orders: QuerySet[Any], *, offers: QuerySet[Any], vouchers: QuerySet[Any]
) -> QuerySet[Any]:
    """Each month, and what these offers and these vouchers, by their ids, took off its orders."""
    by_offer, by_voucher = Q(discounts__offer_id__in=offers), Q(discounts__voucher_id__in=vouchers)
    sums = (
        orders.filter(by_offer | by_voucher)
        .values("sale_month")
        .annotate(
            offered=Sum("discounts__amount", filter=by_offer),
            given=Sum("discounts__amount", filter=by_voucher),
        )
    )
    return sums.values_list("sale_month", "offered", "given")


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


def owners_of(numbers: Collection[str]) -> dict[str, tuple[int, int | None]]:
    """Id and customer of each of the orders, by number, as far as they still exist."""
    rows = _orders().filter(number__in=numbers).values_list("number", "pk", "user_id")
    return {number: (pk, user_id) for number, pk, user_id in rows}


def _orders() -> QuerySet[Any]:
    orders: QuerySet[Any] = get_model("order", "Order").objects.order_by()
    return orders
