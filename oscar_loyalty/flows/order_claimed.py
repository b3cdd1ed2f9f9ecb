"""A guest has registered, and shows that an order is theirs: it earns as if placed signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty import conf
from oscar_loyalty.errors import ClaimRefused
from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.flows import order_kept, order_matches, order_placed
from oscar_loyalty.program.earning import policy
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.policy.rules import Rule, in_force
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.reports import services as reports
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import orders

#: Nobody's: what a guest would earn is never saved.
GUEST = 0


@dataclass(frozen=True)
class Prospect:
    """What claiming an order would earn; `refusal` says why it cannot be claimed, if so."""

    points: int
    refusal: str = ""


@transaction.atomic
def run(order_number: str, user_id: int, *, at: datetime) -> int:
    """
    Make the order the customer's and return the points it earns, at its own date.

    Who calls it has seen proof that the visitor placed the order; an e-mail address is none.

    :raises ClaimRefused: if it is somebody's already, or too old to earn anything.
    """
    order = orders.facts_of(order_number)
    if order is None:
        raise ClaimRefused(_("There is no such order."))
    if order.user_id == user_id:
        raise ClaimRefused(_("This order is in your account already."))
    known = earning_queries.terms_and_rules()
    if refusal := _owned(order) or _refusal(order, known[0] if known else None, at):
        raise ClaimRefused(refusal)
    # Who is being merged at this moment earns in the account that goes on.
    account_id = ledger_queries.account_of(user_id)
    if account_id is not None:
        ledger.lock_current(account_id)
    # Of two who claim at once, one finds that the order has become the other's.
    if not orders.give_to(order_number, user_id):
        raise ClaimRefused(_("This order belongs to a customer already."))
    reports.note_changed(order_number)
    return order_placed.run(order_number, at=at) or 0


def prospect(order_number: str, *, at: datetime, exactly: bool = False) -> Prospect | None:
    """
    What claiming a guest's order would earn a new member; None where there is nothing to claim.

    By terms at most a minute old. Only when `exactly` is it asked what has come back of the order.
    """
    known = earning_queries.display_terms()
    order = orders.facts_of(order_number) if known else None
    if known is None or order is None or order.user_id is not None:
        return None
    terms, rules = known
    if refusal := _owned(order) or _refusal(order, terms, at):
        return Prospect(0, refusal)
    return Prospect(_points(order, terms, rules, at, exactly=exactly))


def _points(
    order: OrderFacts, terms: Terms, rules: tuple[Rule, ...], at: datetime, *, exactly: bool
) -> int:
    matches = order_matches.of([order], in_force(rules, order.placed_at))
    award = policy.award_for(order, terms, matches=matches, is_promise=True)
    kept = (
        order_kept.as_placed([order.number], shipping_earns=terms.counts_shipping)
        if exactly
        else {}
    )
    shares = kept.get(order.number, {})
    return earning.decision(GUEST, order, award, terms, shares=shares, at=at).carried


def _owned(order: OrderFacts) -> str:
    """That the order has earned before: its customer may have deleted their profile since."""
    if earning_queries.award_of(order.number) is None:
        return ""
    return _("This order belongs to a customer already.")


def _refusal(order: OrderFacts, terms: Terms | None, at: datetime) -> str:
    """Why the order cannot be claimed; empty when it can."""
    if terms is None:
        return _("There is no loyalty programme at the moment.")
    if order.placed_at < terms.starts_at:
        return _("This order is older than the loyalty programme, so it earns no points.")
    days = conf.CLAIM_DAYS()
    if order.placed_at < at - timedelta(days=days):
        return ngettext(
            "An order can be claimed for %(days)s day; this one is older and earns no points.",
            "An order can be claimed for %(days)s days; this one is older and earns no points.",
            days,
        ) % {"days": days}
    return ""
