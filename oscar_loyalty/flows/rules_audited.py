"""Rules are audited: awards name what was said then, and limits count what is kept."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from oscar_loyalty.facts import OrderReturns
from oscar_loyalty.flows import order_kept
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.earning.policy import stored
from oscar_loyalty.program.ledger.queries import Violation


def names_its_day(award: Award, since: Mapping[int, datetime | None]) -> bool:
    """Whether each version that an award names was in force; `since` says from when, by id."""
    named = stored.versions(award.breakdown)
    if not named.issubset(since):
        return False
    starts = [since[version] for version in named]
    return all(start is None or start <= award.placed_at for start in starts)


def counts(award: Award, came_back: OrderReturns | None, uses: Mapping[int, int]) -> bool:
    """Whether `uses`, by rule, are what is kept of the order; one gone from the shop stays."""
    is_limited = any(one.get("limited") for one in award.breakdown.get("rules", ()))
    if came_back is None or not (is_limited or uses):
        return True
    kept = order_kept.of(came_back, award, None)
    return earning.uses_of(award, kept.shares) == uses


def used() -> Iterator[Violation]:
    """Rules whose budget is not what their uses take of it."""
    for rule_id, counted, summed in earning_queries.miscounted():
        detail = f"rule {rule_id}: used {counted}, uses take {summed}"
        yield Violation("what a rule used is the sum of its uses", None, detail)
