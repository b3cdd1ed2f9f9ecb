"""Apologies: written by staff as a draft, listed, sent once, and only looked at from then on."""

from typing import Any

from django.contrib import admin
from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext

from oscar_loyalty.admin.apology_pages import ListPage, SendPage
from oscar_loyalty.admin.logged import LoggedAdmin
from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import apology_listed
from oscar_loyalty.program.apologies.models import Apology
from oscar_loyalty.staff.apologies import PARTS, ApologyForm, forget_list_of_others
from oscar_loyalty.staff.fields import ProductField


@admin.register(Apology)
class ApologyAdmin(LoggedAdmin):
    """One row for each thing that went wrong."""

    class Media:
        css = {"all": ["oscar_loyalty/admin.css"]}

    actions = None
    form = ApologyForm
    change_form_template = "admin/oscar_loyalty/apology.html"
    list_display = ("title", "gives", "listed_at", "released_at", "finished_at")
    ordering = ("-pk",)
    raw_id_fields = ("product",)
    fieldsets = [
        (title, {"description": words, "fields": fields}) for title, words, fields in PARTS
    ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """As it is, and stays while a form of it is saved: nobody sends it meanwhile."""
        apology = super().get_object(request, object_id, from_field)
        if apology and request.method == "POST" and apology_listed.hold(apology.pk):
            apology.refresh_from_db()
        return apology

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "product":
            kwargs["form_class"] = ProductField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_draft(obj)

    def get_urls(self) -> list[Any]:
        pages = [
            path(
                f"<int:apology_id>/{page.slug}/",
                self.admin_site.admin_view(page.as_view(model_admin=self)),
                name=f"oscar_loyalty_apology_{page.slug}",
            )
            for page in (ListPage, SendPage)
        ]
        return [*pages, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)
        forget_list_of_others(form)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        seen = self._see(request, obj)
        return seen or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._see(request, obj) or super().response_change(request, obj)

    def _see(self, request: HttpRequest, obj: Any) -> HttpResponse | None:
        """Who is affected, if that was asked for; a list that is there already stays as it is."""
        if "_see" not in request.POST:
            return None
        obj.refresh_from_db()
        try:
            if obj.listed_at is None:
                apology_listed.run(obj.pk, at=timezone.now())
        except LoyaltyError as refusal:
            notices.error(request, str(refusal))
            page = reverse("admin:oscar_loyalty_apology_change", args=[obj.pk])
            return HttpResponseRedirect(page)
        notices.success(request, gettext("The draft is saved. Nothing is sent yet."))
        return HttpResponseRedirect(reverse("admin:oscar_loyalty_apology_list", args=[obj.pk]))


def _is_draft(apology: Apology | None) -> bool:
    return apology is None or apology.released_at is None
