"""Django's front door: the tables of every room, and our proxies of Oscar's offer classes."""

from oscar_loyalty.offers.benefits import TierPercentageBenefit, TierShippingBenefit
from oscar_loyalty.offers.conditions import TierCondition
from oscar_loyalty.program.earning.models import Award, EarningRule
from oscar_loyalty.program.ledger.models import Account, Draw, Entry, Lot
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.tiers.models import (
    MadeOffer,
    QualifyingEvent,
    Standing,
    Tier,
    TierBenefit,
    TierChange,
    TierReview,
)

__all__ = [
    "Account",
    "Award",
    "Draw",
    "EarningRule",
    "Entry",
    "Lot",
    "MadeOffer",
    "Programme",
    "QualifyingEvent",
    "Standing",
    "Tier",
    "TierBenefit",
    "TierChange",
    "TierCondition",
    "TierPercentageBenefit",
    "TierReview",
    "TierShippingBenefit",
]
