"""The ladder."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from i18nfield.admin import I18nModelAdmin
from i18nfield.fields import I18nCharField
from oscar.core.loading import get_model

from oscar_loyalty.admin.benefits import BenefitInline
from oscar_loyalty.admin.logged import LoggedAdmin
from oscar_loyalty.program.tiers.models import MadeOffer, Standing, Tier, TierBenefit
from oscar_loyalty.shop.offers import TIER_CONDITION
from oscar_loyalty.staff import figures
from oscar_loyalty.staff.names import NamePerLanguage
from oscar_loyalty.staff.tiers import PARTS, TierForm


@admin.register(Tier)
class TierAdmin(LoggedAdmin, I18nModelAdmin):
    """The rungs in order, each with its benefits."""

    class Media:
        css = {"all": ["oscar_loyalty/admin.css"]}

    form = TierForm
    formfield_overrides = {I18nCharField: {"widget": NamePerLanguage}}
    inlines = [BenefitInline]
    # The bulk deletion would not say what to do with a tier's members.
    actions = None
    show_full_result_count = False
    list_display = ("rank", "__str__", "swatch", "threshold", "multiplier", "members")
    list_display_links = ("rank", "__str__")
    ordering = ("rank",)
    fieldsets = [
        (title, {"description": words, "fields": fields}) for title, words, fields in PARTS
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tier]:
        multiplier = TierBenefit.objects.filter(
            tier=OuterRef("pk"), kind=TierBenefit.Kind.MULTIPLIER
        )
        standings = Standing.objects.filter(tier=OuterRef("pk")).order_by().values("tier")
        return (
            super()
            .get_queryset(request)
            .annotate(
                multiplied_by=Subquery(multiplier.values("value")),
                member_count=Subquery(standings.annotate(count=Count("pk")).values("count")),
            )
        )

    @admin.display(description=_("colour"))
    def swatch(self, tier: Tier) -> str:
        return figures.swatch(tier.colour)

    @admin.display(description=_("multiplier"), ordering="multiplied_by")
    def multiplier(self, tier: Any) -> str | None:
        if tier.multiplied_by is None:
            return None
        return format_html('<bdi dir="ltr">×{}</bdi>', figures.trimmed(str(tier.multiplied_by)))

    @admin.display(description=_("members"), ordering="member_count")
    def members(self, tier: Any) -> str:
        url = reverse("admin:oscar_loyalty_account_changelist")
        count = figures.counted(tier.member_count or 0)
        return format_html('<a href="{}?tier={}">{}</a>', url, tier.pk, count)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        tier = self.get_object(request, unquote(object_id))
        if tier and self.has_delete_permission(request, tier):
            held = Standing.objects.filter(Q(tier=tier) | Q(pinned_tier=tier)).count()
            if held:
                return self._refuse_deletion(request, tier, held)
            self._warn_of_offers(request, tier)
        return super().delete_view(request, object_id, extra_context)

    def _refuse_deletion(self, request: HttpRequest, tier: Tier, held: int) -> HttpResponse:
        sentence = ngettext(
            "The tier %(tier)s has %(count)s member, so it cannot be deleted. "
            "Set another tier for the member first.",
            "The tier %(tier)s has %(count)s members, so it cannot be deleted. "
            "Set another tier for each of them first, or keep the tier under another name.",
            held,
        ) % {"tier": tier, "count": held}
        self.message_user(request, sentence, messages.ERROR)
        url = reverse("admin:oscar_loyalty_tier_change", args=[tier.pk])
        return HttpResponseRedirect(url)

    def _warn_of_offers(self, request: HttpRequest, tier: Tier) -> None:
        """The shop's own offers that ask for the tier could never apply again: they go with it."""
        offers = get_model("offer", "ConditionalOffer").objects.filter(
            condition__proxy_class=TIER_CONDITION, condition__value=tier.pk
        )
        ours = MadeOffer.objects.filter(benefit__tier=tier).values("offer")
        names = list(offers.exclude(pk__in=ours).values_list("name", flat=True))
        if names and request.method == "GET":
            sentence = gettext("These offers ask for the tier and go with it: %(offers)s.")
            self.message_user(request, sentence % {"offers": ", ".join(names)}, messages.WARNING)
