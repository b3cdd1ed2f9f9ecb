"""The programme runs over the orders a shop already has, as if it had been there."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from oscar_loyalty.errors import InvalidDate, NoProgramme
from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.flows import (
    member_erased,
    order_buyers,
    order_kept,
    order_matches,
    order_placed,
)
from oscar_loyalty.flows.customer_past import Past, Setting, live_through
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.policy.rules import Rule
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers import services as tiers
from oscar_loyalty.shop import orders as shop_orders

CUSTOMERS_AT_A_TIME = 500
TRIES = 3
#: Days before this cannot all be converted between time zones, and no shop had orders then.
EARLIEST = date(1900, 1, 1)

#: The terms, and every version of every earning rule.
Known = tuple[Terms, Sequence[Rule]]


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
    #: By rule, what was taken of its limits.
    uses: Counter[int] = field(default_factory=Counter)

    def add(self, more: "Figures") -> None:
        """Count `more` in, which may take members from a tier."""
        self.members += more.members
        self.orders += more.orders
        self.points += more.points
        self.owned += more.owned
        self.tiers.update(more.tiers)
        self.uses.update(more.uses)


def run(
    *,
    at: datetime,
    since: date | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Summary:
    """
    Award every undecided order placed by `at` in order of date, some customers in each transaction.

    Running again changes nothing. `progress` is told after each step how many orders were looked
    at, and of how many. Nothing is announced and nobody gets sign-up points: all this is past.

    :raises NoProgramme: if there is none, or it is switched off.
    :raises InvalidDate: if `since` lies in the future.
    """
    known = _known()
    start = _start(since, known[0], at)
    before, added = _figures(), Figures()
    done, total = 0, shop_orders.count_placed(since=start, until=at)
    last: int | None = None
    while customers := shop_orders.customers_after(
        last, since=start, until=at, limit=CUSTOMERS_AT_A_TIME
    ):
        orders = shop_orders.placed_by(customers, since=start, until=at)
        # A dry run leaves no trace in the limits of rules, so it has to remember.
        unwritten = added.uses if dry_run else Counter[int]()
        added.add(_try(partial(_award, orders, known, unwritten, at=at), dry_run=dry_run))
        done, last = done + len(orders), customers[-1]
        progress(done, total)
    before.add(added)
    return _summary(before if dry_run else _figures(), added, known[0])


def _known() -> Known:
    known = earning_queries.terms_and_rules()
    if known is None:
        raise NoProgramme(
            _("There is no active programme; run loyalty_setup, or switch it on in the admin.")
        )
    return known[0], earning_queries.versions() if known[1] else ()


def _start(since: date | None, terms: Terms, at: datetime) -> datetime | None:
    """The moment that day begins where the programme lives."""
    if since is None:
        return None
    if since > terms.local_date(at):
        raise InvalidDate(_("The date lies in the future; name a past one."))
    return terms.midnight(max(since, EARLIEST))


def _try(award: Callable[[], Figures], *, dry_run: bool) -> Figures:
    """An order placed at this moment may be in our way, or we in its; then we start again."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                changed = award()
                transaction.set_rollback(dry_run)
        except (IntegrityError, OperationalError):
            if attempt == TRIES:
                raise
        else:
            break
    return changed


def _award(
    orders: list[OrderFacts], known: Known, unwritten: Mapping[int, int], *, at: datetime
) -> Figures:
    """Live through the past of every customer who has an undecided order, and write it down."""
    changed = Figures()
    accounts = _accounts(_undecided(orders), changed)
    # Only now, with the accounts locked, does nobody else award them.
    news: dict[int, list[OrderFacts]] = defaultdict(list)
    for order in _undecided(orders) if accounts else ():
        if order.user_id is not None:
            news[accounts[order.user_id][0]].append(order)
    if news:
        setting = _setting(news, known, unwritten, at)
        pasts = _pasts(news, setting)
        changed.tiers.update(_write(pasts, setting))
        _measure(pasts, dict(accounts.values()), changed)
        for past in pasts.values():
            changed.uses.update(past.uses)
    return changed


