"""The books are audited: each room's own rules, and that the rooms agree. Nothing is changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

from django.db import connection, transaction

from oscar_loyalty import conf
from oscar_loyalty.flows import tier_progress
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger.queries import Violation
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.shop import orders

CHUNK = 2000
#: A signal and the next run of the due jobs have had their chance after this.
OLD_ENOUGH = timedelta(hours=1)


@dataclass(frozen=True)
class Audit:
    """What was looked at and what was found."""

    members: int
    orders: int
    violations: list[Violation]


def run(*, at: datetime, account_id: int | None = None) -> Audit:
    """Audit one account or all, as they were at one moment."""
    with transaction.atomic():
        if connection.vendor == "postgresql" and not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        members, _points = ledger_queries.members_and_points()
        counted, _carried = earning_queries.orders_and_points()
        found = chain(
            ledger_queries.violations(at=at, account_id=account_id),
            _awards(account_id),
            _unexplained(account_id),
            _undecided(at) if account_id is None else (),
        )
        return Audit(1 if account_id else members, counted, list(found))


def _awards(account_id: int | None) -> Iterator[Violation]:
    """Decisions, ledger and tiers say the same of each order."""
    for numbers in _chunks(earning_queries.order_numbers(account_id=account_id)):
        carried = ledger_queries.carried_by(numbers)
        counted = tiers_queries.counted_orders([f"order:{number}" for number in numbers])
        for award in earning_queries.decided(numbers):
            about = (award.account_id, f"order {award.order_number}")
            if carried.get(award.order_number, 0) != award.carried:
                yield Violation("an order carries what was decided", *about)
            event = tier_progress.event_of(award)
            said = (event.account_id, event.spend, event.points, event.orders)
            missing = said if award.cancelled or not award.qualifies else None
            if counted.get(event.key, missing) != said:
                yield Violation("an order counts what was decided", *about)


def _unexplained(account_id: int | None) -> Iterator[Violation]:
    for numbers in _chunks(ledger_queries.order_numbers(account_id=account_id)):
        for number in earning_queries.undecided(numbers):
            yield Violation("what an order earned was decided", account_id, f"order {number}")


def _undecided(at: datetime) -> Iterator[Violation]:
    """Orders that should have earned, had the due jobs run."""
    terms = terms_queries.current()
    if terms is None:
        return
    since = max(terms.starts_at, at - timedelta(days=conf.SWEEP_DAYS()))
    old = orders.placed(since=since, before=at - OLD_ENOUGH)
    for number in earning_queries.awaiting_decision(old):
        yield Violation("every order is decided about", None, f"order {number}")


def _chunks(numbers: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(numbers)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
