"""The note that staff write with whatever they do to a membership."""

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy


class NoteForm(forms.Form):
    """Why it is done."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=1000,
        validators=[RegexValidator(r"\w", gettext_lazy("Write a note that says why."))],
        widget=AdminTextareaWidget(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("For your colleagues: it stays until the member is deleted."),
    )
