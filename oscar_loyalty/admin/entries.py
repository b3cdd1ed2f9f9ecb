"""The books, line by line."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oscar_loyalty.admin.links import member_link
from oscar_loyalty.admin.read_only import ReadOnlyAdmin
from oscar_loyalty.program.ledger.models import Draw, Entry
from oscar_loyalty.staff import figures, people
from oscar_loyalty.staff.reasons import reason_label

#: An entry's page lists so many of the lots it took points from.
DRAWS_SHOWN = 100


def _drawn(draw: Draw) -> SafeString:
    source = draw.lot.entry
    url = reverse("admin:oscar_loyalty_entry_change", args=[source.pk])
    link = format_html('<a href="{}"><bdi>{}</bdi></a>', url, source.key)
    words = ngettext(
        "{points} of {all} point from {entry} of {day}",
        "{points} of {all} points from {entry} of {day}",
        draw.lot.points,
    )
    return format_html(
        words,
        points=figures.counted(draw.points),
        all=figures.counted(draw.lot.points),
        entry=link,
        day=date_format(localtime(draw.lot.earned_at), "DATE_FORMAT"),
    )


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """Every entry; who looks for one knows its key, its order or its member."""

    list_display = (
        "posted_at",
        "member",
        "kind",
        "change",
        "balance",
        "order_number",
        "why",
    )
    list_filter = ("kind",)
    search_fields = ("key__startswith", "order_number__exact", "account__user__email__iexact")
    search_help_text = gettext_lazy("Search by key, order number or the member's e-mail address.")
    ordering = ("-pk",)
    fields = (
        "owner",
        "seq",
        "posted_at",
        "kind",
        "change",
        "balance",
        "key",
        "order_number",
        "why",
        "note",
        "posted_by",
        "taken_from",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return super().get_queryset(request).select_related("account__user")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    @admin.display(description=gettext_lazy("member"))
    def owner(self, entry: Entry) -> str:
        return member_link(entry.account)

    @admin.display(description=gettext_lazy("member"))
    def member(self, entry: Entry) -> str:
        return people.member_name(entry.account)

    @admin.display(description=gettext_lazy("points"), ordering="points")
    def change(self, entry: Entry) -> str:
        return figures.signed(entry.points)

    @admin.display(description=gettext_lazy("balance after"))
    def balance(self, entry: Entry) -> str:
        return figures.counted(entry.balance_after)

    @admin.display(description=gettext_lazy("reason"), empty_value="")
    def why(self, entry: Entry) -> str:
        return reason_label(entry)

    @admin.display(description=gettext_lazy("taken from"), empty_value="—")
    def taken_from(self, entry: Entry) -> SafeString | None:
        """The points that this entry took, each with the entry that they came in with."""
        draws = entry.draws.select_related("lot__entry").order_by("pk")
        shown = list(draws[: DRAWS_SHOWN + 1])
        lines = format_html_join(
            "", "<li>{}</li>", ((_drawn(draw),) for draw in shown[:DRAWS_SHOWN])
        )
        if len(shown) > DRAWS_SHOWN:
            lines += format_html("<li>{}</li>", _("and more"))
        return format_html("<ul>{}</ul>", lines) if shown else None

    @admin.display(description=gettext_lazy("posted by"))
    def posted_by(self, entry: Entry) -> str:
        return people.staff_names([entry.actor]).get(entry.actor, entry.actor)
