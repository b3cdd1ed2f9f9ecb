"""Conditions that staff can use in Oscar's offer dashboard."""

from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_model

from oscar_loyalty.guard import harmless
from oscar_loyalty.offers.owners import AsksTheOwner
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.program.tiers.queries import membership_for

Condition = get_model("offer", "Condition")


class TierCondition(AsksTheOwner, Condition):
    """The basket's owner stands on the tier whose id is `value`."""

    class Meta:
        app_label = "oscar_loyalty"
        proxy = True
        verbose_name = _("tier condition")
        verbose_name_plural = _("tier conditions")

    @property
    @harmless("")
    def name(self) -> str:
        """As HTML: Oscar describes a condition by its name, and prints descriptions as they are."""
        tier = Tier.objects.filter(pk=int(self.value or 0)).first()
        if tier is None:
            return gettext("Member of a tier that no longer exists")
        return escape(gettext("Member of the tier %(tier)s") % {"tier": tier.name})

    description = name

    @harmless(False)
    def is_satisfied(self, offer: Any, basket: Any) -> bool:
        """
        Ask who owns the basket: callbacks of payment providers have neither user nor request.

        Never for a benefit of the type "Fixed price": it sells the items of the condition's range,
        of which we have none, as many as the condition's value says, which is our tier's id.
        """
        if basket.owner_id is None or offer.benefit.type == offer.benefit.FIXED_PRICE:
            return False
        membership = membership_for(basket.owner)
        return membership is not None and membership.tier_id == int(self.value)
