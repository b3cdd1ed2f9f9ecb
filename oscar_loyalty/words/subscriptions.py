"""The kinds of messages as members see them."""

from dataclasses import dataclass

from oscar_loyalty.program.messages import policy
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.words.letters import title_of


@dataclass(frozen=True)
class Box:
    """A kind of message that a member can have or not."""

    about: str
    title: str
    wanted: bool


def boxes(account_id: int) -> list[Box]:
    """What the shop sends, and whether the member wants it; marketing is one box for all of it."""
    choices = messages_queries.choices_of(account_id)
    active = [policy.KINDS[code] for code in messages_queries.active_days()]
    open_to_choice = (kind for kind in active if not (kind.marketing or kind.security))
    services = sorted(open_to_choice, key=lambda kind: kind.rank)
    told = [Box(kind.code, title_of(kind.code), policy.wants(kind, choices)) for kind in services]
    if any(kind.marketing for kind in active):
        told.append(
            Box(policy.MARKETING, title_of(policy.MARKETING), choices.get(policy.MARKETING, False))
        )
    return told
