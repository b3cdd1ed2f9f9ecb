"""What an approved review is worth, and which purchase makes its author a buyer."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from oscar_loyalty.facts import Purchase

#: The reason that the books give.
REASON = "product-review"

#: No action of a shop's own is empty, so none of its keys begins like one of these.
KEYS = "bonus::review:"
_KEY = re.compile(r"(?:bonus|adj)::review:([0-9]+):([0-9]+)(?::[0-9]+)?")


@dataclass(frozen=True)
class Offer:
    """Points for a review that is approved, for so many of a member's in a month."""

    points: int
    monthly: int


def points_for(offer: Offer, *, rewarded: int) -> int:
    """What one more review gives a member who has got points for so many this month."""
    return offer.points if rewarded < offer.monthly else 0


def purchase_behind(
    purchases: Iterable[Purchase], kept: Mapping[int, Fraction], *, written_at: datetime
) -> Purchase | None:
    """The first purchase from before the review of which anything is kept, by line."""
    return next(
        (
            bought
            for bought in purchases
            if bought.placed_at <= written_at and kept.get(bought.line_id, 0) > 0
        ),
        None,
    )


def key(account_id: int, product_id: int) -> str:
    """The key under which points for a review are given."""
    return f"{KEYS}{account_id}:{product_id}"


def turn_key(account_id: int, product_id: int, turn: int) -> str:
    """The key under which they are taken back, and given again, by turns."""
    return f"adj::review:{account_id}:{product_id}:{turn}"


def keys(account_id: int, product_id: int, *, turns: int) -> list[str]:
    """All keys about the points for a review that were taken back or given again so often."""
    later = (turn_key(account_id, product_id, turn) for turn in range(1, turns + 1))
    return [key(account_id, product_id), *later]


def meaning_of(entry_key: str) -> tuple[int, int] | None:
    """The account and the product whose review an entry is about; None for any other entry."""
    found = _KEY.fullmatch(entry_key)
    return (int(found[1]), int(found[2])) if found else None
