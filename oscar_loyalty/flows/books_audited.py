"""The books are audited: each room's own rules, and that the rooms agree. Nothing is changed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import TypeVar

from django.db import connection, transaction
from django.utils.translation import gettext as _

from oscar_loyalty import conf
from oscar_loyalty.errors import NotAMember
from oscar_loyalty.facts import OrderReturns
from oscar_loyalty.flows import (
    coupons_audited,
    flash_sales_audited,
    order_kept,
    points_expired,
    reviews_audited,
    rules_audited,
    sales_audited,
    tier_progress,
)
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.earning.policy import stored
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger.queries import Violation
from oscar_loyalty.program.members import queries as members_queries
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.redemption.models import Hold
from oscar_loyalty.program.reviews import policy as reviews_policy
from oscar_loyalty.program.reviews import queries as reviews_queries
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.shop import offers, orders, returns

Thing = TypeVar("Thing")

CHUNK = 2000
#: A signal and the next run of the due jobs have had their chance after this.
OLD_ENOUGH = timedelta(hours=1)
#: Points that could not expire on their day, held or pending, have been swept up after this.
LONG_OVERDUE = timedelta(days=2)


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
            _holds(account_id),
            _overdue(at, account_id),
            _spendings(account_id),
            _taken_off(at, account_id),
            _coupons(at, account_id),
            _reviews(at, account_id),
            _awards(account_id),
            _standings(account_id),
            _unexplained(account_id),
            _uncalled_for(account_id),
            _undecided(at) if account_id is None else (),
            flash_sales_audited.run(at=at) if account_id is None else (),
            rules_audited.used() if account_id is None else (),
            sales_audited.run() if account_id is None else (),
        )
        return Audit(members if account_id is None else 1, counted, list(found))


def _awards(account_id: int | None) -> Iterator[Violation]:
    """Decisions, ledger and tiers say the same of each order."""
    since = earning_queries.versions_since()
    for numbers in _chunks(earning_queries.order_numbers(account_id=account_id)):
        carried = ledger_queries.carried_by(numbers)
        awards = earning_queries.decided(numbers)
        came_back = returns.returns_of(numbers)
        counted = tiers_queries.counted_orders([f"order:{number}" for number in numbers])
        lots = ledger_queries.first_lots(numbers)
        in_shop = orders.as_they_are(numbers)
        uses = earning_queries.uses_by_order(numbers)
        owners = ledger_queries.accounts_of([user for user, _ in in_shop.values() if user])
        for award in awards:
            number = award.order_number
            explained = stored.adds_up(
                award.breakdown, points=award.points, base=award.base, why=award.why
            )
            rules = {
                "an order carries what was decided": carried.get(number, 0) == award.booked,
                "an order counts what was decided": _counts(award, counted),
                "points follow from the breakdown": explained,
                "points wait as was decided": _waits(award, lots.get(number)),
                "an order is its customer's": _belongs(award, in_shop, owners),
                "an order carries what is kept of it": not explained
                or _follows(award, came_back.get(number)),
                "rules were in force that an order names": rules_audited.names_its_day(
                    award, since
                ),
                "limits of rules count what is kept": not explained
                or rules_audited.counts(award, came_back.get(number), uses.get(number, {})),
            }
            for rule in (rule for rule, holds in rules.items() if not holds):
                yield Violation(rule, award.account_id, f"order {number}")


def _belongs(
    award: Award,
    in_shop: Mapping[str, tuple[int | None, str]],
    owners: Mapping[int, tuple[int, int]],
) -> bool:
    """
    Whoever deletes their profile leaves orders without a customer.

    Whoever was erased leaves an account without one, and may have joined anew since.
    """
    customer, _status = in_shop.get(award.order_number, (None, ""))
    account = award.account
    if customer is None or account.user_id == customer:
        return account.merged_into_id is None
    if account.user_id is None and members_queries.is_erased(account.pk):
        return True
    account_id, _balance = owners.get(customer, (None, 0))
    return account.pk == account_id


def _follows(award: Award, came_back: OrderReturns | None) -> bool:
    """An order that is gone from the shop stays as it was."""
    if came_back is None:
        return True
    return order_kept.is_met(order_kept.of(came_back, award, None), award, None)


def _spendings(account_id: int | None) -> Iterator[Violation]:
    """Holds, ledger and shop say the same of what was spent on each order."""
    spent_on = chain(
        redemption_queries.order_numbers(account_id=account_id),
        ledger_queries.order_numbers(account_id=account_id, kind="redeem"),
    )
    for numbers in _chunks(spent_on):
        holds = redemption_queries.spending_on(numbers)
        booked = ledger_queries.spent_by(numbers)
        awards = {award.order_number: award for award in earning_queries.decided(numbers)}
        came_back = returns.returns_of(numbers)
        for number in dict.fromkeys(numbers):
            hold = holds.get(number)
            said = (hold.account_id, hold.spent, hold.returned) if hold else None
            if said != booked.get(number):
                rule = "what was spent on an order is in the books"
                yield Violation(rule, account_id, f"order {number}")
            elif hold and number in came_back:
                target = order_kept.of(came_back[number], awards.get(number), hold)
                if not order_kept.is_met(target, None, hold):
                    rule = "points return with what they paid for"
                    yield Violation(rule, hold.account_id, f"order {number}")


def _taken_off(at: datetime, account_id: int | None) -> Iterator[Violation]:
    """What came off an order for points was spent, had the due jobs run, and is worth no more."""
    owner = ledger_queries.owner_of(account_id) if account_id is not None else None
    if account_id is not None and owner is None:
        return
    reduced = orders.reduced_by(offers.offers_of_points(), user_id=owner, before=at - OLD_ENOUGH)
    for chunk in _chunks(reduced.iterator()):
        holds = redemption_queries.spending_on([number for _basket, number, _taken in chunk])
        for _basket, number, taken in chunk:
            hold = holds.get(number)
            if hold is None:
                rule = "what points took off an order is spent"
                yield Violation(rule, account_id, f"order {number}")
            elif _is_worth_less(hold, taken):
                rule = "points take off no more than they are worth"
                yield Violation(rule, hold.account_id, f"order {number}")


def _is_worth_less(hold: Hold, taken: Decimal) -> bool:
    """By what the payment was told: nobody knows any more what points were worth on that day."""
    if hold.agreed_amount is None or hold.agreed_points != hold.spent:
        return False
    return taken > hold.agreed_amount


def _coupons(at: datetime, account_id: int | None) -> Iterator[Violation]:
    for claims in _chunks(coupons_queries.claims(account_id=account_id)):
        yield from coupons_audited.claims(claims)
    yield from coupons_audited.unclaimed(at=at, account_id=account_id)
    yield from coupons_audited.untied(at=at, account_id=account_id)
    for numbers in _chunks(coupons_queries.order_numbers(account_id=account_id)):
        yield from coupons_audited.chains(numbers, at=at)


def _reviews(at: datetime, account_id: int | None) -> Iterator[Violation]:
    for rewards in _chunks(reviews_queries.rewards(account_id=account_id)):
        yield from reviews_audited.booked(rewards)
    for keys in _chunks(ledger_queries.posted_like(reviews_policy.KEYS, account_id=account_id)):
        yield from reviews_audited.known(keys, account_id=account_id)
    since, before = at - timedelta(days=conf.SWEEP_DAYS()), at - OLD_ENOUGH
    swept = reviews_queries.given(since=since, before=before, account_id=account_id)
    for rewards in _chunks(swept):
        yield from reviews_audited.kept(rewards)


def _holds(account_id: int | None) -> Iterator[Violation]:
    held = ledger_queries.held_by(account_id=account_id)
    kept = redemption_queries.kept_by(account_id=account_id)
    for pk in sorted({*held, *kept}):
        if held.get(pk, 0) != kept.get(pk, 0):
            detail = f"held {held.get(pk, 0)}, holds keep {kept.get(pk, 0)}"
            yield Violation("held is the sum of the holds", pk, detail)


def _overdue(at: datetime, account_id: int | None) -> Iterator[Violation]:
    """Points that should have expired, had the due jobs run."""
    terms = terms_queries.current()
    for lapsing in points_expired.expirings(terms, at - LONG_OVERDUE) if terms else ():
        for pk, points in ledger_queries.overdue(lapsing, account_id=account_id):
            yield Violation("what has expired is taken", pk, f"{points} points are overdue")


def _counts(award: Award, counted: Mapping[str, tuple[object, ...]]) -> bool:
    """An order that came back before it was decided about never was counted."""
    event = tier_progress.event_of(award)
    said = (
        event.account_id,
        event.spend,
        event.points,
        event.orders,
        event.reduced,
        event.occurred_at,
    )
    if event.key not in counted:
        return not (award.stands and award.qualifies)
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
