"""A tier or its benefits changed in the admin: Oscar's offers follow."""

from decimal import Decimal

from django.db import transaction
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import override

from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers import services as tiers
from oscar_loyalty.program.tiers.models import Tier, TierBenefit
from oscar_loyalty.shop import money, offers
from oscar_loyalty.shop.offers import Effect, TierOffer

Kind = TierBenefit.Kind

#: All but the multiplier, which is none of Oscar's business.
EFFECTS: dict[str, Effect] = {
    Kind.FREE_SHIPPING: "shipping-price",
    Kind.SHIPPING_PERCENTAGE: "shipping-percentage",
    Kind.SHIPPING_AMOUNT: "shipping-amount",
    Kind.PERCENTAGE: "percentage",
}


@transaction.atomic
def run(tier_id: int, *, language: str) -> int:
    """
    Write the tier's condition and its offers, named in the shop's language.

    Returns how many rows of Oscar's were not as they should be.
    """
    if not tiers.lock(tier_id):
        return 0
    changed = int(offers.make_condition(tier_id))
    with override(language):
        for benefit in tiers_queries.benefits_of(tier_id, EFFECTS):
            offer_id, written = offers.put(_offer(benefit.tier, benefit))
            if offer_id != tiers_queries.offer_of(benefit):
                tiers.tie_offer(benefit, offer_id)
            changed += written
    # A benefit that has become a multiplier leaves one behind.
    return changed + offers.remove(tiers_queries.offers_without_benefit(EFFECTS))


def _offer(tier: Tier, benefit: TierBenefit) -> TierOffer:
    name = _name(tier, benefit)
    return TierOffer(
        tier_id=tier.pk,
        name=name,
        # Oscar prints descriptions of offers as HTML.
        description=_("For members of the tier %(tier)s.") % {"tier": escape(str(tier.name))},
        effect=EFFECTS[benefit.kind],
        value=benefit.value if benefit.value is not None else Decimal(0),
        range_id=benefit.range_id,
        all_methods=not benefit.method_codes,
        offer_id=tiers_queries.offer_of(benefit),
    )


def _name(tier: Tier, benefit: TierBenefit) -> str:
    names = {
        Kind.FREE_SHIPPING: _("%(tier)s: free shipping"),
        Kind.SHIPPING_PERCENTAGE: _("%(tier)s: %(value)s%% off shipping"),
        Kind.SHIPPING_AMOUNT: _("%(tier)s: %(value)s off shipping"),
        Kind.PERCENTAGE: _("%(tier)s: %(value)s%% off %(range)s"),
    }
    return names[Kind(benefit.kind)] % {
        "tier": tier.name,
        "value": _value(benefit),
        "range": benefit.range,
    }


def _value(benefit: TierBenefit) -> str:
    if benefit.value is None:
        return ""
    terms = terms_queries.written()
    if benefit.kind == Kind.SHIPPING_AMOUNT and terms:
        return money.formatted(benefit.value, terms.currency)
    return f"{benefit.value.normalize():f}"
