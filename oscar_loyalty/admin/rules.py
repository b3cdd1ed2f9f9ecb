"""Rules that earn points: every change is a new version, and each can be tried before it counts."""

from copy import copy
from typing import Any

from django.contrib import admin
from django.contrib import messages as notices
from django.contrib.admin import helpers
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.admin.logged import LoggedAdmin
from oscar_loyalty.flows import rule_published
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.models import EarningRule, RuleVersion
from oscar_loyalty.staff import figures, rule_trials
from oscar_loyalty.staff.fields import ProductField
from oscar_loyalty.staff.rules import PARTS, RuleForm
from oscar_loyalty.words import rules as words


class InForce(admin.SimpleListFilter):
    """Those that still give something; or those that have ended."""

    title = _("state")
    parameter_name = "retired"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Retired"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("In force")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(retired=self.value() == "1")


@admin.register(RuleVersion)
class RuleAdmin(LoggedAdmin):
    """The newest version of every rule; older ones are only looked at."""

    class Media:
        css = {"all": ["oscar_loyalty/admin.css"]}

    actions = None
    form = RuleForm
    change_form_template = "admin/oscar_loyalty/rule.html"
    list_display = ("__str__", "says", "since", "used", "number")
    list_filter = (InForce,)
    list_select_related = ("rule", "product__parent", "category", "range")
    ordering = ("rule",)
    raw_id_fields = ("product", "category")
    fieldsets = [
        (title, {"fields": fields, **({"description": about} if about else {})})
        for title, about, fields in PARTS
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        newest = EarningRule.objects.filter(current__isnull=False).values("current")
        return super().get_queryset(request).filter(pk__in=newest)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Whoever publishes sees what a colleague has published just before."""
        version = super().get_object(request, object_id, from_field)
        if version and request.method == "POST":
            earning.lock_rules([version.rule_id])
            version = super().get_object(request, object_id, from_field)
        return version

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "product":
            kwargs["form_class"] = ProductField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("what it says"))
    def says(self, version: RuleVersion) -> SafeString:
        return words.in_one(version)

    @admin.display(description=_("in force from"), empty_value=_("always"))
    def since(self, version: RuleVersion) -> Any:
        return version.in_force_from

    @admin.display(description=_("points used"), empty_value="—")
    def used(self, version: RuleVersion) -> str | None:
        return figures.counted(version.rule.used) if version.budget else None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.retired)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        rule_published.run(obj, actor_id=request.user.pk, at=timezone.now())

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        if request.method == "POST" and "_try" in request.POST:
            return self._try(request, object_id)
        if request.method == "POST" and "_retire" in request.POST and object_id:
            return self._retire(request, object_id)
        version = object_id and self.get_object(request, unquote(object_id))
        context = {
            "history": rule_trials.versions(version) if version else [],
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, context)

    def _retire(self, request: HttpRequest, object_id: str) -> HttpResponse:
        version = self.get_object(request, unquote(object_id))
        if version is None or not self.has_change_permission(request, version):
            raise PermissionDenied
        rule_published.retire(version.rule_id, actor_id=request.user.pk, at=timezone.now())
        self.log_change(request, version, gettext("Retired."))
        notices.success(request, gettext("The rule gives nothing any more. What it gave stays."))
        return HttpResponseRedirect(reverse("admin:oscar_loyalty_ruleversion_changelist"))

    def _try(self, request: HttpRequest, object_id: str | None) -> HttpResponse:
        """The same page with what the order would have earned; nothing is saved."""
        version = self.get_object(request, unquote(object_id)) if object_id else None
        allowed = (
            self.has_change_permission(request, version)
            if version
            else not object_id and self.has_add_permission(request)
        )
        if not allowed:
            raise PermissionDenied
        form = self.get_form(request, version, change=bool(version))(
            request.POST, instance=copy(version)
        )
        trial = rule_trials.of(form, at=timezone.now())
        fieldsets = self.get_fieldsets(request, version)
        page = helpers.AdminForm(form, list(fieldsets), {}, (), model_admin=self)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Try a rule"),
            "adminform": page,
            "object_id": object_id,
            "original": version,
            "is_popup": False,
            "to_field": None,
            "media": self.media + page.media,
            "inline_admin_formsets": [],
            "errors": helpers.AdminErrorList(form, []),
            "preserved_filters": self.get_preserved_filters(request),
            "history": rule_trials.versions(version) if version else [],
            "trial": trial,
        }
        return self.render_change_form(
            request, context, add=version is None, change=version is not None, obj=version
        )
