"""Members: found, looked at, and corrected through two forms of their own."""

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.admin import member_page
from oscar_loyalty.admin.links import member_link
from oscar_loyalty.admin.member_acts import AdminActPage, act_name, act_url
from oscar_loyalty.admin.read_only import ReadOnlyAdmin
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.program.tiers.models import Standing, Tier
from oscar_loyalty.staff import figures, people
from oscar_loyalty.staff.acts import ACTS
from oscar_loyalty.words import birthdays

NOTHING = "–"


class TierFilter(admin.SimpleListFilter):
    """Members by the tier they stand on."""

    title = _("tier")
    parameter_name = "tier"
    NONE = "none"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        tiers = [(str(tier.pk), str(tier)) for tier in Tier.objects.all()]
        return [*tiers, (self.NONE, _("No tier"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        wanted = self.value()
        if wanted is None:
            return queryset
        if wanted not in [value for value, _name in self.lookup_choices]:
            return queryset.none()
        return queryset.filter(standing__tier=None if wanted == self.NONE else wanted)


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Members; whoever may correct them may look at them."""

    list_display = ("member", "email", "owned", "waiting", "usable", "tier", "joined_on")
    list_filter = (TierFilter,)
    search_fields = (
        "user__email",
        "user__first_name",
        "user__last_name",
        "public_id",
    )
    search_help_text = _("Search by e-mail address, name or member number.")
    ordering = ("-pk",)
    change_form_template = "admin/oscar_loyalty/member.html"
    fieldsets = (
        (None, {"fields": ("member", "email", "public_id", "joined_at", "born", "now_at")}),
        (_("Points"), {"fields": ("owned", "waiting", "reserved", "usable", "may_spend")}),
        (_("Standing"), {"fields": ("tier", "tier_since", "set_by_staff", "below_since")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return (
            super()
            .get_queryset(request)
            .select_related("user", "standing__tier", "merged_into__user", "birthday")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """A whole member number, however it is written, names one member."""
        try:
            number = uuid.UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(public_id=number), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for _title, options in self.fieldsets for name in options["fields"]]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_act = any(request.user.has_perm(act.permission) for act in ACTS)
        return may_act or super().has_view_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(
                f"<path:object_id>/{act.slug}/",
                self.admin_site.admin_view(AdminActPage.as_view(model_admin=self, act_class=act)),
                name=act_name(act),
            )
            for act in ACTS
        ]
        return [*pages, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        account = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if account and self.has_view_permission(request, account):
            shown = {
                "subtitle": people.member_name(account),
                **member_page.tables(account),
                **self._acts(request, account),
                "may_see_entries": request.user.has_perm("oscar_loyalty.view_entry"),
            }
        context = {**shown, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def _acts(self, request: HttpRequest, account: Account) -> dict[str, Any]:
        """What this member of staff may do here; nothing to themselves."""
        allowed = [
            act for act in ACTS if act.is_for(account) and request.user.has_perm(act.permission)
        ]
        own = account.user_id == request.user.pk
        links = [{"url": act_url(act, account), "title": act.title} for act in allowed]
        return {"own_account": bool(own and allowed), "acts": [] if own else links}

    @admin.display(description=_("member"), ordering="user__last_name")
    def member(self, account: Account) -> str:
        return people.member_name(account)

    @admin.display(description=_("e-mail address"), ordering="user__email")
    def email(self, account: Account) -> str:
        return account.user.email if account.user else ""

    @admin.display(description=_("birthday"), empty_value=NOTHING)
    def born(self, account: Account) -> str | None:
        row = getattr(account, "birthday", None)
        return birthdays.told(row.month_day, row.year) if row and row.month_day else None

    @admin.display(description=_("balance"), ordering="balance")
    def owned(self, account: Account) -> str:
        return figures.counted(account.balance)

    @admin.display(description=_("pending"), ordering="pending")
    def waiting(self, account: Account) -> str:
        return figures.counted(account.pending)

    @admin.display(description=_("held during a checkout"))
    def reserved(self, account: Account) -> str:
        return figures.counted(account.held)

    @admin.display(description=_("spendable"))
    def usable(self, account: Account) -> str:
        return figures.counted(account.spendable)

    @admin.display(description=_("merged into"), empty_value=NOTHING)
    def now_at(self, account: Account) -> str | None:
        return member_link(account.merged_into) if account.merged_into else None

    @admin.display(description=_("may spend points"))
    def may_spend(self, account: Account) -> str:
        return people.may_spend(account, at=timezone.now())

    @admin.display(description=_("tier"), ordering="standing__tier__rank")
    def tier(self, account: Account) -> str:
        standing = _standing(account)
        return str(standing.tier) if standing and standing.tier else NOTHING

    @admin.display(description=_("member since"), ordering="joined_at")
    def joined_on(self, account: Account) -> Any:
        return timezone.localdate(account.joined_at)

    @admin.display(description=_("since"))
    def tier_since(self, account: Account) -> str:
        standing = _standing(account)
        if standing is None or standing.tier is None:
            return NOTHING
        return formats.date_format(timezone.localtime(standing.since), "DATETIME_FORMAT")

    @admin.display(description=_("set by staff"), boolean=True)
    def set_by_staff(self, account: Account) -> bool:
        standing = _standing(account)
        return bool(standing and standing.pinned)

    @admin.display(description=_("below the threshold since"))
    def below_since(self, account: Account) -> str:
        standing = _standing(account)
        below_since = standing.below_since if standing else None
        return formats.date_format(below_since) if below_since else NOTHING


def _standing(account: Account) -> Standing | None:
    return getattr(account, "standing", None)
