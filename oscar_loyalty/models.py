"""Django's front door: the tables of every room, and our proxies of Oscar's offer classes."""

from oscar_loyalty.offers.benefits import TierPercentageBenefit, TierShippingBenefit
from oscar_loyalty.offers.conditions import TierCondition
from oscar_loyalty.offers.coupons import CouponBenefit, VoucherOwnerCondition
from oscar_loyalty.offers.flash_sales import FlashSaleBenefit, FlashSaleCondition
from oscar_loyalty.offers.points import PointsBenefit, PointsCondition
from oscar_loyalty.program.apologies.models import Apology, ApologyRecipient
from oscar_loyalty.program.campaigns.models import (
    CampaignDraw,
    FlashSale,
    FlashSaleTier,
    FlashSaleUnit,
)
from oscar_loyalty.program.coupons.models import Coupon, CouponOffer
from oscar_loyalty.program.earning.models import Award, EarningRule, RuleUse, RuleVersion
from oscar_loyalty.program.ledger.models import Account, AuditReport, Draw, Entry, Lot
from oscar_loyalty.program.members.models import Birthday, MemberEvent
from oscar_loyalty.program.messages.models import (
    Consent,
    DailySearch,
    Message,
    MessageKind,
    MessageLimits,
)
from oscar_loyalty.program.occasions.models import Occasion
from oscar_loyalty.program.oversight.models import AdjustmentRequest, StaffAct
from oscar_loyalty.program.redemption.models import ExcludedRange, Hold
from oscar_loyalty.program.reports.models import (
    ChangedOrder,
    CustomerMonth,
    GoneOffer,
    LifetimeModel,
    ReducedOrder,
    RollUp,
)
from oscar_loyalty.program.reviews.models import ReviewReward, ReviewTerms
from oscar_loyalty.program.simulation.models import ProgrammeDraft, Simulation
from oscar_loyalty.program.surprises.models import (
    SurpriseDraw,
    SurpriseGift,
    SurpriseSettings,
)
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
from oscar_loyalty.program.winback.models import Lapse, Rhythm, ShopRhythm, WinBackSettings

__all__ = [
    "Account",
    "AdjustmentRequest",
    "Apology",
    "ApologyRecipient",
    "AuditReport",
    "Award",
    "Birthday",
    "CampaignDraw",
    "ChangedOrder",
    "Consent",
    "Coupon",
    "CouponBenefit",
    "CouponOffer",
    "CustomerMonth",
    "DailySearch",
    "Draw",
    "EarningRule",
    "Entry",
    "ExcludedRange",
    "FlashSale",
    "FlashSaleBenefit",
    "FlashSaleCondition",
    "FlashSaleTier",
    "FlashSaleUnit",
    "GoneOffer",
    "Hold",
    "Lapse",
    "LifetimeModel",
    "Lot",
    "MadeOffer",
    "MemberEvent",
    "Message",
    "MessageKind",
    "MessageLimits",
    "Occasion",
    "PointsBenefit",
    "PointsCondition",
    "Programme",
    "ProgrammeDraft",
    "QualifyingEvent",
    "ReducedOrder",
    "ReviewReward",
    "ReviewTerms",
    "Rhythm",
    "RollUp",
    "RuleUse",
    "RuleVersion",
    "ShopRhythm",
    "Simulation",
    "StaffAct",
    "Standing",
    "SurpriseDraw",
    "SurpriseGift",
    "SurpriseSettings",
    "Tier",
    "TierBenefit",
    "TierChange",
    "TierCondition",
    "TierPercentageBenefit",
    "TierReview",
    "TierShippingBenefit",
    "VoucherOwnerCondition",
    "WinBackSettings",
]
