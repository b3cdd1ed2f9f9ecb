"""A draft of the programme, and the programme, live through the shop's past; nothing is written."""

import heapq
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from oscar_loyalty.errors import DraftRefused
from oscar_loyalty.facts import OrderFacts, OrderReturns
from oscar_loyalty.flows import (
    member_erased,
    order_buyers,
    order_kept,
    order_matches,
    order_placed,
    past_fates,
    programme_drafted,
)
from oscar_loyalty.flows.customer_past import Past, Setting, live_through
from oscar_loyalty.program.earning.policy.limits import Taken
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.simulation import queries as simulation_queries
from oscar_loyalty.program.simulation import services as simulations
from oscar_loyalty.program.simulation.models import Simulation
from oscar_loyalty.program.simulation.policy import Assumptions, Outcome
from oscar_loyalty.program.simulation.queries import documents
from oscar_loyalty.program.simulation.queries.documents import Scheme
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import orders as shop_orders
from oscar_loyalty.shop import returns as shop_returns

logger = logging.getLogger("oscar_loyalty")

CUSTOMERS_AT_A_TIME = 500
#: So many members who would gain most are named.
GAINERS = 20
#: Days before this cannot all be converted between time zones, and no shop had orders then.
EARLIEST = date(1900, 1, 1)

_ONE_DAY = timedelta(days=1)


@transaction.atomic
def ask(
    draft_id: int, *, first: date | None, last: date | None, actor: str, at: datetime
) -> Simulation:
    """
    Let a draft be replayed over the orders of these days, both included; None for all there are.

    :raises DraftRefused: if that makes no sense, or the draft is being replayed.
    :raises NoProgramme: if there is none.
    """
    draft = programme_drafted.opened(draft_id)
    programme_says = documents.written()
    terms = documents.scheme_of(draft.says, programme_says).terms
    days = _days(first, last, terms, at)
    since, until = _moments(*days, terms, at)
    simulation = Simulation(
        draft=draft,
        draft_says=draft.says,
        programme_says=programme_says,
        spent_share=draft.spent_share,
        spent_after=draft.spent_after,
        first=days[0],
        last=days[1],
        orders=shop_orders.count_placed(since=since, until=until),
        asked_by=actor,
        asked_at=at,
    )
    if not simulation.orders:
        raise DraftRefused(_("Customers placed no orders in this time."))
    try:
        simulations.ask(simulation)
    except IntegrityError:
        raise DraftRefused(_("This draft is being replayed; wait until that is done.")) from None
    return simulation


def run_due(*, at: datetime) -> int:
    """Do the simulations that wait, and those whose worker died; how many came to their end."""
    now = _clock(at)
    return sum(run(pk, at=now()) for pk in simulation_queries.due(at=at))


def run(simulation_id: int, *, at: datetime) -> bool:
    """Do one simulation that is due; whether it came to its end by us."""
    simulation = simulations.claim(simulation_id, at=at)
    if simulation is None:
        return False
    now = _clock(at)
    try:
        results = replay(simulation, lambda done: simulations.go_on(simulation, done, at=now()))
    except Exception:
        logger.exception("loyalty: the simulation %s failed", simulation.pk)
        simulations.give_up(simulation, at=now())
        return False
    return results is not None and simulations.finish(simulation, results, at=now())


def _clock(at: datetime) -> Callable[[], datetime]:
    """The time as it goes on from `at`: what takes long is leased from when it begins."""
    began = time.monotonic()
    return lambda: at + timedelta(seconds=time.monotonic() - began)


@dataclass
class _Side:
    """One of the two that are replayed, and what it came to so far."""

    scheme: Scheme
    #: By rule, what was taken of its limits.
    used: dict[int, int] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)


def replay(simulation: Simulation, go_on: Callable[[int], bool]) -> dict[str, Any] | None:
    """
    What the draft and the programme come to, customer by customer; some in memory at a time.

    `go_on` is told after each step how many orders were looked at; None when it says to stop.
    """
    says = (simulation.programme_says, simulation.draft_says)
    sides = [_Side(documents.scheme_of(one, simulation.programme_says)) for one in says]
    terms = sides[0].scheme.terms
    since, until = _moments(simulation.first, simulation.last, terms, simulation.asked_at)
    assumed = Assumptions(Fraction(simulation.spent_share, 100), simulation.spent_after)
    shop, done = _Shop(terms.currency), 0
    last: int | None = None
    while customers := shop_orders.customers_after(
        last, since=since, until=until, limit=CUSTOMERS_AT_A_TIME
    ):
        orders = shop_orders.placed_by(customers, since=since, until=until)
        done, last = done + len(orders), customers[-1]
        chunk = _chunk(order_placed.as_counted(orders, terms))
        pasts = [_live(side, chunk, at=until) for side in sides]
        for side, lived in zip(sides, pasts, strict=True):
            for past in lived.values():
                past_fates.add(side.outcome, past, side.scheme, assumed)
        shop.add(chunk, pasts, [side.scheme.terms.value for side in sides])
        if not go_on(done):
            return None
    return _results(sides, shop)


