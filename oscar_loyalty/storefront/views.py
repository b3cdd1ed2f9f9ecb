"""The shopper's own page, and the one that tells everybody how it works."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from oscar.core.loading import get_class

from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import BIRTHDAY
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.queries import Membership, membership_for
from oscar_loyalty.storefront import account, birthday, coupons, history
from oscar_loyalty.words import earning, progress

PageTitleMixin: Any = get_class("customer.mixins", "PageTitleMixin")

#: A page tells shoppers about so many earning rules at most.
RULES_SHOWN = 20


class AccountView(LoginRequiredMixin, PageTitleMixin, TemplateView):
    """Balance, tier, what is to gain, and the history."""

    template_name = "oscar_loyalty/account.html"
    login_url = reverse_lazy("customer:login")
    page_title = _("Loyalty")
    active_tab = "loyalty"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        programme = terms_queries.programme()
        membership = membership_for(self.request.user)
        told = _told(programme, membership)
        if programme and membership:
            told |= self._member(programme, membership)
        return super().get_context_data(**told, **kwargs)

    def _member(self, programme: Programme, membership: Membership) -> dict[str, Any]:
        at = timezone.now()
        terms = terms_queries.terms_of(programme)
        user_id: Any = self.request.user.pk
        tiers, made = tiers_queries.ladder_of(membership.account_id, terms, at=at)
        asked, sent = self.request.GET.get("before"), messages_queries.active_days()
        return {
            "balance": account.balance_card(membership, terms, tiers, at=at),
            "card": account.tier_card(membership, terms, tiers, made, at=at),
            "coupons": coupons.cards(membership.account_id, terms, at=at),
            "birthday": birthday.card(membership.account_id, terms, at=at)
            if BIRTHDAY.code in sent
            else None,
            "writes": bool(sent),
            "history": history.page(membership.account_id, user_id, terms, asked),
        }


class HowItWorksView(TemplateView):
    """The programme for everybody, guests too."""

    template_name = "oscar_loyalty/how_it_works.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        programme = terms_queries.programme()
        told = _told(programme, membership_for(self.request.user))
        if programme:
            terms = terms_queries.terms_of(programme)
            told["tiers"] = account.tier_table(terms)
            told["counting"] = progress.counting(terms, terms.local_date(timezone.now()))
        return super().get_context_data(**told, **kwargs)


def _told(programme: Programme | None, membership: Membership | None) -> dict[str, Any]:
    """What both pages tell: how points are earned, as far as the programme runs."""
    at = timezone.now()
    rules = earning_queries.rules_in_words(at=at, limit=RULES_SHOWN) if programme else []
    ways = earning.ways(programme, rules, membership) if programme else []
    return {"programme": programme, "membership": membership, "ways": ways}
