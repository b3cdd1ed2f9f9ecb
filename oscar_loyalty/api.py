"""
What a shop's own code may call: read a member's points and tier, reward an action, adjust.

Every function takes a user of the shop. Points are whole numbers, money is Decimal; what is
refused raises a `LoyaltyError` and changes nothing.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from oscar_loyalty.errors import LoyaltyError, NotAMember
from oscar_loyalty.flows import action_rewarded, points_adjusted
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger.queries import Balance
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.tiers import queries as tiers_queries

__all__ = ["Balance", "LoyaltyError", "MemberStanding", "adjust", "balance", "earn", "standing"]


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


def _registered(user: Any) -> int:
    if user.pk is None:
        raise NotAMember(_("Only registered users take part."))
    pk: int = user.pk
    return pk
