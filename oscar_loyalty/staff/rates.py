"""Rates and multipliers together must not give back more than was paid."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Max
from django.utils.formats import number_format
from django.utils.translation import gettext

from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.terms.policy import returned_share
from oscar_loyalty.program.tiers.models import TierBenefit

RATES = ("earn_points", "earn_amount", "value_points", "value_amount")


def refuse_programme(terms: dict[str, Any]) -> str | None:
    """Why these terms are too generous for the highest multiplier of the ladder."""
    if not all(terms.get(name) for name in RATES):
        return None
    share = returned_share(*(terms[name] for name in RATES))
    multipliers = TierBenefit.objects.filter(kind=TierBenefit.Kind.MULTIPLIER)
    highest = multipliers.aggregate(highest=Max("value"))["highest"]
    # At a share above 1 the programme's own check speaks.
    if not highest or share > 1 or share * Fraction(highest) <= 1:
        return None
    return gettext(
        "With the multiplier %(multiplier)s of a tier, its members get back more than they pay. "
        "Lower the points earned, what a point is worth, or the multiplier."
    ) % {"multiplier": f"{highest.normalize():f}"}


def refuse_multiplier(multiplier: Decimal) -> str | None:
    """Why this multiplier is too generous for the programme's rates."""
    programme = Programme.objects.first()
    if programme is None:
        return None
    share = returned_share(*(getattr(programme, name) for name in RATES))
    if share * Fraction(multiplier) <= 1:
        return None
    return gettext(
        "With this multiplier members get back more than they pay. The programme's rates allow "
        "at most %(highest)s."
    ) % {"highest": number_format(_two_places(1 / share))}


def _two_places(factor: Fraction) -> str:
    """What a multiplier may be at most, as it can be written in its field."""
    return f"{(Decimal(factor * 100 // 1) / 100).normalize():f}"
