"""A customer becomes a member: an account, a place at the foot of the ladder, sign-up points."""

from datetime import datetime

from django.db import transaction

from oscar_loyalty.errors import KeyReused
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import services as tiers
from oscar_loyalty.shop import people
from oscar_loyalty.signals import announce, member_joined, points_earned


@transaction.atomic
def run(user_id: int, *, at: datetime) -> int:
    """Make the customer a member and return the account; sign-up points once per person."""
    account_id = ledger_queries.account_of(user_id)
    if account_id is not None:
        return account_id
    account_id, opened = ledger.open_account(user_id, at=at)
    if not opened:
        return account_id
    tiers.open_standing(account_id, at=at)
    announce(member_joined, account_id=account_id)
    _welcome(account_id, user_id, at)
    return account_id


def _welcome(account_id: int, user_id: int, at: datetime) -> None:
    terms = terms_queries.current()
    if terms is None or not terms.signup_points or _is_old(user_id, terms):
        return
    keys = [f"bonus:signup:{person}" for person in people.same_person_keys(user_id)]
    if any(ledger_queries.is_posted(key) for key in keys):
        return
    cause = Cause("bonus", keys[0], reason="signup")
    try:
        posted = ledger.accrue(account_id, Accrual(terms.signup_points, cause, at))
    except KeyReused:  # the same person registered twice at this moment
        return
    if not posted:
        return
    announce(
        points_earned,
        account_id=account_id,
        points=terms.signup_points,
        source="signup",
        order_number="",
    )


def _is_old(user_id: int, terms: Terms) -> bool:
    """Whether the customer had registered before there was a programme to sign up to."""
    registered_at = people.registered_at(user_id)
    return registered_at is not None and registered_at < terms.starts_at
