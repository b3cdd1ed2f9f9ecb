"""A customer deletes their profile: the books stay, and name nobody."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db import transaction

from oscar_loyalty.flows import one_by_one, points_taken_off
from oscar_loyalty.program.coupons import services as coupons
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.members import services as members
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.oversight import services as oversight
from oscar_loyalty.program.reports import services as reports
from oscar_loyalty.program.winback import services as winback
from oscar_loyalty.shop import people


@transaction.atomic
def run(user_id: int, *, at: datetime) -> None:
    """
    Drop what names the customer, and let go what was kept for their baskets; points stay.

    One who was merged leaves the points to whoever still signs in to the other account.
    """
    oversight.forget_names([user_id])
    own = ledger_queries.joined_as(user_id)
    if own is not None:
        _forget(own, at=at)


def run_missed(*, at: datetime) -> int:
    """Do the same for customers who are gone already; return for how many."""
    return len(one_by_one.run(ledger_queries.left_with_words(), partial(_forget, at=at)))


@transaction.atomic
def _forget(own: int, *, at: datetime) -> None:
    family = ledger_queries.family_of(own)
    owners = (ledger_queries.owner_of(one) for one in family if one != own)
    # Without this one, who they are to the reports is another.
    reports.note_customers(owner for owner in owners if owner is not None)
    make_nameless([own] if ledger_queries.is_closed(own) else family, at=at)
    # Only this one: who was merged into it may still sign in, and write of themselves.
    ledger.note_nameless(own, at=at)


def make_nameless(account_ids: Collection[int], *, at: datetime) -> None:
    """Drop all words about the owners of these accounts, and write to them no more."""
    coupons.lock(account_ids)
    # As every search does before it follows a member, or each would wait for the other.
    ledger.lock(account_ids)
    for account_id in account_ids:
        points_taken_off.run_unless_being_paid(account_id)
        ledger.forget_notes(account_id)
        members.forget_words(account_id)
        coupons.forget_words(account_id)
    oversight.forget_words(account_ids)
    messages.forget(account_ids, at=at)
    winback.forget(account_ids, at=at)
    people.forget_in_admin_log(account_ids)
