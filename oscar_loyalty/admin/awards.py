"""The decisions about orders, each with its breakdown."""

from fractions import Fraction
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.admin.links import member_link
from oscar_loyalty.admin.read_only import ReadOnlyAdmin
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.redemption.models import Hold
from oscar_loyalty.program.returns import policy as returns
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import returns as shop_returns
from oscar_loyalty.staff import figures, people
from oscar_loyalty.words import explanation
from oscar_loyalty.words import rules as words


@admin.register(Award)
class AwardAdmin(ReadOnlyAdmin):
    """Every decision about an order."""

    list_display = (
        "order_number",
        "member",
        "placed_at",
        "base",
        "earned",
        "kept",
        "why",
        "spendable",
        "cancelled",
    )
    list_filter = ("cancelled", "why")
    search_fields = ("order_number__exact", "account__user__email__iexact")
    search_help_text = gettext_lazy("Search by order number or the member's e-mail address.")
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("owner", "order_number", "placed_at", "decided_at")}),
        (
            gettext_lazy("Decision"),
            {"fields": ("base", "earned", "kept", "why", "available_at", "spendable", "cancelled")},
        ),
        (
            gettext_lazy("What came back"),
            {
                "description": gettext_lazy(
                    "A refund goes back the way the order was paid: the part that points paid "
                    "for goes back in points. These are the figures by now."
                ),
                "fields": (
                    "refunded",
                    "kept_base",
                    "taken_back",
                    "forgiven",
                    "spent",
                    "returned",
                ),
            },
        ),
        (gettext_lazy("Breakdown"), {"fields": ("lines",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Award]:
        return super().get_queryset(request).select_related("account__user")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for _title, options in self.fieldsets for name in options["fields"]]

    @admin.display(description=gettext_lazy("member"))
    def owner(self, award: Award) -> str:
        return member_link(award.account)

    @admin.display(description=gettext_lazy("member"))
    def member(self, award: Award) -> str:
        return people.member_name(award.account)

    @admin.display(description=gettext_lazy("points earned"), ordering="points")
    def earned(self, award: Award) -> str:
        return figures.counted(award.points)

    @admin.display(description=gettext_lazy("points carried now"), ordering="carried")
    def kept(self, award: Award) -> str:
        return figures.counted(award.carried)

    @admin.display(description=gettext_lazy("spendable"), boolean=True)
    def spendable(self, award: Award) -> bool:
        """Points that wait for a day become so without anybody touching the award."""
        due = award.available_at
        return award.matured or (due is not None and due <= timezone.now())

    @admin.display(description=gettext_lazy("money refunded"), empty_value="—")
    def refunded(self, award: Award) -> str | None:
        """As the shop's own books have it now."""
        order = shop_returns.returns_of([award.order_number]).get(award.order_number)
        if order is None:
            return None
        money = (returns.refunded(order), order.paid)
        refunded, paid = (number_format(amount, force_grouping=True) for amount in money)
        return format_html(_("{refunded} of {paid}"), refunded=refunded, paid=paid)

    @admin.display(description=gettext_lazy("points taken back"))
    def taken_back(self, award: Award) -> str:
        return figures.counted(award.points - award.booked)

    @admin.display(description=gettext_lazy("points spent on the order"))
    def spent(self, award: Award) -> str:
        hold = _spending_on(award)
        return figures.counted(hold.spent if hold else 0)

    @admin.display(description=gettext_lazy("of these, points returned"))
    def returned(self, award: Award) -> str:
        hold = _spending_on(award)
        return figures.counted(hold.returned if hold else 0)

    @admin.display(description=gettext_lazy("lines"))
    def lines(self, award: Award) -> str:
        return render_to_string("admin/oscar_loyalty/breakdown.html", breakdown_table(award))


def _spending_on(award: Award) -> Hold | None:
    return redemption_queries.spending_on([award.order_number]).get(award.order_number)


def breakdown_table(award: Award) -> dict[str, Any]:
    """What the breakdown's table shows; every figure as it was on the day of the decision."""
    lines = award.breakdown.get("lines", [])
    versions = earning_queries.versions_behind([award])
    terms = terms_queries.written()
    return {
        "explanation": explanation.of(award, terms.currency if terms else "", versions),
        "beside": [words.in_one(one) for one in earning_queries.versions_beside(award).values()],
        "rate": figures.trimmed(award.breakdown.get("rate", "0")),
        "multiplier": figures.trimmed(award.breakdown.get("multiplier", "1")),
        "rows": [
            {
                **line,
                "title": line["title"] or _("Shipping"),
                "base": number_format(line["base"], force_grouping=True),
                "extra": figures.trimmed(str(line["extra"])),
                "points": figures.exact(line["exact"]),
            }
            for line in lines
        ],
        "sum": figures.exact(str(sum((Fraction(line["exact"]) for line in lines), Fraction(0)))),
        "points": figures.counted(award.points),
    }
