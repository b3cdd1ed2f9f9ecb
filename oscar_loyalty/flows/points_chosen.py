"""A shopper chooses how many points to spend on the basket, or none after all."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from oscar_loyalty import conf
from oscar_loyalty.errors import NotAMember, RedemptionRefused
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Restraint
from oscar_loyalty.program.redemption import services as redemption
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import baskets


@transaction.atomic
def run(user_id: int, basket_id: int, points: int, *, at: datetime) -> None:
    """
    Keep `points` for the basket, in place of those that were chosen before.

    :raises NotAMember: if the customer has no account.
    :raises RedemptionRefused: if the programme or the member's tier does not let them spend points,
        or the basket is being paid.
    :raises InvalidPoints: if `points` is not a whole number from 1 up.
    :raises InsufficientPoints: if the member can spend fewer.
    """
    membership = tiers_queries.membership_of(user_id)
    if membership is None:
        raise NotAMember(_("You are no member of the loyalty programme yet."))
    terms = terms_queries.current()
    if terms is None or not may_redeem(membership, terms):
        raise RedemptionRefused(_("You cannot spend points at the moment."))
    # Only now, with the account locked, is nobody else about to block it.
    ledger.lock([membership.account_id])
    _refuse_restrained(ledger_queries.restraint_of(membership.account_id), at)
    if not baskets.not_being_paid([basket_id]):
        raise RedemptionRefused(_("This basket is being paid; its points cannot be changed."))
    until = at + timedelta(minutes=conf.HOLD_MINUTES())
    redemption.hold(membership.account_id, basket_id, points, at=at, until=until)


def _refuse_restrained(restraint: Restraint, at: datetime) -> None:
    if restraint.blocked:
        raise RedemptionRefused(_("The shop has blocked your points; please contact us."))
    if restraint.holds(at):
        raise RedemptionRefused(
            _("You cannot spend points yet: your e-mail address or password has just changed.")
        )


def may_redeem(membership: Membership, terms: Terms) -> bool:
    """Whether a member on this tier may spend points at all."""
    if membership.tier is None:
        return terms.redeemable and terms.redeem_without_tier
    return terms.redeemable and membership.tier.may_redeem
