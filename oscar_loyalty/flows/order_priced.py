"""An order is priced by the rules of its day, and by what their limits leave at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.flows import order_buyers, order_matches
from oscar_loyalty.program.earning import policy
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.policy.rules import Rule
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.terms.policy import Terms


@dataclass(frozen=True)
class Standing:
    """The account that earns, the tier it stood on just before the order, and what this gives."""

    account_id: int
    tier_id: int | None = None
    multiplier: Decimal = Decimal(1)


def run(
    order: OrderFacts,
    terms: Terms,
    rules: Sequence[Rule],
    standing: Standing,
    *,
    language: str = "",
) -> tuple[policy.Award, int]:
    """
    The award, and the account it is for: while a limit is looked at, no merge takes it elsewhere.

    Where limits decide, the account is locked, then the rules, until the transaction ends.
    """
    account_id = standing.account_id
    matches = order_matches.of([order], rules)
    owner = {order.user_id: account_id} if order.user_id is not None else {}
    about_orders = policy.distinct(matches)
    buyers = order_buyers.run(about_orders, owner, language=language)
    buyer = buyers.of(order, account_id, standing.tier_id)
    limited = policy.contenders(order, terms, matches, buyer)
    taken = policy.NOTHING_TAKEN
    if limited:
        account_id = ledger.lock_current(account_id)
        used = earning.lock_rules([rule.rule_id for rule in limited])
        taken = earning_queries.taken(limited, used, [account_id])[account_id]
    award = policy.award_for(order, terms, standing.multiplier, matches, buyer=buyer, taken=taken)
    return award, account_id