@dataclass(frozen=True)
class _Chunk:
    """Orders that count, of some customers, by the account they earn for, with their returns."""

    orders: Mapping[int, list[OrderFacts]]
    returned: Mapping[str, OrderReturns]
    #: By account, the customer; one who is no member has a negative number.
    owners: Mapping[int, int]


def _chunk(orders: Sequence[OrderFacts]) -> _Chunk:
    """As a backfill has them: nothing of who was erased since."""
    forgotten = member_erased.placed_before(orders)
    found, owners = defaultdict[int, list[OrderFacts]](list), dict[int, int]()
    known = ledger_queries.accounts_of([order.user_id or 0 for order in orders])
    for order in orders:
        if order.user_id is None or order.number in forgotten:
            continue
        account_id = known[order.user_id][0] if order.user_id in known else -order.user_id
        owners.setdefault(account_id, order.user_id)
        found[account_id].append(order)
    numbers = [order.number for placed in found.values() for order in placed]
    return _Chunk(found, shop_returns.returns_of(numbers), owners)


def _live(side: _Side, chunk: _Chunk, *, at: datetime) -> dict[int, Past]:
    """Live through these pasts as a backfill would."""
    terms, rules = side.scheme.terms, side.scheme.rules
    orders = [order for placed in chunk.orders.values() for order in placed]
    accounts = {user_id: account_id for account_id, user_id in chunk.owners.items()}
    reached = (
        shop_orders.numbers_that_reached(terms.spendable_status, list(chunk.returned))
        if terms.spendable == "on-status"
        else set()
    )
    setting = Setting(
        terms=terms,
        ladder=side.scheme.ladder,
        matches=order_matches.of(orders, rules),
        versions=rules,
        buyers=order_buyers.run(rules, accounts),
        taken={account_id: Taken(side.used, []) for account_id in chunk.orders},
        spendable=reached,
        kept=order_kept.kept_of(chunk.returned, shipping_earns=terms.counts_shipping),
        at=at,
    )
    return {
        account_id: live_through(account_id, placed, (), setting)
        for account_id, placed in chunk.orders.items()
    }


@dataclass
class _Shop:
    """What both sides share: members, orders and money, and who gains how much by the draft."""

    currency: str
    members: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)
    gaining: int = 0
    losing: int = 0
    gainers: list[tuple[Fraction, int, int, int]] = field(default_factory=list)

    def add(
        self, chunk: _Chunk, pasts: Sequence[Mapping[int, Past]], values: Sequence[Fraction]
    ) -> None:
        """Count in some members; `values` are those of a point, by the programme and the draft."""
        self.members += len(chunk.orders)
        for placed in chunk.orders.values():
            self.orders += len(placed)
            for order in placed:
                returned = chunk.returned.get(order.number)
                if returned and order.currency == self.currency:
                    self.revenue += order_kept.money(returned) or 0
        for account_id, user_id in chunk.owners.items():
            before, after = (_points(lived[account_id]) for lived in pasts)
            gain = after * values[1] - before * values[0]
            self.gaining += gain > 0
            self.losing += gain < 0
            if gain > 0:
                # Of equal gains that of the older customer.
                heapq.heappush(self.gainers, (gain, -user_id, before, after))
                if len(self.gainers) > GAINERS:
                    heapq.heappop(self.gainers)


def _points(past: Past) -> int:
    return sum(decision.carried for decision in past.decisions)


def _results(sides: Sequence[_Side], shop: _Shop) -> dict[str, Any]:
    """As they are stored."""
    return {
        "members": shop.members,
        "orders": shop.orders,
        "revenue": str(shop.revenue),
        "gaining": shop.gaining,
        "losing": shop.losing,
        "gainers": [
            {"customer": -minus, "before": before, "after": after}
            for _gain, minus, before, after in sorted(shop.gainers, reverse=True)
        ],
        "programme": _result(sides[0]),
        "draft": _result(sides[1]),
    }


def _result(side: _Side) -> dict[str, Any]:
    outcome = side.outcome
    return {
        "awards": outcome.awards,
        "points": outcome.points,
        "value": str(side.scheme.terms.value),
        "tiers": {str(tier_id): members for tier_id, members in sorted(outcome.tiers.items())},
        "fates": [[*fate, points] for fate, points in outcome.fates.items()],
    }


def _days(first: date | None, last: date | None, terms: Terms, at: datetime) -> tuple[date, date]:
    """Without days, all that there were."""
    today = terms.local_date(at)
    if first and first > today:
        raise DraftRefused(_("The time has not begun yet."))
    if first and last and last < first:
        raise DraftRefused(_("The time ends before it begins."))
    if first is None:
        oldest = shop_orders.oldest(until=at)
        first = terms.local_date(oldest) if oldest else today
    last = min(last or today, today)
    if last < max(first, EARLIEST):
        raise DraftRefused(_("Customers placed no orders in this time."))
    return max(first, EARLIEST), last


def _moments(first: date, last: date, terms: Terms, at: datetime) -> tuple[datetime, datetime]:
    """The first one and the last one of the days, none after `at`."""
    end = terms.midnight(last + _ONE_DAY) - timedelta(microseconds=1)
    return terms.midnight(first), min(end, at)
