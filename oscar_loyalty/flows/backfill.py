"""The programme runs over the orders a shop already has, as if it had been there."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from oscar_loyalty.errors import InvalidDate, NoProgramme
from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.flows import order_matches, order_placed
from oscar_loyalty.flows.customer_past import Past, Setting, live_through
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.policy import Rule
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers import services as tiers
from oscar_loyalty.shop import orders as shop_orders

CUSTOMERS_AT_A_TIME = 500
TRIES = 3


@dataclass(frozen=True)
class Summary:
    """The programme after the run; `liability` is what the points owned are worth."""

    members: int
    orders: int
    points: int
    tiers: dict[str, int]
    liability: Decimal
    currency: str
    orders_awarded: int
    points_awarded: int


@dataclass
class Figures:
    """Sums over the programme: as it is, or what a run adds to it."""

    members: int = 0
    orders: int = 0
    points: int = 0
    owned: int = 0
    tiers: Counter[int | None] = field(default_factory=Counter)


def run(
    *,
    at: datetime,
    since: datetime | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda orders: None,
) -> Summary:
    """
    Award every undecided order in order of date, some customers in each transaction.

    Running again changes nothing. `progress` is told how many orders each step looked at.

    :raises NoProgramme: if there is none, or it is switched off.
    :raises InvalidDate: if `since` lies in the future.
    """
    if since and since > at:
        raise InvalidDate(_("The date lies in the future; name a past one."))
    known = earning_queries.terms_and_rules()
    if known is None:
        raise NoProgramme(_("There is no active programme; run loyalty_setup first."))
    before, added, last = _figures(), Figures(), 0
    while customers := shop_orders.customers_after(last, since=since, limit=CUSTOMERS_AT_A_TIME):
        last = customers[-1]
        orders = shop_orders.placed_by(customers, since=since)
        _try(orders, *known, added, at=at, dry_run=dry_run)
        progress(len(orders))
    return _summary(before, added, known[0])


def _try(
    orders: list[OrderFacts],
    terms: Terms,
    rules: Sequence[Rule],
    added: Figures,
    *,
    at: datetime,
    dry_run: bool,
) -> None:
    """An order placed at this moment may be in our way, or we in its; then we start again."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                changed = _award(orders, terms, rules, at)
                transaction.set_rollback(dry_run)
        except OperationalError:
            if attempt == TRIES:
                raise
        else:
            return _add(added, changed)
    return None


def _award(orders: list[OrderFacts], terms: Terms, rules: Sequence[Rule], at: datetime) -> Figures:
    """Live through the past of every customer who has an undecided order, and write it down."""
    changed = Figures()
    numbers = [order.number for order in orders]
    if not earning_queries.undecided(numbers):
        return changed
    accounts = _accounts(orders, changed)
    undecided = set(earning_queries.undecided(numbers))
    news: dict[int, list[OrderFacts]] = defaultdict(list)
    for order in orders:
        if order.number in undecided and order.user_id is not None:
            news[accounts[order.user_id][0]].append(order)
    counted: dict[int, list[tuple[datetime, Decimal]]] = defaultdict(list)
    for account_id, moment, amount in tiers_queries.counted_by(list(news), terms):
        counted[account_id].append((moment, amount))
    matches = order_matches.of(orders, rules)
    setting = Setting(terms, tiers_queries.ladder(), matches, at)
    pasts = {
        account_id: live_through(account_id, placed, counted[account_id], setting)
        for account_id, placed in news.items()
    }
    changed.tiers.update(_write(pasts, terms, at))
    _measure(pasts, dict(accounts.values()), changed)
    return changed


def _accounts(orders: list[OrderFacts], changed: Figures) -> dict[int, tuple[int, int]]:
    """Account id and balance of each customer, locked; opened on the day of the first order."""
    joined: dict[int, datetime] = {}
    for order in orders:
        if order.user_id is not None:
            joined.setdefault(order.user_id, order.placed_at)
    known = ledger_queries.accounts_of(list(joined))
    ledger.open_accounts({user: at for user, at in joined.items() if user not in known})
    ledger.lock(pk for pk, _balance in ledger_queries.accounts_of(list(joined)).values())
    accounts = ledger_queries.accounts_of(list(joined))
    changed.members = len(accounts) - len(known)
    changed.tiers[None] = changed.members
    return accounts


def _write(pasts: dict[int, Past], terms: Terms, at: datetime) -> Counter[int | None]:
    """Write the pasts down, and say how many members each tier gains or loses by it."""
    decisions = [decision for past in pasts.values() for decision in past.decisions]
    earning.record_many(decisions)
    ledger.post_history(
        {
            account_id: [order_placed.accrual_of(d) for d in past.decisions if d.carried]
            for account_id, past in pasts.items()
        }
    )
    tiers.count_many([event for past in pasts.values() for event in past.events])
    return tiers.place(
        {account_id: past.career for account_id, past in pasts.items()}, terms, at=at
    )


def _measure(pasts: dict[int, Past], balances: dict[int, int], changed: Figures) -> None:
    """What these pasts add to the programme's figures."""
    changed.orders = sum(len(past.decisions) for past in pasts.values())
    for account_id, past in pasts.items():
        points = sum(decision.carried for decision in past.decisions)
        before = balances[account_id]
        changed.points += points
        changed.owned += max(before + points, 0) - max(before, 0)


def _figures() -> Figures:
    members, owned = ledger_queries.members_and_points()
    orders, points = earning_queries.orders_and_points()
    return Figures(members, orders, points, owned, Counter(tiers_queries.members_per_tier()))


def _add(figures: Figures, more: Figures) -> None:
    figures.members += more.members
    figures.orders += more.orders
    figures.points += more.points
    figures.owned += more.owned
    for tier_id, members in more.tiers.items():
        figures.tiers[tier_id] += members


def _summary(before: Figures, added: Figures, terms: Terms) -> Summary:
    orders_awarded, points_awarded = added.orders, added.points
    _add(before, added)
    return Summary(
        members=before.members,
        orders=before.orders,
        points=before.points,
        tiers=tiers_queries.named(before.tiers),
        liability=terms.worth(before.owned),
        currency=terms.currency,
        orders_awarded=orders_awarded,
        points_awarded=points_awarded,
    )
