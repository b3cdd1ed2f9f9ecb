"""A customer becomes a member: an account, a place at the foot of the ladder, sign-up points."""

from datetime import datetime

from django.db import transaction

from oscar_loyalty.errors import KeyReused
from oscar_loyalty.flows import act_rewarded
from oscar_loyalty.flows.act_rewarded import Act
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.policy.rules import Rule
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
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
    known = earning_queries.terms_and_rules()
    if known is None or not _is_rewarded(known, at) or _is_old(user_id, known[0]):
        return
    terms, people_keys = known[0], people.same_person_keys(user_id)
    if any(_was_welcomed(person) for person in people_keys):
        return
    if terms.signup_points:
        _give(account_id, terms, people_keys[0], at)
    source = f"signup:{people_keys[0]}"
    act_rewarded.run(Act("signup", user_id, account_id, source, base=terms.signup_points), at=at)


def _is_rewarded(known: tuple[Terms, tuple[Rule, ...]], at: datetime) -> bool:
    return bool(known[0].signup_points or act_rewarded.rules_for("signup", known, at))


def _was_welcomed(person: str) -> bool:
    posted = ledger_queries.is_posted(f"bonus:signup:{person}")
    return posted or earning_queries.is_used(f"signup:{person}")


def _give(account_id: int, terms: Terms, person: str, at: datetime) -> None:
    cause = Cause("bonus", f"bonus:signup:{person}", reason="signup")
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
