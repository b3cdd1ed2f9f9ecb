"""
What each kind of message says until staff write something else, and what it can be filled in with.

A paragraph is a whole sentence or more; one that has a name beside it is left out where there is
nothing to put in.
"""

from django.utils.translation import gettext

from oscar_loyalty.program.messages.policy import MARKETING
from oscar_loyalty.words.letters import (
    apologies,
    birthdays,
    campaigns,
    occasions,
    orders,
    people,
    points,
    reviews,
    tiers,
    winback,
)
from oscar_loyalty.words.letters.shape import LetterText

__all__ = ["TEXTS", "LetterText", "title_of"]

TEXTS: dict[str, LetterText] = {
    **orders.TEXTS,
    **points.TEXTS,
    **tiers.TEXTS,
    **people.TEXTS,
    **apologies.TEXTS,
    **birthdays.TEXTS,
    **campaigns.TEXTS,
    **occasions.TEXTS,
    **reviews.TEXTS,
    **winback.TEXTS,
}


def title_of(about: str) -> str:
    """What people call a kind of message, or all marketing; a code that is none of ours stays."""
    if about == MARKETING:
        return gettext("Offers, presents and surprises")
    return str(TEXTS[about].title) if about in TEXTS else about
