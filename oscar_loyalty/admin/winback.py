"""Win-back: its settings, who was missed, and what writing to them brought."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.admin.links import member_link
from oscar_loyalty.admin.logged import LoggedAdmin
from oscar_loyalty.admin.read_only import ReadOnlyAdmin
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.winback import queries as winback_queries
from oscar_loyalty.program.winback.models import Lapse, WinBackSettings
from oscar_loyalty.program.winback.policy import ENOUGH, Group
from oscar_loyalty.program.winback.queries import MEASURED_DAYS, Measured
from oscar_loyalty.shop import money
from oscar_loyalty.staff import figures, people
from oscar_loyalty.words.wording import percentage


@admin.register(WinBackSettings)
class WinBackSettingsAdmin(LoggedAdmin):
    """The one row of settings, which `loyalty_setup` has made."""

    fields = ("least_days", "step_days", "hold_out", ("gift_days", "gifts_most"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is no list of one: go to the row."""
        pk = WinBackSettings.objects.values_list("pk", flat=True).first()
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if pk is None:
            raise Http404("Run loyalty_setup first.")
        url = reverse("admin:oscar_loyalty_winbacksettings_change", args=[pk])
        return HttpResponseRedirect(url)


@admin.register(Lapse)
class LapseAdmin(ReadOnlyAdmin):
    """Who stayed away; above the list, what writing to those in it brought."""

    list_display = ("member", "found_at", "held_out", "step", "gift_on", "ended_at", "ended_by")
    list_filter = ("held_out", ("ended_at", admin.EmptyFieldListFilter))
    date_hierarchy = "found_at"
    search_fields = ("ended_by__exact", "account__user__email__iexact")
    search_help_text = _("Search by order number or the member's e-mail address.")
    ordering = ("-pk",)
    change_list_template = "admin/oscar_loyalty/lapses.html"
    fields = (
        "owner",
        "began_at",
        "found_at",
        "held_out",
        "drawn",
        "step",
        "next_step_on",
        "gift_on",
        "ended_at",
        "ended_by",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lapse]:
        return super().get_queryset(request).select_related("account__user")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The period that is chosen for the list is that of the figures."""
        page = super().changelist_view(request, extra_context)
        listed = getattr(page, "context_data", {}).get("cl")
        if listed is not None:
            measured = winback_queries.measured(listed.queryset, at=timezone.now())
            page.context_data["outcome"] = _told(measured)
        return page

    @admin.display(description=_("member"))
    def owner(self, lapse: Lapse) -> str:
        return member_link(lapse.account)

    @admin.display(description=_("member"))
    def member(self, lapse: Lapse) -> str:
        return people.member_name(lapse.account)


def _told(measured: Measured) -> dict[str, Any]:
    """The figures as the page shows them."""
    terms = terms_queries.written()
    currency = terms.currency if terms else ""

    def priced(amount: Any) -> str:
        return money.formatted(amount, currency)

    gain = measured.gain
    return {
        "days": MEASURED_DAYS,
        "enough": ENOUGH,
        "running": figures.counted(measured.running),
        "rows": [
            _row(_("Written to"), measured.written, priced),
            _row(_("Held out"), measured.held_out, priced),
        ],
        "gain": gain and {name: priced(value) for name, value in vars(gain).items()},
        "certain": gain and (gain.low > 0 or gain.high < 0),
    }


def _row(name: Any, group: Group, priced: Any) -> dict[str, Any]:
    return {
        "name": name,
        "members": figures.counted(group.members),
        "returned": figures.counted(group.returned),
        "share": percentage(group.share) if group.members else "–",
        "each": priced(group.mean),
        "revenue": priced(group.revenue),
    }
