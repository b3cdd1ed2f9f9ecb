"""The form by which staff put a member on a tier."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.flows import tier_assigned
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.staff.member_acts import MemberAct, Outcome


class SetTierForm(forms.Form):
    """A tier for good, or none: then the rules decide."""

    tier = forms.ModelChoiceField(
        Tier.objects.all(),
        label=gettext_lazy("Tier"),
        required=False,
        empty_label=gettext_lazy("No fixed tier: the rules decide"),
        help_text=gettext_lazy(
            "The member goes to this tier at once and never falls below it. "
            "Without a fixed tier they stay where they are until the next daily review."
        ),
    )


class SetTier(MemberAct):
    """A member is placed by hand, or given back to the rules."""

    form_class = SetTierForm
    slug = "set-tier"
    permission = "oscar_loyalty.change_standing"
    title = gettext_lazy("Set tier")

    def initial(self) -> dict[str, Any]:
        standing = getattr(self.account, "standing", None)
        return {"tier": standing.pinned_tier_id if standing else None}

    def perform(self, form: SetTierForm) -> Outcome | None:
        tier = form.cleaned_data["tier"]
        if not form.has_changed():
            return None
        tier_assigned.run(self.account.pk, tier, actor_id=self.actor_id, at=timezone.now())
        parts = {"member": self.account, "tier": tier}
        if tier is None:
            return _("The rules decide again about the tier of %(member)s."), parts
        return _("%(member)s is on the tier %(tier)s now and does not fall below it."), parts

    def remark(self) -> str:
        standing = getattr(self.account, "standing", None)
        if standing is None or standing.tier is None:
            return _("The member is on no tier.")
        if standing.pinned_tier_id == standing.tier_id:
            return _("The member is on the tier %(tier)s, set by staff.") % {"tier": standing.tier}
        return _("The member is on the tier %(tier)s by the rules.") % {"tier": standing.tier}

    def done_before(self) -> str:
        return _("The member's tier is set like that already; nothing was changed.")
