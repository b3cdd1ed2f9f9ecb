"""
What a shop's own code may call: read a member's points and tier, reward an action, choose how many
points to spend on a basket, adjust, give a coupon.

Every function takes a user of the shop, or one of its baskets or orders. Points are whole numbers,
money is Decimal; what is refused raises a `LoyaltyError` and changes nothing.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oscar_loyalty.errors import LoyaltyError, NotAMember, RedemptionRefused
from oscar_loyalty.flows import (
    action_rewarded,
    coupon_given,
    order_recalculated,
    points_adjusted,
    points_chosen,
    points_taken_off,
)
from oscar_loyalty.flows.coupon_given import Given
from oscar_loyalty.flows.order_recalculated import Recalculated
from oscar_loyalty.guard import within_lock_timeout
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger.queries import Balance
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.tiers import queries as tiers_queries

__all__ = [
    "Balance",
    "Given",
    "LoyaltyError",
    "MemberStanding",
    "Recalculated",
    "adjust",
    "balance",
    "earn",
    "give_coupon",
    "recalculate",
    "report",
    "spend",
    "spend_none",
    "standing",
]


@dataclass(frozen=True)
class MemberStanding:
    """
    The tier a member stands on and the next one; None where there is none.

    `progress` and `needed` are in what the programme measures: money, points or orders.
    """

    tier: str | None
    multiplier: Decimal
    next_tier: str | None
    progress: Decimal
    needed: Decimal | None


def balance(user: Any) -> Balance | None:
    """The member's points: owned, pending, held and spendable; None for one who is no member."""
    return ledger_queries.balance_of(user.pk)


def standing(user: Any, *, at: datetime | None = None) -> MemberStanding | None:
    """Where the member stands; None for one who is no member or without a programme."""
    terms = terms_queries.current()
    account_id = ledger_queries.account_of(user.pk)
    if terms is None or account_id is None:
        return None
    position = tiers_queries.position(account_id, terms, at=at or timezone.now())
    higher = position.next_rung
    return MemberStanding(
        tier=str(position.held.name) if position.held else None,
        multiplier=position.held.multiplier if position.held else Decimal(1),
        next_tier=str(higher.name) if higher else None,
        progress=position.progress,
        needed=max(higher.threshold - position.progress, Decimal(0)) if higher else None,
    )


def earn(
    user: Any, points: int, *, action: str, reference: str, at: datetime | None = None
) -> bool:
    """
    Give `points` for an action of the shop's own, once per customer, action and reference.

    Returns False when they had been given before, so it may be called again without harm. The
    customer becomes a member if need be.

    `action` is 1 to 64 letters, digits, hyphens or underscores, `reference` 1 to 100 characters.

    :raises NotAMember: if the user is anonymous or not saved.
    :raises InvalidPoints: if `points` is not a whole number from 1 to a trillion.
    :raises InvalidCause: if action or reference is anything else.
    :raises KeyReused: if the same action and reference came before with other points.
    """
    return action_rewarded.run(
        _registered(user), points, action=action, reference=reference, at=at or timezone.now()
    )


def report(user: Any, *, action: str, reference: str, at: datetime | None = None) -> int:
    """
    Give what earning rules have for an action, and return the points; 0 where none applies.

    Once per customer, action and reference, so it may be called again without harm. The customer
    becomes a member if need be. `earn` does so, too, beside the points that it is told to give.

    :raises NotAMember: if the user is anonymous or not saved.
    :raises InvalidCause: if action or reference is not as `earn` wants it.
    """
    return action_rewarded.report(
        _registered(user), action=action, reference=reference, at=at or timezone.now()
    )


