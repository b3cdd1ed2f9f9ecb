"""Coupons and what became of them: read by staff, given from a member's page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.admin.links import member_link
from oscar_loyalty.admin.read_only import ReadOnlyAdmin
from oscar_loyalty.flows.coupon_given import Reason, words_for
from oscar_loyalty.program.coupons.models import Coupon
from oscar_loyalty.staff import people


@admin.register(Coupon)
class CouponAdmin(ReadOnlyAdmin):
    """Who was given what and why, and the order that used it."""

    list_display = ("member", "gift", "code", "expires_at", "order_number", "closed_at")
    search_fields = (
        "order_number__exact",
        "voucher__code__iexact",
        "account__user__email__iexact",
    )
    search_help_text = _("Search by code, order number or the member's e-mail address.")
    ordering = ("-pk",)
    fields = (
        "owner",
        "gift",
        "code",
        "issued_at",
        "expires_at",
        "order_number",
        "closed_at",
        "replaces",
        "key",
        "why",
        "note",
        "given_by",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        coupons = super().get_queryset(request)
        return coupons.select_related("account__user", "gives", "voucher")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    @admin.display(description=_("member"))
    def owner(self, coupon: Coupon) -> str:
        return member_link(coupon.account)

    @admin.display(description=_("member"))
    def member(self, coupon: Coupon) -> str:
        return people.member_name(coupon.account)

    @admin.display(description=_("gives"))
    def gift(self, coupon: Coupon) -> str:
        return words_for(coupon.gives.gift)

    @admin.display(description=_("code"))
    def code(self, coupon: Coupon) -> str:
        """None any more once it expired unused long ago, or staff deleted the voucher."""
        return coupon.voucher.code if coupon.voucher else gettext("deleted")

    @admin.display(description=_("reason"))
    def why(self, coupon: Coupon) -> str:
        return str(dict(Reason.choices).get(coupon.reason, coupon.reason))

    @admin.display(description=_("given by"))
    def given_by(self, coupon: Coupon) -> str:
        return people.staff_names([coupon.actor]).get(coupon.actor, coupon.actor)
