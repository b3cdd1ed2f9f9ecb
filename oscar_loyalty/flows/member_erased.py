"""A member is erased: the books stay, balanced, without a name and without anything to spend."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from django.db import transaction

from oscar_loyalty.facts import OrderFacts
from oscar_loyalty.flows import profile_deleted
from oscar_loyalty.program.coupons import services as coupons
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.members import queries as members_queries
from oscar_loyalty.program.members import services as members
from oscar_loyalty.program.oversight import services as oversight
from oscar_loyalty.program.reports import services as reports
from oscar_loyalty.shop import people


@transaction.atomic
def run(account_id: int, *, at: datetime) -> int:
    """
    Erase the member and return the points written off; negative ones are a debt forgiven.

    With the account go all that were merged into it. Done again, it finds nothing to do.
    """
    family = _locked_family(account_id)
    profile_deleted.make_nameless(family, at=at)
    points = 0
    for one in family:
        if not ledger_queries.is_closed(one):
            points = ledger.write_off(one, at=at)
        owner = ledger_queries.owner_of(one)
        if owner is not None:
            oversight.forget_names([owner])
            members.note_erased(one, profile=people.profile_keys(owner)[0], at=at)
            # Nobody knows any more that those who were merged are one.
            reports.note_customers([owner] if len(family) > 1 else [])
        ledger.forget_owner(one, at=at)
    return points


def _locked_family(account_id: int) -> list[int]:
    """The account with all that it was merged with, which nobody merges any more."""
    while True:
        family = ledger_queries.family_of(account_id)
        before = transaction.savepoint()
        coupons.lock(family)
        ledger.lock(family)
        # While we waited, another account may have been merged with one of them.
        if ledger_queries.family_of(account_id) == family:
            return family
        transaction.savepoint_rollback(before)


def placed_before(orders: Sequence[OrderFacts]) -> set[str]:
    """
    Numbers of those of the orders whose customers were erased after they had placed them.

    Nobody decides about these any more: only a later order makes somebody a member again.
    """
    customers = {order.user_id for order in orders if order.user_id is not None}
    profiles = {user_id: people.profile_keys(user_id) for user_id in customers}
    erased = members_queries.erased_profiles(among=list(chain(*profiles.values())))
    left = {
        user_id: max(erased[key] for key in keys if key in erased)
        for user_id, keys in profiles.items()
        if not erased.keys().isdisjoint(keys)
    }
    return {
        order.number
        for order in orders
        if order.user_id in left and order.placed_at <= left[order.user_id]
    }