def adjust(
    user: Any,
    points: int,
    *,
    reason: str,
    note: str,
    actor: Any,
    source: str | None = None,
    at: datetime | None = None,
) -> bool:
    """
    Correct a member's points up or down on behalf of `actor`, once per `source`.

    `reason` is 1 to 64 characters, `source` 1 to 100; without one every call is a correction.

    :raises NotAMember: if the user has no account, or the actor is anonymous or not saved.
    :raises NoteMissing: if the note is empty.
    :raises InvalidCause: if reason or source is anything else, or the note cannot be read.
    :raises OwnAccount: if `actor` is the user.
    :raises InvalidPoints: if `points` is zero or absurd.
    :raises InsufficientPoints: if the member can spend fewer points than would be taken.
    """
    account_id = ledger_queries.account_of(user.pk)
    if account_id is None:
        raise NotAMember(_("This customer is no member."))
    return points_adjusted.run(
        account_id,
        points,
        reason=reason,
        note=note,
        actor_id=_registered(actor),
        source=str(uuid.uuid4()) if source is None else source,
        at=at or timezone.now(),
    )


def spend(basket: Any, points: int, *, at: datetime | None = None) -> None:
    """
    Keep `points` of its owner for a basket, in place of those that were chosen before.

    They come off when Oscar next applies its offers to the basket, as many as it takes then, and
    are spent by the order; an order that is never placed lets them go.

    :raises NotAMember: if the basket has no owner, or one who is no member.
    :raises RedemptionRefused: if the member may not spend points, or the basket is closed.
    :raises InvalidPoints: if `points` is not a whole number from 1 to a trillion.
    :raises InsufficientPoints: if the member can spend fewer; what was kept stays kept.
    :raises OperationalError: on PostgreSQL, if the points stay locked for too long.
    """
    if basket.owner_id is None:
        raise NotAMember(_("Only registered users take part."))
    _refuse_closed(basket)
    with transaction.atomic(), within_lock_timeout():
        points_chosen.run(basket.owner_id, basket.pk, points, at=at or timezone.now())
    redemption_queries.forget_wanted(basket)


def spend_none(basket: Any) -> int:
    """
    Let the points go that are kept for a basket; return how many.

    :raises RedemptionRefused: if the basket is closed: its points may be paying for an order.
    :raises OperationalError: on PostgreSQL, if the points stay locked for too long.
    """
    _refuse_closed(basket)
    with transaction.atomic(), within_lock_timeout():
        released = points_taken_off.by_shopper(basket.pk)
    redemption_queries.forget_wanted(basket)
    return released


def give_coupon(
    user: Any,
    kind: str,
    value: Decimal = Decimal(0),
    *,
    expires_at: datetime,
    source: str,
    minimum: Decimal = Decimal(0),
    product_range: Any = None,
    at: datetime | None = None,
) -> Given:
    """
    Give a coupon that only this customer can use, for one order, once per customer and source.

    `kind` is "percentage", "amount", "free-shipping" or "gift"; `value` is per cent or in the
    programme's currency. `minimum` is what the goods must cost before discounts. With a
    `product_range` of Oscar's only its products are discounted, and counted; a gift is the cheapest
    of them in the basket, one item of it. `source` is 1 to 100 characters.

    Called again with the same source it returns the same code and gives nothing. The customer
    becomes a member if need be.

    :raises NotAMember: if the user is anonymous or not saved.
    :raises NoProgramme: if there is none.
    :raises InvalidCoupon: if it would give nothing, too much, or something that is not there.
    :raises InvalidDate: if it would expire at once, or after more than ten years.
    :raises InvalidCause: if the source is anything else.
    :raises KeyReused: if the same source came before with another coupon.
    """
    return coupon_given.by_shop(
        _registered(user),
        coupon_given.gift_of(
            kind, value, minimum=minimum, range_id=product_range and product_range.pk
        ),
        expires_at=expires_at,
        source=source,
        at=at or timezone.now(),
    )


def recalculate(order: Any, *, at: datetime | None = None) -> Recalculated:
    """
    Bring the points of one of the shop's orders in line with what is kept of it by now.

    Statuses, refunds and return events are noticed without it; call it where a shop keeps its
    returns elsewhere and has just written them into the order. Again and again does no harm.
    """
    return order_recalculated.run(str(order.number), at=at or timezone.now())


def _registered(user: Any) -> int:
    if user.pk is None:
        raise NotAMember(_("Only registered users take part."))
    pk: int = user.pk
    return pk


def _refuse_closed(basket: Any) -> None:
    if basket.pk is None or not basket.can_be_edited:
        raise RedemptionRefused(_("This basket can no longer be changed."))
