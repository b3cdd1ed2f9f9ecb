"""Forms and lists of the dashboard, as staff fill them in and read them."""

from typing import Any

from oscar_loyalty.models import StaffAct
from tests.functional.reading import listed


def form_with(page: Any, field: str) -> Any:
    """The page's form that has this field."""
    return next(form for form in page.forms.values() if field in form.fields)


def filled(page: Any, **values: Any) -> Any:
    """The page's form with these fields written."""
    form = form_with(page, next(iter(values)))
    for name, value in values.items():
        form[name] = value
    return form


def errors(page: Any) -> str:
    """All that was refused."""
    return " ".join(listed(page, ".loyalty-error, .loyalty-form .alert-danger"))


def names(page: Any) -> list[str]:
    """The first cell of each line of the page's first list."""
    table = page.html.select_one(".loyalty-scroll table")
    return [row.td.get_text().strip() for row in table.select("tbody tr")] if table else []


def acts() -> list[tuple[str, str, dict[str, Any]]]:
    """What was written down: words, about what, and the values before and after by name."""
    return [
        (act.words, act.subject, {name: (old, new) for name, old, new in act.changed})
        for act in StaffAct.objects.order_by("pk")
    ]
