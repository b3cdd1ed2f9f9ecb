"""What a tier gives, in words."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.program.tiers.models import Tier, TierBenefit
from oscar_loyalty.shop import money, offers
from oscar_loyalty.words.wording import listed, percentage, sentence

Kind = TierBenefit.Kind

_ALL_METHODS = {
    Kind.FREE_SHIPPING: gettext_lazy("Free shipping"),
    Kind.SHIPPING_PERCENTAGE: gettext_lazy("{value} off shipping"),
    Kind.SHIPPING_AMOUNT: gettext_lazy("{value} off shipping"),
}
_SOME_METHODS = {
    Kind.FREE_SHIPPING: gettext_lazy("Free shipping with {methods}"),
    Kind.SHIPPING_PERCENTAGE: gettext_lazy("{value} off shipping with {methods}"),
    Kind.SHIPPING_AMOUNT: gettext_lazy("{value} off shipping with {methods}"),
}


def of(tier: Tier | None, currency: str) -> list[SafeString]:
    """Every benefit of `tier`, one sentence each; none for no tier."""
    benefits = tier.benefits.all() if tier else ()
    return [_worded(benefit, currency) for benefit in benefits]


def _worded(benefit: TierBenefit, currency: str) -> SafeString:
    value = _value(benefit, currency)
    if benefit.kind == Kind.MULTIPLIER:
        return sentence(_("{value} times the points for every order"), value=benefit.value)
    if benefit.range:
        return sentence(_("{value} off {range}"), value=value, range=benefit.range.name)
    if not benefit.method_codes:
        return sentence(_ALL_METHODS[Kind(benefit.kind)], value=value)
    methods = listed(offers.method_names(benefit.method_codes))
    return sentence(_SOME_METHODS[Kind(benefit.kind)], value=value, methods=methods)


def _value(benefit: TierBenefit, currency: str) -> str:
    if benefit.value is None:
        return ""
    if benefit.kind in (Kind.SHIPPING_PERCENTAGE, Kind.PERCENTAGE):
        return percentage(benefit.value)
    return money.formatted(benefit.value, currency)
