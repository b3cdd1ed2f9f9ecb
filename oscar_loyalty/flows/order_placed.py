"""An order was placed: it earns, counts towards tiers, and may lift the member."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db import transaction

from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.flows import (
    member_erased,
    member_joined,
    order_followed_up,
    order_kept,
    order_priced,
    tier_progress,
)
from oscar_loyalty.flows.order_priced import Standing
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.earning.policy import stored
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause, earn_key
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import offers, orders
from oscar_loyalty.signals import announce, points_earned


@transaction.atomic
def run(
    order_number: str,
    *,
    at: datetime,
    member: Membership | None = None,
    just_now: bool = False,
    language: str = "",
) -> int | None:
    """
    Award the order and return its points; None when there was nothing to decide any more.

    `member` is who placed it as they stood just before, and `language` the one they read, where the
    caller knows. Of an order that was not placed `just_now` a part may have come back before it is
    decided about.
    """
    known = earning_queries.written_terms_and_rules()
    order = orders.facts_of(order_number) if known else None
    if known is None or order is None or order.user_id is None:
        return None
    (terms, newest), user_id = known, order.user_id
    if order.placed_at < terms.starts_at or (not just_now and _is_forgotten(order)):
        return None
    (order,) = as_counted([order], terms)
    rules = earning_queries.rules_at(newest, order.placed_at)
    standing = _standing(order, user_id, member, at)
    award, account_id = order_priced.run(order, terms, rules, standing, language=language)
    shares = {} if just_now else _kept(order, terms)
    decision = earning.decision(account_id, order, award, terms, shares=shares, at=at)
    if not earning.record(decision):
        return None
    earning.count_uses([decision], {order.number: shares})
    if decision.carried:
        post(decision, at=at)
        _announce(decision)
    else:
        # Two orders must not climb at once, nor one count for an account that was merged meanwhile.
        # An accrual sees to both by itself, and like it this comes after the decision is recorded:
        # whoever decides about the same order would wait for us while we wait for the account.
        earning.hand_over(decision, ledger.lock_current(account_id))
    if decision.qualifies and decision.stands:
        tier_progress.count(decision, terms, at=at)
    order_followed_up.run(decision, language=language, at=at)
    return decision.carried


def post(decision: Award, *, at: datetime) -> None:
    """Enter in the books what an order carries that was just decided about."""
    accruals = accruals_now(decision, at=at)
    for accrual in accruals:
        ledger.accrue(decision.account_id, accrual)
    if decision.carried != decision.points:
        ledger.settle_order(decision.account_id, accruals, decision.carried, at=at)


def accruals_of(decision: Award) -> list[Accrual]:
    """The ledger's entry for what an order earns; one more for every day that some expire on."""
    number = decision.order_number
    parts = stored.parts(decision.breakdown, points=decision.points)
    return [
        Accrual(
            points,
            Cause("earn", earn_key(number, place), number),
            decision.placed_at,
            pending=not decision.matured,
            available_at=decision.available_at,
            expires_at=expires_at,
        )
        for place, (expires_at, points) in enumerate(parts, start=1)
    ]


def accruals_now(decision: Award, *, at: datetime) -> list[Accrual]:
    """The same at the moment of the decision, before which nobody could spend them."""
    return [
        replace(accrual, matured_at=None if accrual.pending else at)
        for accrual in accruals_of(decision)
    ]


def as_counted(placed: Sequence[OrderFacts], terms: Terms) -> Sequence[OrderFacts]:
    """Orders at what counts: where points earn, too, what they cost before those paid a part."""
    if not terms.earns_on_redeemed:
        return placed
    paid = orders.paid_by([order.number for order in placed], offers.points_offer_id())
    return [_with(order, paid) for order in placed] if paid else placed


def _with(order: OrderFacts, paid: Mapping[int, tuple[Decimal, Decimal]]) -> OrderFacts:
    """The order as if that had been paid for its lines, too."""
    nothing = (Decimal(0), Decimal(0))
    lines = []
    for line in order.lines:
        with_tax, without = paid.get(line.line_id, nothing)
        lines.append(
            replace(
                line,
                paid_incl_tax=line.paid_incl_tax + with_tax,
                paid_excl_tax=line.paid_excl_tax + without,
            )
        )
    return replace(order, lines=tuple(lines))


def _is_forgotten(order: OrderFacts) -> bool:
    return bool(member_erased.placed_before([order]))


def _kept(order: OrderFacts, terms: Terms) -> Mapping[int, Fraction]:
    known = order_kept.as_placed([order.number], shipping_earns=terms.counts_shipping)
    return known.get(order.number, {})


def _announce(decision: Award) -> None:
    announce(
        points_earned,
        account_id=decision.account_id,
        points=decision.carried,
        source=f"order:{decision.order_number}",
        order_number=decision.order_number,
    )


def _standing(order: OrderFacts, user_id: int, member: Membership | None, at: datetime) -> Standing:
    """The account that earns, as it stood just before the order."""
    if member is None or member.user_id != user_id:
        member = tiers_queries.membership_of(user_id)
    if member is None:
        return Standing(member_joined.run(user_id, at=at))
    if member.since > order.placed_at:
        rung = tiers_queries.rung_at(member.account_id, order.placed_at)
        if rung is None:
            return Standing(member.account_id)
        return Standing(member.account_id, rung.tier_id, rung.multiplier)
    return Standing(member.account_id, member.tier_id, member.multiplier)
