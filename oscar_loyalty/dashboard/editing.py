"""The page on which staff make or change one row, with the rows that belong to it."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import UpdateView

from oscar_loyalty.dashboard.access import MANAGE
from oscar_loyalty.dashboard.pages import StaffPage
from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.staff import audit_log

#: Heading, sentence about it, and names of fields; those in brackets belong together.
Parts = tuple[tuple[Any, Any, tuple[Any, ...]], ...]


class EditPage(StaffPage, UpdateView):
    """
    Give `model`, `form_class` and `get_success_url`; without a key in its URL it makes a new row.

    Override `save` where more than the form's own saving is to be done, and give `formset_class`,
    an inline formset, for rows that belong to this one. A refusal of the programme becomes an error
    of the form.
    """

    permission = MANAGE
    template_name = "oscar_loyalty/dashboard/edit.html"
    #: One block of all fields where it is empty.
    fieldsets: ClassVar[Parts] = ()
    saved: Any = _("It is saved.")
    button: Any = _("Save")
    formset_class: ClassVar[type[forms.BaseInlineFormSet] | None] = None
    formset_title: Any = ""
    #: Which field a refusal belongs to, by its code; others concern the form.
    field_of: ClassVar[dict[str, str]] = {}

    def get_object(self, queryset: Any = None) -> Any:
        return super().get_object(queryset) if self.pk_url_kwarg in self.kwargs else None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        form, rows = self.get_form(), self.get_formset()
        if rows is not None:
            # They may be compared with what is being written.
            rows.instance = form.instance
        if form.is_valid() and (rows is None or rows.is_valid()) and self._write(form, rows):
            messages.success(request, self.saved)
            return HttpResponseRedirect(self.get_success_url())
        return self.render_to_response(self.get_context_data(form=form, rows=rows))

    def get_formset(self) -> Any:
        """The rows that belong to this one, as they are or as they were written; None for none."""
        if self.formset_class is None:
            return None
        return self.formset_class(self.request.POST or None, instance=self.object)

    def save(self, form: forms.ModelForm) -> None:
        """
        Write it; all or nothing.

        :raises LoyaltyError: if it is refused.
        """
        form.save()

    def _write(self, form: forms.ModelForm, rows: Any) -> bool:
        try:
            with transaction.atomic():
                before = self._values(self.object, rows)
                self.save(form)
                if rows is not None:
                    rows.save()
                after = self._values(form.instance, rows)
                user, saved = self.request.user, form.instance
                audit_log.keep_saved(user, saved, before, after, at=timezone.now())
        except LoyaltyError as refusal:
            form.add_error(self.field_of.get(refusal.code), str(refusal))
            return False
        self.object = form.instance
        return True

    def _values(self, row: Any, rows: Any) -> audit_log.Values:
        """The row and those that belong to it, as the database has them."""
        if row is None or rows is None:
            return audit_log.values_of(row)
        belonging = {rows.fk.name: row.pk}
        return audit_log.values_of(row, rows.model._base_manager.filter(**belonging))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {
            **context,
            "rows": context["rows"] if "rows" in context else self.get_formset(),
            "rows_title": self.formset_title,
            "button": self.button,
            "blocks": blocks_of(context["form"], self.fieldsets),
        }


class OneRowPage(EditPage):
    """Settings that are one row; the page makes it where it is missing, and stays."""

    def get_object(self, queryset: Any = None) -> Any:
        return self.model._default_manager.first()

    def get_success_url(self) -> str:
        return self.request.path


def blocks_of(form: forms.BaseForm, fieldsets: Any) -> list[tuple[Any, Any, list[Any]]]:
    """The fields of a form in blocks, each with its heading and a sentence about it."""
    sets = fieldsets or ((None, None, tuple(form.fields)),)
    return [(title, words, _shown(form, names)) for title, words, names in sets]


def day_input() -> forms.DateInput:
    """A day, chosen from the browser's calendar."""
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


def moment_input() -> forms.DateTimeInput:
    """A day and the time, to the second: else a page that is saved unchanged would change it."""
    attrs = {"type": "datetime-local", "step": 1}
    return forms.DateTimeInput(attrs, format="%Y-%m-%dT%H:%M:%S")


def fields_of(parts: Parts) -> list[str]:
    """The names of all fields in these parts of a form."""
    return [name for _title, _words, names in parts for line in names for name in _line(line)]


def _line(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


def _shown(form: forms.BaseForm, lines: tuple[Any, ...]) -> list[list[Any]]:
    """Those of the fields that the form has, and shows; what stands on one line, together."""
    present = ([form[name] for name in _line(line) if name in form.fields] for line in lines)
    shown = ([field for field in line if not field.is_hidden] for line in present)
    return [line for line in shown if line]
