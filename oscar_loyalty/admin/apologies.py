"""Apologies: written by staff as a draft, listed, sent once, and only looked at from then on."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib import messages as notices
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_model

from oscar_loyalty.admin.apology_pages import ListPage, SendPage
from oscar_loyalty.admin.logged import LoggedAdmin
from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import apology_listed
from oscar_loyalty.program.apologies.models import Apology


class LinesField(forms.CharField):
    """Text of several lines, which end as they do everywhere but in a browser."""

    widget = AdminTextareaWidget(attrs={"rows": 5, "dir": "auto"})
    default_validators = [RegexValidator(r"\w", _("Write what happened."))]

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value)
        return text.replace("\r\n", "\n")


class ProductField(forms.ModelChoiceField):
    """A product by its number, or else by its UPC."""

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        # Many products have the empty UPC.
        if not text or not text.isprintable():
            return super().to_python(value)
        numbered = [int(text)] if text.isdecimal() and len(text) < 19 else []
        if self.queryset.filter(pk__in=numbered).exists():
            return super().to_python(value)
        named = self.queryset.filter(upc=text).values_list("pk", flat=True).first()
        return super().to_python(named or value)


class ApologyForm(forms.ModelForm):
    """What staff apologise for, and the orders by which the members are found."""

    what_happened = LinesField(
        label=Apology._meta.get_field("what_happened").verbose_name,
        max_length=Apology._meta.get_field("what_happened").max_length,
        help_text=Apology._meta.get_field("what_happened").help_text,
    )
    statuses = forms.MultipleChoiceField(
        label=Apology._meta.get_field("statuses").verbose_name,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=Apology._meta.get_field("statuses").help_text,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "statuses" not in self.fields:
            return
        chosen = self.instance.statuses.splitlines()
        self.initial["statuses"] = chosen
        known = dict.fromkeys([*_statuses(), *chosen])
        self.fields["statuses"].choices = [(status, status) for status in known if status]

    def clean_statuses(self) -> str:
        return "\n".join(self.cleaned_data["statuses"])


def _statuses() -> list[str]:
    """Those that the shop has said there are; else those that its orders have."""
    orders = get_model("order", "Order")
    written = orders.objects.order_by("status").values_list("status", flat=True).distinct()
    return list(orders.all_statuses()) or list(written)


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
    fieldsets = (
        (None, {"fields": ("title", "what_happened")}),
        (
            _("Which orders it is about"),
            {
                "description": _("Orders that meet all of it; what is left empty does not count."),
                "fields": ("product", "partner", ("placed_from", "placed_until"), "statuses"),
            },
        ),
        (_("What the message brings"), {"fields": Apology.PRESENT}),
    )

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
        """Of a draft that means other orders now, the list is none any more."""
        if not change:
            obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)
        if not set(form.changed_data).isdisjoint(Apology.CRITERIA):
            apology_listed.forget(obj.pk)

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
