"""Shops that have sold for years: many orders at once, without a signal."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timezone

from django.contrib.auth import get_user_model
from django.db import transaction
from oscar.core.loading import get_model

from oscar_loyalty.flows import report_made, sales_counted
from oscar_loyalty.models import CustomerMonth, ReducedOrder
from sandbox.replay.cdnow import Purchase

#: Everything that the roll-ups say, whatever ids their rows have.
COLUMNS = [field.attname for field in CustomerMonth._meta.fields if field.name != "id"]


def sell(purchases: Iterable[Purchase]) -> None:
    """Every purchase as an order of its own, at noon of its day; customers join with the first."""
    purchases = list(purchases)
    users = get_user_model()
    joined: dict[str, date] = {}
    for one in purchases:
        joined[one.customer] = min(one.date, joined.get(one.customer, one.date))
    users.objects.bulk_create(
        users(username=name, email=f"{name}@example.com", date_joined=noon(day))
        for name, day in joined.items()
    )
    ids = dict(users.objects.filter(username__in=joined).values_list("username", "pk"))
    order = get_model("order", "Order")
    order.objects.bulk_create(
        order(
            number=purchase.number,
            user_id=ids[purchase.customer],
            currency="GBP",
            total_incl_tax=purchase.paid,
            total_excl_tax=purchase.paid,
            date_placed=noon(purchase.date),
        )
        for purchase in purchases
    )


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=timezone.utc)


def rolled_up():
    """What the roll-ups say, and what they rest on."""
    return (
        list(CustomerMonth.objects.order_by("customer_id", "month").values(*COLUMNS)),
        list(ReducedOrder.objects.order_by("pk").values()),
    )


def counted_anew(at):
    """What they say once everything was counted from the beginning."""
    CustomerMonth.objects.all().delete()
    ReducedOrder.objects.all().delete()
    sales_counted.run_anew(at=at)
    return rolled_up()


def asked(name, first=None, last=None, *, at, **options):
    """The rows of a report and the one for the whole time, as tuples without the columns' names."""
    made = report_made.run(name, first=first, last=last, at=at, **options)
    names = [column.name for column in made.table.columns]
    rows = [tuple(row[name] for name in names) for row in made.table.rows]
    total = made.table.total
    return rows, total and tuple(total.get(name) for name in names)


@contextmanager
def undone() -> Iterator[None]:
    """Let tests of a module share what is sold within."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
