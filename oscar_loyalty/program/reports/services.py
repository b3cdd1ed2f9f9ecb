"""The only writer of the roll-ups."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from oscar_loyalty import bulk
from oscar_loyalty.program.reports.models import (
    ChangedOrder,
    CustomerMonth,
    GoneOffer,
    LifetimeModel,
    ReducedOrder,
    RollUp,
)
from oscar_loyalty.program.reports.policy.estimates.outlook import Outlook
from oscar_loyalty.program.reports.policy.tables import Basis
from oscar_loyalty.program.reports.queries import counting, rolling_up


def note_changed(order_number: str) -> None:
    """Let an order be counted anew: what it counts for may be something else by now."""
    ChangedOrder.objects.create(order_number=order_number)


def note_customers(customers: Iterable[Any]) -> None:
    """Let all orders of these customers be counted anew: whose they are may be another by now."""
    ChangedOrder.objects.bulk_create(ChangedOrder(customer_id=one) for one in customers)


def note_gone(offer_id: int, purpose: str) -> None:
    """Keep what an offer was for that is being deleted."""
    GoneOffer.objects.get_or_create(offer_id=offer_id, defaults={"purpose": purpose})


def lock() -> RollUp:
    """The row of whoever counts, locked; made where it is missing."""
    RollUp.objects.get_or_create(singleton=1)
    return RollUp.objects.select_for_update().get(singleton=1)


def begin_anew(basis: Basis, *, counted_to: int) -> None:
    """Note that everything is being counted from the beginning, and by what."""
    row = lock()
    # What they are about is counted after this.
    ChangedOrder.objects.all().delete()
    row.currency, row.time_zone = basis.currency, basis.time_zone
    row.counted_to, row.counted_at, row.swept_on = counted_to, None, None
    row.save()


def note_counted(*, at: datetime) -> None:
    """Note that all orders there are were counted."""
    RollUp.objects.filter(singleton=1).update(counted_at=at)


def note_counted_to(order_id: int) -> None:
    """Note up to which order they were."""
    RollUp.objects.filter(singleton=1).update(counted_to=order_id)


def note_swept(day: date) -> None:
    """Note that what signals may have missed was looked for that day."""
    RollUp.objects.filter(singleton=1).update(swept_on=day)


def forget_notes(ids: Collection[int]) -> None:
    """Drop notes about orders that have been counted anew."""
    ChangedOrder.objects.filter(pk__in=ids).delete()


def keep(order_ids: Collection[int], reduced: Mapping[int, Decimal | None]) -> None:
    """Note which of these orders are reduced, and what was kept; None of what stands no more."""
    ReducedOrder.objects.filter(pk__in=order_ids).delete()
    ReducedOrder.objects.bulk_create(
        ReducedOrder(order_id=pk, kept=kept or Decimal(0), stands=kept is not None)
        for pk, kept in reduced.items()
    )


def count(basis: Basis, customers: Collection[Any]) -> None:
    """Write down anew what these customers bought, and whom they were merged with, by month."""
    # Of nobody there is no statement.
    if customers:
        profiles = counting.profiles_of(customers)
        _count(
            CustomerMonth.objects.filter(customer_id__in=profiles),
            counting.kept_sales(basis).filter(user_id__in=profiles),
        )


def count_between(basis: Basis, after: Any, last: Any) -> None:
    """
    The same for all customers whose ids lie beyond `after` up to `last`; None for no limit.

    As if nobody had been merged: of those, `count` is to be asked afterwards.
    """
    rows, orders = CustomerMonth.objects.all(), counting.kept_sales_by_profile(basis)
    if after is not None:
        rows, orders = rows.filter(customer_id__gt=after), orders.filter(sale_customer__gt=after)
    if last is not None:
        rows, orders = rows.filter(customer_id__lte=last), orders.filter(sale_customer__lte=last)
    _count(rows, orders)


def keep_outlook(outlook: Outlook, *, at: datetime) -> None:
    """Note what customers may still be worth; of older notes only the parameters stay."""
    LifetimeModel.objects.filter(fitted_at__lt=at).update(expected={})
    expected = {
        month: (one.customers, one.orders, one.spend) for month, one in outlook.expected.items()
    }
    LifetimeModel.objects.update_or_create(
        fitted_at=at, defaults={"parameters": outlook.parameters, "expected": expected}
    )


def _count(rows: QuerySet[CustomerMonth], orders: QuerySet[Any]) -> None:
    rows.delete()
    bulk.insert_found(CustomerMonth, rolling_up.COLUMNS, *rolling_up.months_in(orders))
