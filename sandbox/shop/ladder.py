"""The demo programme as plain values: what it pays, and what its tiers give."""

from dataclasses import dataclass
from decimal import Decimal

CURRENCY = "GBP"
PROGRAMME_NAME = "Larkfield Points"
# One point for every pound of goods, counted over the last twelve months.
POINTS_PER_POUND = 1
POINTS_FOR_A_POUND = 100
MUSIC_RANGE = "Music"


@dataclass(frozen=True)
class Rung:
    """A tier: from which spend, in pounds, and what its members get, in per cent off."""

    names: dict[str, str]
    colour: str
    threshold: Decimal
    multiplier: Decimal
    shipping_off: Decimal
    music_off: Decimal = Decimal(0)

    @property
    def name(self) -> str:
        """In English; empty for those on no tier."""
        return self.names.get("en", "")


NO_TIER = Rung({}, "", Decimal(0), Decimal(1), Decimal(0))
SILVER = Rung(
    {"en": "Silver", "ar": "فضي", "fa": "نقره‌ای", "pl": "Srebrny", "el": "Ασημένιο"},
    "#8a8d91",
    Decimal(100),
    Decimal("1.5"),
    Decimal(50),
)
GOLD = Rung(
    {"en": "Gold", "ar": "ذهبي", "fa": "طلایی", "pl": "Złoty", "el": "Χρυσό"},
    "#b8860b",
    Decimal(300),
    Decimal(2),
    Decimal(100),
    Decimal(10),
)
LADDER = (SILVER, GOLD)
