"""How staff choose what a row is about."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString


class ProductInput(forms.TextInput):
    """A line for the number, with the name of the product that is chosen below it."""

    choices: Any = ()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        line = super().render(name, value, attrs, renderer)
        known = self.choices.queryset.filter(pk__in=_numbered(str(value or "")))
        title = "".join(product.get_title() for product in known.select_related("parent"))
        named = format_html('{}<span class="form-text"><bdi>{}</bdi></span>', line, title)
        return named if title else line


class ProductField(forms.ModelChoiceField):
    """A product by its number, or else by its UPC."""

    widget = ProductInput

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        # Many products have the empty UPC.
        if not text or not text.isprintable():
            return super().to_python(value)
        if self.queryset.filter(pk__in=_numbered(text)).exists():
            return super().to_python(value)
        named = self.queryset.filter(upc=text).values_list("pk", flat=True).first()
        return super().to_python(named or value)


class CategoryField(forms.ModelChoiceField):
    """One of the tree, each below the one it belongs to; Oscar would ask for each one's parents."""

    def label_from_instance(self, category: Any) -> str:
        return f"{'– ' * (category.depth - 1)}{category.name}"


def _numbered(text: str) -> list[int]:
    """The key that the text may be."""
    return [int(text)] if text.isdecimal() and len(text) < 19 else []
