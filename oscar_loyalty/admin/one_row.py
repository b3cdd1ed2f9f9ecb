"""Settings that are one row: never a second, never none again."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from oscar_loyalty.admin.logged import LoggedAdmin


class OneRowAdmin(LoggedAdmin):
    """There is no list of one: its address leads to the row, or to the form that makes it."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        # The side bar of every page asks, too, and must not ask the database each time.
        if not self._is_asked_for(request) or not super().has_add_permission(request):
            return False
        return not self.model._default_manager.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        pk = self.model._default_manager.values_list("pk", flat=True).first()
        if pk and self.has_view_or_change_permission(request):
            return HttpResponseRedirect(reverse(f"admin:{self._page}_change", args=[pk]))
        if not pk and self.has_add_permission(request):
            return HttpResponseRedirect(reverse(f"admin:{self._page}_add"))
        raise PermissionDenied

    @property
    def _page(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def _is_asked_for(self, request: HttpRequest) -> bool:
        match = request.resolver_match
        return bool(match and (match.url_name or "").startswith(f"{self._page}_"))