def _undecided(orders: Sequence[OrderFacts]) -> list[OrderFacts]:
    numbers = set(earning_queries.undecided([order.number for order in orders]))
    undecided = [order for order in orders if order.number in numbers]
    forgotten = member_erased.placed_before(undecided)
    return [order for order in undecided if order.number not in forgotten]


def _accounts(orders: Sequence[OrderFacts], changed: Figures) -> dict[int, tuple[int, int]]:
    """Account id and balance of each customer, locked; opened on the day of the first order."""
    joined: dict[int, datetime] = {}
    for order in orders:
        if order.user_id is not None:
            joined.setdefault(order.user_id, order.placed_at)
    known = ledger_queries.accounts_of(list(joined))
    ledger.open_accounts({user: at for user, at in joined.items() if user not in known})
    opened = ledger_queries.accounts_of(list(joined))
    ledger.lock(pk for pk, _balance in opened.values())
    changed.members = changed.tiers[None] = len(opened) - len(known)
    return ledger_queries.accounts_of(list(joined))


def _setting(
    news: dict[int, list[OrderFacts]], known: Known, unwritten: Mapping[int, int], at: datetime
) -> Setting:
    """What these orders are decided by, with the limits of rules locked."""
    terms, rules = known
    orders = [order for placed in news.values() for order in placed]
    limited = [rule for rule in rules if rule.is_limited]
    # After the accounts, as everybody else has it.
    used = earning.lock_rules({rule.rule_id for rule in limited}) if limited else {}
    for rule_id in used:
        used[rule_id] += unwritten.get(rule_id, 0)
    taken = earning_queries.taken(limited, used, list(news))
    owners = {placed[0].user_id or 0: account_id for account_id, placed in news.items()}
    return Setting(
        terms=terms,
        ladder=tiers_queries.ladder(),
        versions=rules,
        matches=order_matches.of(orders, rules),
        buyers=order_buyers.run(rules, owners),
        taken=taken,
        spendable=_spendable(orders, terms),
        kept=order_kept.as_placed(
            [order.number for order in orders], shipping_earns=terms.counts_shipping
        ),
        at=at,
    )


def _pasts(news: dict[int, list[OrderFacts]], setting: Setting) -> dict[int, Past]:
    """What each account's new orders lead to, beside what it has had counted."""
    counted: dict[int, list[tuple[datetime, Decimal]]] = defaultdict(list)
    for account_id, moment, amount in tiers_queries.counted_by(list(news), setting.terms):
        counted[account_id].append((moment, amount))
    return {
        account_id: live_through(account_id, placed, counted[account_id], setting)
        for account_id, placed in news.items()
    }


def _spendable(orders: Sequence[OrderFacts], terms: Terms) -> set[str]:
    """Orders that reached the status which makes points spendable, and may have left it since."""
    if terms.spendable != "on-status":
        return set()
    numbers = [order.number for order in orders]
    return shop_orders.numbers_that_reached(terms.spendable_status, numbers)


def _write(pasts: dict[int, Past], setting: Setting) -> Counter[int | None]:
    """Write the pasts down, and say how many members each tier gains or loses by it."""
    at = setting.at
    decisions = [decision for past in pasts.values() for decision in past.decisions]
    earning.record_many(decisions)
    earning.count_uses(decisions, setting.kept)
    ledger.post_history(
        {
            account_id: [
                accrual
                for decision in past.decisions
                if decision.carried
                for accrual in order_placed.accruals_now(decision, at=at)
            ]
            for account_id, past in pasts.items()
        }
    )
    for decision in decisions:
        if 0 < decision.carried < decision.points:
            first = order_placed.accruals_of(decision)
            ledger.settle_order(decision.account_id, first, decision.carried, at=at)
    tiers.count_many([event for past in pasts.values() for event in past.events])
    return tiers.place(
        {account_id: past.career for account_id, past in pasts.items()}, setting.terms, at=at
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


def _summary(figures: Figures, added: Figures, terms: Terms) -> Summary:
    return Summary(
        members=figures.members,
        orders=figures.orders,
        points=figures.points,
        tiers=tiers_queries.named(figures.tiers),
        liability=terms.worth(figures.owned),
        currency=terms.currency,
        orders_awarded=added.orders,
        points_awarded=added.points,
    )
