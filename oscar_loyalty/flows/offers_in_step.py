"""Oscar's offers are brought in step with programme and ladder, whatever happened to them."""

from django.db import transaction

from oscar_loyalty.flows import benefits_changed, benefits_removed, redemption_changed
from oscar_loyalty.program.tiers import queries as tiers_queries


@transaction.atomic
def run(*, language: str) -> int:
    """Write what is missing or wrong, remove what is left over; return how many rows of Oscar's."""
    changed = [
        benefits_changed.run(tier_id, language=language) for tier_id in tiers_queries.tier_ids()
    ]
    return sum(changed) + benefits_removed.run() + redemption_changed.run(language=language)
