"""Surprises: one row of settings, and the record of all draws."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.admin.links import member_link
from oscar_loyalty.admin.one_row import OneRowAdmin
from oscar_loyalty.admin.read_only import ReadOnlyAdmin
from oscar_loyalty.program.surprises.models import SurpriseDraw, SurpriseGift, SurpriseSettings
from oscar_loyalty.staff import figures, people


@admin.register(SurpriseSettings)
class SurpriseSettingsAdmin(OneRowAdmin):
    """The one row: never a second, never none again."""

    class Media:
        css = {"all": ["oscar_loyalty/admin.css"]}

    fieldsets = (
        (None, {"fields": ("budget", "chance", "least_days")}),
        (
            _("What a surprise brings"),
            {
                "description": _(
                    "Surprises are given while their message is switched on among the kinds of "
                    "messages, to members who asked for marketing."
                ),
                "fields": (*SurpriseSettings.PRESENT, "assumed_cost"),
            },
        ),
    )


@admin.register(SurpriseDraw)
class SurpriseDrawAdmin(ReadOnlyAdmin):
    """How each draw went, with all that is needed to work it out again."""

    list_display = ("day", "candidates", "drawn", "won", "spent")
    date_hierarchy = "day"
    ordering = ("-day",)
    fields = (
        "day",
        "seed",
        "chance",
        "candidates",
        "drawn",
        "won",
        "cost",
        "spent",
        "finished_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SurpriseDraw]:
        return super().get_queryset(request).annotate(gift_count=Count("gifts"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    @admin.display(description=_("surprised"))
    def won(self, draw: Any) -> str:
        url = reverse("admin:oscar_loyalty_surprisegift_changelist")
        count = figures.counted(draw.gift_count)
        return format_html('<a href="{}?draw__id__exact={}">{}</a>', url, draw.pk, count)

    @admin.display(description=_("spent"))
    def spent(self, draw: Any) -> Any:
        return None if draw.cost is None else draw.cost * draw.gift_count


@admin.register(SurpriseGift)
class SurpriseGiftAdmin(ReadOnlyAdmin):
    """Who was surprised, and when."""

    list_display = ("member", "day", "given_at")
    search_fields = ("account__user__email__iexact",)
    search_help_text = _("Search by the member's e-mail address.")
    ordering = ("-pk",)
    fields = ("owner", "day", "given_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SurpriseGift]:
        return super().get_queryset(request).select_related("account__user", "draw")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "draw__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("day"), ordering="draw__day")
    def day(self, gift: SurpriseGift) -> Any:
        return gift.draw.day

    @admin.display(description=_("member"))
    def owner(self, gift: SurpriseGift) -> str:
        return member_link(gift.account)

    @admin.display(description=_("member"))
    def member(self, gift: SurpriseGift) -> str:
        return people.member_name(gift.account)
