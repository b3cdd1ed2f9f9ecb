"""A customer deletes their profile: the books stay, and name nobody."""

from collections.abc import Collection

from django.db import transaction

from oscar_loyalty.flows import points_taken_off
from oscar_loyalty.program.coupons import services as coupons
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.members import services as members
from oscar_loyalty.shop import people


@transaction.atomic
def run(user_id: int) -> None:
    """
    Drop what names the customer, and let go what was kept for their baskets; points stay.

    One who was merged leaves the points to whoever still signs in to the other account.
    """
    own = ledger_queries.joined_as(user_id)
    if own is None:
        return
    make_nameless([own] if ledger_queries.is_closed(own) else ledger_queries.family_of(own))


def make_nameless(account_ids: Collection[int]) -> None:
    """Drop all words about the owners of these accounts."""
    coupons.lock(account_ids)
    for account_id in account_ids:
        points_taken_off.run_unless_being_paid(account_id)
        ledger.forget_notes(account_id)
        members.forget_words(account_id)
        coupons.forget_words(account_id)
    people.forget_in_admin_log(account_ids)
