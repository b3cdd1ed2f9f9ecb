"""Reads of who will soon reach a tier, or lose one."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import policy
from oscar_loyalty.program.tiers.models import Standing
from oscar_loyalty.program.tiers.policy import Fall, Holding
from oscar_loyalty.program.tiers.queries import counted_until, ladder, tiers_of
from oscar_loyalty.program.tiers.queries.made import progress_of, rules_of


def nearing(account_ids: Collection[int], terms: Terms, today: date) -> set[int]:
    """Those of the members who are near the next tier."""
    progress = progress_of(account_ids, terms, today)
    rungs, held = ladder(), tiers_of(list(progress))
    by_id = {rung.tier_id: rung for rung in rungs}
    return {
        account_id
        for account_id, made in progress.items()
        if policy.is_near(rungs, by_id.get(held.get(account_id)), made)
    }


def next_fall(account_id: int, terms: Terms, *, within: int, at: datetime) -> Fall | None:
    """When a member who makes nothing more loses their tier, in so many days at most."""
    standing = Standing.objects.filter(account_id=account_id).first()
    if standing is None:
        return None
    rungs = ladder()
    by_id = {rung.tier_id: rung for rung in rungs}
    holding = Holding(
        by_id.get(standing.tier_id), standing.below_since, by_id.get(standing.pinned_tier_id)
    )
    counted: list[tuple[date, Decimal]] = [
        (terms.local_date(moment), amount)
        for _key, moment, amount in counted_until(account_id, terms, at=at)
    ]
    return policy.next_fall(
        rungs, holding, counted, rules_of(terms), terms.local_date(at), within=within
    )
