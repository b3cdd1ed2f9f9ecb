"""Members draw lots about a campaign: most hear of it, the others are there to compare."""

from collections.abc import Sequence
from datetime import datetime

from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns import services as campaigns
from oscar_loyalty.program.messages.policy import Kind
from oscar_loyalty.program.winback import policy
from oscar_loyalty.program.winback import queries as winback_queries


def run(
    kind: Kind, about: str, account_ids: Sequence[int], *, per_cent: int, at: datetime
) -> list[int]:
    """
    Those of the members who are to hear of it; so many per cent are held out.

    Each draws once: whoever is held out stays so, whatever is chosen later. Without anybody to hold
    out nobody draws.
    """
    if not per_cent:
        return list(account_ids)
    seed, campaign = str(winback_queries.settings().seed), f"{kind.code}:{about}"
    numbers = {pk: policy.number_of(seed, pk, campaign) for pk in account_ids}
    draws = {pk: (number, policy.is_held_out(number, per_cent)) for pk, number in numbers.items()}
    campaigns.draw(kind.code, about, draws, at=at)
    held_out = campaigns_queries.drawn(kind.code, about, account_ids)
    return [pk for pk in account_ids if not held_out[pk]]
