"""The books are audited: each room's own rules, and that the rooms agree. Nothing is changed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import TypeVar

from django.db import connection, transaction
from django.utils.translation import gettext as _

from oscar_loyalty import conf
from oscar_loyalty.errors import NotAMember
from oscar_loyalty.flows import tier_progress
from oscar_loyalty.program.earning import policy
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger.queries import Violation
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.shop import orders

Thing = TypeVar("Thing")

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
    """
    Audit one account or all, as they were at one moment.

    :raises NotAMember: if there is no such account.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql" and not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if account_id is not None and not ledger_queries.is_account(account_id):
            raise NotAMember(_("There is no such account."))
        members, _owned = ledger_queries.members_and_points()
        counted, _carried = earning_queries.orders_and_points()
        found = chain(
            ledger_queries.violations(at=at, account_id=account_id),
            _awards(account_id),
            _standings(account_id),
            _unexplained(account_id),
            _uncalled_for(account_id),
            _undecided(at) if account_id is None else (),
        )
        return Audit(members if account_id is None else 1, counted, list(found))


def _awards(account_id: int | None) -> Iterator[Violation]:
    """Decisions, ledger and tiers say the same of each order."""
    for numbers in _chunks(earning_queries.order_numbers(account_id=account_id)):
        carried = ledger_queries.carried_by(numbers)
        counted = tiers_queries.counted_orders([f"order:{number}" for number in numbers])
        lots = ledger_queries.first_lots(numbers)
        in_shop = orders.as_they_are(numbers)
        for award in earning_queries.decided(numbers):
            number = award.order_number
            rules = {
                "an order carries what was decided": carried.get(number, 0) == award.carried,
                "an order counts what was decided": _counts(award, counted),
                "points follow from the breakdown": policy.adds_up(
                    award.breakdown, points=award.points, base=award.base, why=award.why
                ),
                "points wait as was decided": _waits(award, lots.get(number)),
                "an order is its customer's": _belongs(award, in_shop),
                "an order is cancelled as in the shop": _stands(award, in_shop),
            }
            for rule in (rule for rule, holds in rules.items() if not holds):
                yield Violation(rule, award.account_id, f"order {number}")


def _belongs(award: Award, in_shop: Mapping[str, tuple[int | None, str]]) -> bool:
    """Whoever deletes their profile leaves orders without a customer."""
    customer, _status = in_shop.get(award.order_number, (None, ""))
    return customer is None or award.account.user_id == customer


def _stands(award: Award, in_shop: Mapping[str, tuple[int | None, str]]) -> bool:
    if award.order_number not in in_shop:
        return True
    _customer, status = in_shop[award.order_number]
    return award.cancelled == (status in conf.CANCELLED_STATUSES())


def _counts(award: Award, counted: Mapping[str, tuple[object, ...]]) -> bool:
    """An order that was cancelled may have been so from the start, and never have been counted."""
    event = tier_progress.event_of(award)
    said = (event.account_id, event.spend, event.points, event.orders, event.occurred_at)
    if event.key not in counted:
        return award.cancelled or not award.qualifies
    return award.qualifies and counted[event.key] == said


def _waits(award: Award, lot: tuple[datetime | None, bool] | None) -> bool:
    """Award and lot name the same day; a day that was past at the decision waits for nothing."""
    by_status = award.available_at is None
    if award.available_at and award.matured != (award.available_at <= award.decided_at):
        return False
    if lot is None:
        return True
    available_at, pending = lot
    return available_at == award.available_at and (
        not pending if award.matured else pending or not by_status
    )


def _unexplained(account_id: int | None) -> Iterator[Violation]:
    for numbers in _chunks(ledger_queries.order_numbers(account_id=account_id)):
        for number in earning_queries.undecided(numbers):
            yield Violation("what an order earned was decided", account_id, f"order {number}")


def _uncalled_for(account_id: int | None) -> Iterator[Violation]:
    for keys in _chunks(tiers_queries.counted_keys(account_id=account_id)):
        orders_named = {key: key.removeprefix("order:") for key in keys}
        unknown = set(earning_queries.undecided(list(orders_named.values())))
        for key, number in orders_named.items():
            if number in unknown or key != f"order:{number}":
                yield Violation("what counts was decided", account_id, key)


def _standings(account_id: int | None) -> Iterator[Violation]:
    for ids in _chunks(ledger_queries.account_ids(account_id=account_id)):
        for account in sorted(set(ids).difference(tiers_queries.tiers_of(ids))):
            yield Violation("every member stands somewhere", account, "")
    for rule, account in tiers_queries.broken_standings(account_id=account_id):
        yield Violation(rule, account, "")


def _undecided(at: datetime) -> Iterator[Violation]:
    """Orders that should have earned, had the due jobs run."""
    terms = terms_queries.current()
    if terms is None:
        return
    since = max(terms.starts_at, at - timedelta(days=conf.SWEEP_DAYS()))
    old = orders.placed(since=since, before=at - OLD_ENOUGH)
    for number in earning_queries.awaiting_decision(old):
        yield Violation("every order is decided about", None, f"order {number}")


def _chunks(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    iterator = iter(things)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
