"""A tier or a benefit is no more: neither are its offers."""

from django.db import transaction

from oscar_loyalty.flows.benefits_changed import EFFECTS
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.shop import offers


@transaction.atomic
def run() -> int:
    """
    Take out of the shop what no benefit and no tier stands behind; return how many rows went.

    An earlier removal that failed is made up for.
    """
    removed = offers.remove(tiers_queries.offers_without_benefit(EFFECTS))
    # In this order: a tier that is being made has its row before its condition.
    asked_for = offers.tiers_asked_for()
    return removed + offers.remove_conditions(asked_for.difference(tiers_queries.tier_ids()))
