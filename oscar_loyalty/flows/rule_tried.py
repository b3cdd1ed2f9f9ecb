"""What an order would have earned with a rule as it is drafted; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from oscar_loyalty.errors import InvalidCause, NoProgramme
from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.flows import order_buyers, order_matches, order_placed
from oscar_loyalty.flows.order_priced import Standing
from oscar_loyalty.program.earning import policy
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.earning.policy.rules import Rule
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.shop import orders

#: Nobody's: what is tried is never saved.
NOBODY = 0


@dataclass(frozen=True)
class Trial:
    """The award without the draft and with it, as by the rules in force at that moment."""

    before: Award
    after: Award


def run(
    draft: Rule, order_number: str, *, at: datetime, placed_at: datetime | None = None
) -> Trial:
    """
    Price an order again without and with the draft, in place of what its rule says by now.

    `placed_at` is when the order is taken to be placed; None for its own date. What else was given
    by then limits it as it does now; what the order itself has taken of limits counts as free.

    :raises NoProgramme: if there is none.
    :raises InvalidCause: if there is no such order.
    """
    known = earning_queries.written_terms_and_rules()
    order = orders.facts_of(order_number)
    if known is None:
        raise NoProgramme(_("There is no programme yet."))
    if order is None:
        raise InvalidCause(_("There is no such order."))
    terms, newest = known
    (order,) = order_placed.as_counted([order], terms)
    order = replace(order, placed_at=placed_at) if placed_at else order
    rules = earning_queries.rules_at(newest, order.placed_at)
    if not draft.rule_id:
        # As once it is published: of equals the oldest comes first.
        youngest = max((rule.rule_id for rule in newest), default=0)
        draft = replace(draft, rule_id=youngest + 1)
    others = [rule for rule in rules if rule.rule_id != draft.rule_id]
    standing = _standing(order)
    before = _award(order, terms, rules, standing, at)
    return Trial(before, _award(order, terms, [*others, draft], standing, at))


def _standing(order: OrderFacts) -> Standing:
    account_id = ledger_queries.account_of(order.user_id) if order.user_id else None
    if account_id is None:
        return Standing(NOBODY)
    rung = tiers_queries.rung_at(account_id, order.placed_at)
    if rung is None:
        return Standing(account_id)
    return Standing(account_id, rung.tier_id, rung.multiplier)


def _award(
    order: OrderFacts, terms: Terms, rules: Sequence[Rule], standing: Standing, at: datetime
) -> Award:
    matches = order_matches.of([order], rules)
    owner = {order.user_id: standing.account_id} if order.user_id else {}
    buyers = order_buyers.run(policy.distinct(matches), owner)
    buyer = buyers.of(order, standing.account_id, standing.tier_id)
    limited = policy.contenders(order, terms, matches, buyer)
    taken = earning_queries.taken_but_for(order.number, limited, standing.account_id)
    award = policy.award_for(
        order, replace(terms, active=True), standing.multiplier, matches, buyer=buyer, taken=taken
    )
    return earning.decision(standing.account_id, order, award, terms, at=at)
