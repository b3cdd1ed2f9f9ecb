"""What reviews give, and what each review of a buyer got."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.admin.links import member_link
from oscar_loyalty.admin.one_row import OneRowAdmin
from oscar_loyalty.admin.read_only import ReadOnlyAdmin
from oscar_loyalty.program.reviews.models import ReviewReward, ReviewTerms
from oscar_loyalty.shop import reviews
from oscar_loyalty.staff import figures, people


@admin.register(ReviewTerms)
class ReviewTermsAdmin(OneRowAdmin):
    """The one row: how many points, and how often."""

    fields = ("points", "monthly")


@admin.register(ReviewReward)
class ReviewRewardAdmin(ReadOnlyAdmin):
    """Who got what for which review, and what was taken back."""

    list_display = ("member", "product", "given", "given_at", "taken_back_at")
    search_fields = ("order_number__exact", "account__user__email__iexact")
    search_help_text = _("Search by order number or the member's e-mail address.")
    ordering = ("-pk",)
    fields = ("owner", "product", "order_number", "given", "given_at", "back", "taken_back_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewReward]:
        return super().get_queryset(request).select_related("account__user")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    @admin.display(description=_("member"))
    def owner(self, reward: ReviewReward) -> str:
        return member_link(reward.account)

    @admin.display(description=_("member"))
    def member(self, reward: ReviewReward) -> str:
        return people.member_name(reward.account)

    @admin.display(description=_("product"))
    def product(self, reward: ReviewReward) -> str:
        pk = reward.product_id
        return reviews.titles_of([pk]).get(pk, f"#{pk}")

    @admin.display(description=_("points"), ordering="points")
    def given(self, reward: ReviewReward) -> str:
        return figures.counted(reward.points)

    @admin.display(description=_("points taken back"))
    def back(self, reward: ReviewReward) -> str:
        return figures.counted(reward.taken)
