"""Pages of the admin whose changes are written down, with what was before and after."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from oscar_loyalty.staff import audit_log
from oscar_loyalty.staff.audit_log import Values


class LoggedAdmin(admin.ModelAdmin):
    """Put this before any other class of Django's."""

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Whoever is shown a form may send it: this is what the row was before."""
        if request.method == "POST":
            request.loyalty_before = self._values(request, obj)
        return super().get_form(request, obj, **kwargs)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._keep_saved(request, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if isinstance(message, str):
            audit_log.keep(request.user, message, obj, at=timezone.now())
        else:
            self._keep_saved(request, obj)
        return super().log_change(request, obj, message)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._keep_deleted(request, obj)
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self._keep_deleted(request, obj)
        super().delete_queryset(request, queryset)

    def _keep_saved(self, request: HttpRequest, obj: Any) -> None:
        before, after = request.loyalty_before, self._values(request, obj)
        audit_log.keep_saved(request.user, obj, before, after, at=timezone.now())

    def _keep_deleted(self, request: HttpRequest, obj: Any) -> None:
        before = self._values(request, obj)
        audit_log.keep(request.user, _("Deleted."), obj, at=timezone.now(), before=before)

    def _values(self, request: HttpRequest, obj: Any) -> Values:
        return audit_log.values_of(obj, self._beside(request, obj))

    def _beside(self, request: HttpRequest, obj: Any) -> list[Model]:
        """The rows that the page shows with this one."""
        if obj is None or obj.pk is None:
            return []
        formsets = self.get_formsets_with_inlines(request, obj)
        return [row for formset, inline in formsets for row in formset(instance=obj).get_queryset()]
