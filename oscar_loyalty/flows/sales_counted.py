"""
Orders are rolled up by customer and month: those that are new, and those that have changed.

Whatever happened to a customer's orders, all of the customer's months are written anew, from the
orders as they are. So a refund of last year's order today ends where counting everything from the
beginning would.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.flows import order_kept
from oscar_loyalty.program.reports import services as reports
from oscar_loyalty.program.reports.models import RollUp
from oscar_loyalty.program.reports.policy.periods import month_of
from oscar_loyalty.program.reports.policy.tables import Basis
from oscar_loyalty.program.reports.queries import counting
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import orders, returns, sales

CHUNK = 2000
#: No shop of Oscar's has orders from before.
BEGINNING = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class _Order:
    """An order as it is now: whose, what was paid, and what was kept; None if it does not stand."""

    pk: int
    customer: Any
    paid: Decimal
    kept: Decimal | None


def run(*, at: datetime) -> int:
    """
    Count what has happened since the last look, and return how many orders were looked at.

    All are counted the first time, and after the programme's currency or time zone has changed.
    """
    basis, row = current_basis(), counting.roll_up()
    if row is None or row.counted_at is None or basis_of(row) != basis:
        return run_anew(at=at)
    looked_at = _follow_changes(basis) + _follow_new(basis, row.counted_to)
    today = basis.local_date(at)
    if row.swept_on != today:
        looked_at += _sweep(basis, at)
        reports.note_swept(today)
    reports.note_counted(at=at)
    return looked_at


def run_anew(*, at: datetime) -> int:
    """Count every order from the beginning; until that is done, no report is made."""
    basis, newest = current_basis(), sales.newest()
    with transaction.atomic():
        reports.begin_anew(basis, counted_to=newest)
    candidates = chain(returns.touched(since=BEGINNING), counting.reduced())
    for numbers in _chunks(candidates):
        with transaction.atomic():
            reports.lock()
            _keep(_looked_up(numbers))
    last: Any = None
    while customers := orders.customers_after(last, since=None, until=at, limit=CHUNK):
        with transaction.atomic():
            reports.lock()
            reports.count_between(basis, last, customers[-1])
        last = customers[-1]
    with transaction.atomic():
        reports.lock()
        reports.count_between(basis, last, None)
        reports.count(basis, counting.merged())
        reports.note_swept(basis.local_date(at))
        reports.note_counted(at=at)
    return sales.count()


def current_basis() -> Basis:
    """By what orders count now: as the programme says, or the shop where there is none."""
    terms = terms_queries.written()
    return Basis(terms.currency, terms.time_zone) if terms else Basis(*sales.default_basis())


def basis_of(row: RollUp) -> Basis:
    """By what they were counted last."""
    return Basis(row.currency, row.time_zone)


def _follow_changes(basis: Basis) -> int:
    looked_at = 0
    while notes := counting.notes(limit=CHUNK):
        with transaction.atomic():
            reports.lock()
            _count_again(basis, {note.order_number for note in notes if note.order_number})
            reports.count(basis, {note.customer_id for note in notes if note.customer_id})
            reports.forget_notes([note.pk for note in notes])
        looked_at += len(notes)
    return looked_at


def _follow_new(basis: Basis, counted_to: int) -> int:
    looked_at = 0
    while new := sales.numbers_after(counted_to, limit=CHUNK):
        counted_to = new[-1][0]
        with transaction.atomic():
            reports.lock()
            _count_again(basis, [number for _pk, number in new])
            reports.note_counted_to(counted_to)
        looked_at += len(new)
    return looked_at


def _count_again(basis: Basis, numbers: Collection[str]) -> None:
    found = _looked_up(numbers)
    _keep(found)
    reports.count(basis, {one.customer for one in found.values() if one.customer is not None})


def _keep(found: Mapping[str, _Order]) -> None:
    reports.keep([one.pk for one in found.values()], _reduced(found))


def _looked_up(numbers: Collection[str]) -> dict[str, _Order]:
    owners = sales.owners_of(numbers)
    return {
        number: _Order(*owners[number], paid=order.paid, kept=order_kept.money(order))
        for number, order in returns.returns_of(owners).items()
    }


def _reduced(found: Mapping[str, _Order]) -> dict[int, Decimal | None]:
    return {one.pk: one.kept for one in found.values() if one.kept != one.paid}


def _sweep(basis: Basis, at: datetime) -> int:
    """What came without a signal, as far back as the sweep looks."""
    since = at - timedelta(days=conf.SWEEP_DAYS())
    moved = orders.numbers_moved(since=since)
    wrong = 0
    for numbers in _chunks(chain(returns.touched(since=since), counting.reduced(moved))):
        if changed := out_of_step(numbers):
            with transaction.atomic():
                reports.lock()
                _count_again(basis, changed)
            wrong += len(changed)
    _sweep_months(basis, month_of(basis.local_date(since)))
    return wrong


def out_of_step(numbers: Collection[str]) -> list[str]:
    """Those of the orders of which something else was kept than is known."""
    found = _looked_up(numbers)
    right, known = _reduced(found), counting.kept_of([one.pk for one in found.values()])
    wrong = {pk for pk in right.keys() | known.keys() if _entry(right, pk) != _entry(known, pk)}
    return [number for number, one in found.items() if one.pk in wrong]


def _entry(kept: Mapping[int, Decimal | None], pk: int) -> tuple[bool, Decimal | None]:
    """None says that an order does not stand, which is not the same as nothing being said."""
    return pk in kept, kept.get(pk)


def _sweep_months(basis: Basis, first: int) -> None:
    """Months that do not add up, as when orders were deleted, are counted anew."""
    sold = counting.sold_by_month(basis, since=basis.begins(first))
    counted = counting.counted_by_month(first)
    for month in sold.keys() | counted.keys():
        if sold.get(month) == counted.get(month):
            continue
        between = {"since": basis.begins(month), "before": basis.begins(month + 1)}
        for customers in _chunks(counting.customers_of(basis, month, **between)):
            with transaction.atomic():
                reports.lock()
                reports.count(basis, customers)


def _chunks(things: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(things)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
