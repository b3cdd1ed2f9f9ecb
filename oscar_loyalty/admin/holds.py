"""Points that are kept for baskets, and what became of them: read by staff, written by nobody."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.admin.links import member_link
from oscar_loyalty.admin.read_only import ReadOnlyAdmin
from oscar_loyalty.program.redemption.models import Hold
from oscar_loyalty.staff import figures, people


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """What members chose to spend; the filter finds orders that points paid without cover."""

    list_display = (
        "member",
        "wanted",
        "state",
        "paid",
        "came_back",
        "order_number",
        "uncovered",
        "opened_at",
    )
    list_filter = ("state", "uncovered")
    search_fields = ("order_number__exact", "account__user__email__iexact")
    search_help_text = _("Search by order number or the member's e-mail address.")
    ordering = ("-pk",)
    fields = (
        "owner",
        "wanted",
        "state",
        "paid",
        "came_back",
        "order_number",
        "uncovered",
        "opened_at",
        "expires_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hold]:
        return super().get_queryset(request).select_related("account__user")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    @admin.display(description=_("member"))
    def owner(self, hold: Hold) -> str:
        return member_link(hold.account)

    @admin.display(description=_("member"))
    def member(self, hold: Hold) -> str:
        return people.member_name(hold.account)

    @admin.display(description=_("points"), ordering="points")
    def wanted(self, hold: Hold) -> str:
        return figures.counted(hold.points)

    @admin.display(description=_("points spent"), ordering="spent")
    def paid(self, hold: Hold) -> str:
        return figures.counted(hold.spent)

    @admin.display(description=_("points returned"), ordering="returned")
    def came_back(self, hold: Hold) -> str:
        return figures.counted(hold.returned)
