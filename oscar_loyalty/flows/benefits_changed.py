"""Tiers or their benefits changed in the admin: Oscar's offers follow."""

from decimal import Decimal

from django.db import transaction
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import override

from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers import services as tiers
from oscar_loyalty.program.tiers.models import Tier, TierBenefit
from oscar_loyalty.shop import offers
from oscar_loyalty.shop.offers import Effect, TierOffer

Kind = TierBenefit.Kind

_EFFECTS: dict[str, Effect] = {
    Kind.FREE_SHIPPING: "shipping-price",
    Kind.SHIPPING_PERCENTAGE: "shipping-percentage",
    Kind.SHIPPING_AMOUNT: "shipping-amount",
    Kind.PERCENTAGE: "percentage",
}


@transaction.atomic
def run(*, language: str) -> None:
    """Write, for every tier, its condition and its offers, named in the shop's language."""
    with override(language):
        for tier in tiers_queries.tiers_with_benefits():
            offers.condition_for(tier.pk)
            for benefit in tier.benefits.all():
                if benefit.kind in _EFFECTS:
                    tiers.tie_offer(benefit, offers.put(_offer(tier, benefit)))
                elif benefit.offer_id:
                    offers.remove([benefit.offer_id])


@transaction.atomic
def benefit_removed(offer_id: int | None) -> None:
    """Take the offer of a benefit that is no more out of the shop."""
    if offer_id:
        offers.remove([offer_id])


@transaction.atomic
def tier_removed(tier_id: int) -> None:
    """Take the condition of a tier that is no more out of the shop."""
    offers.remove_condition(tier_id)


def _offer(tier: Tier, benefit: TierBenefit) -> TierOffer:
    name = _name(tier, benefit)
    return TierOffer(
        tier_id=tier.pk,
        name=name,
        # Oscar prints descriptions of offers as HTML.
        description=_("For members of the tier %(tier)s.") % {"tier": escape(str(tier.name))},
        effect=_EFFECTS[benefit.kind],
        value=benefit.value if benefit.value is not None else Decimal(0),
        range_id=benefit.range_id,
        named_methods=bool(benefit.method_codes),
        offer_id=benefit.offer_id,
    )


def _name(tier: Tier, benefit: TierBenefit) -> str:
    names = {
        Kind.FREE_SHIPPING: _("%(tier)s: free shipping"),
        Kind.SHIPPING_PERCENTAGE: _("%(tier)s: %(value)s%% off shipping"),
        Kind.SHIPPING_AMOUNT: _("%(tier)s: %(value)s off shipping"),
        Kind.PERCENTAGE: _("%(tier)s: %(value)s%% off %(range)s"),
    }
    value = f"{benefit.value.normalize():f}" if benefit.value is not None else ""
    return names[Kind(benefit.kind)] % {"tier": tier.name, "value": value, "range": benefit.range}
