"""
The list: rows that filters find, page by page, and all of them as CSV.

Pages go by the key of their rows, so the thousandth is as quick as the first, and the query count
of a page and of a batch of the CSV does not depend on how many rows there are.
"""

import csv
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from oscar_loyalty.dashboard.access import EXPORT, may
from oscar_loyalty.dashboard.columns import ListTable
from oscar_loyalty.dashboard.pages import StaffPage, page_url
from oscar_loyalty.words.figures import harmless

Rows = QuerySet[Any] | Sequence[Any]
PAGE = 50
BATCH = 1000
#: Beyond this the page says "more than": to count a million rows says nothing that it needs.
COUNTED = 10_000


class Cursor(forms.Form):
    """From which row on: keys, the oldest or the newest that was seen."""

    before = forms.IntegerField(min_value=0, max_value=2**63 - 1, required=False)
    after = forms.IntegerField(min_value=0, max_value=2**63 - 1, required=False)


class ListPage(StaffPage, TemplateView):
    """
    Give `table_class` and `rows`, and a form as `filter_class` where there is anything to choose.

    A queryset is shown page by page, newest first; with `paged = False`, or of a plain list, all
    that there is, in its own order.
    """

    template_name = "oscar_loyalty/dashboard/list.html"
    http_method_names = ["get", "head", "options"]
    table_class: ClassVar[type[ListTable]]
    filter_class: ClassVar[type[forms.Form] | None] = None
    paged: ClassVar[bool] = True
    #: The name of its URL; that of the CSV ends in -csv.
    url_name: ClassVar[str]
    empty: Any = _("There is nothing here.")

    def rows(self, chosen: dict[str, Any]) -> Rows:
        """The rows that these values of the filter form find; all of them for none."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = self._filters()
        found = self.found(form)
        shown, turns = self._page(found)
        chosen = self.request.GET.copy()
        for name in ("before", "after"):
            chosen.pop(name, None)
        csv_url = page_url(f"{self.url_name}-csv", *self.kwargs.values())
        return {
            **super().get_context_data(**kwargs),
            "filters": form,
            "table": self.table_class(shown),
            "empty": self.empty,
            "count": _count(found),
            "most": COUNTED,
            "turns": turns,
            "chosen": chosen.urlencode(),
            "csv_url": csv_url if may(self.request.user, EXPORT) else "",
        }

    def found(self, form: forms.Form | None) -> Rows:
        """What the filters find; nothing if one of them makes no sense."""
        if form is None:
            return self.rows({})
        if not form.is_bound:
            return self.rows({})
        return self.rows(form.cleaned_data) if form.is_valid() else []

    def _filters(self) -> forms.Form | None:
        if self.filter_class is None:
            return None
        return self.filter_class(self.request.GET or None)

    def _page(self, found: Rows) -> tuple[Sequence[Any], dict[str, int]]:
        """The rows of the page that is asked for, and the keys from which others go on."""
        if not self.paged or not isinstance(found, QuerySet):
            return list(found), {}
        cursor = Cursor(self.request.GET)
        # Whoever writes nonsense into the address sees the first page.
        asked = cursor.cleaned_data if cursor.is_valid() else {}
        after, before = asked.get("after"), asked.get("before")
        if after is not None:
            rows = list(found.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
            more, shown = len(rows) > PAGE, rows[PAGE - 1 :: -1] if rows else []
            newer, older = more, True
        else:
            earlier = found if before is None else found.filter(pk__lt=before)
            rows = list(earlier.order_by("-pk")[: PAGE + 1])
            shown, older, newer = rows[:PAGE], len(rows) > PAGE, before is not None
        turns = {"after": shown[0].pk} if shown and newer else {}
        return shown, turns | ({"before": shown[-1].pk} if shown and older else {})


class CsvPage:
    """The same rows as a file; a permission of its own beside that of the page."""

    permission = EXPORT
    page_permission: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not may(request.user, self.page_permission):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        lines = self._lines(self.found(self._filters()))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = self.url_name.removeprefix("dashboard-")
        answer["Content-Disposition"] = f'attachment; filename="loyalty-{name}.csv"'
        return answer

    def _lines(self, found: Rows) -> Iterator[str]:
        write = csv.writer(_Echo()).writerow
        # Spreadsheets only know UTF-8 by its mark.
        yield "\ufeff"
        for number, batch in enumerate(self._batches(found)):
            heading, *lines = self.table_class(batch).as_values()
            for line in lines if number else [heading, *lines]:
                yield write([cell(value) for value in line])

    def _batches(self, found: Rows) -> Iterator[Sequence[Any]]:
        """At least one, for the heading."""
        if not self.paged or not isinstance(found, QuerySet):
            yield list(found)
            return
        newest_first = found.order_by("-pk")
        batch = list(newest_first[:BATCH])
        yield batch
        while len(batch) == BATCH:
            batch = list(newest_first.filter(pk__lt=batch[-1].pk)[:BATCH])
            yield batch


def cell(value: Any) -> str:
    """A value as a spreadsheet may read it: text that could be a formula is marked as text."""
    text = "" if value is None else str(value)
    return text if isinstance(value, (int, Decimal)) else harmless(text)


def listed(route: str, page: type[ListPage]) -> list[URLPattern]:
    """The URLs of a list: the page, and its CSV."""
    both = {"page_permission": page.permission}
    as_csv = type(f"{page.__name__}Csv", (CsvPage, page), both)
    return [
        path(route, page.as_view(), name=page.url_name),
        path(f"{route}csv/", as_csv.as_view(), name=f"{page.url_name}-csv"),
    ]


def _count(found: Rows) -> int:
    if isinstance(found, QuerySet):
        return found.order_by()[: COUNTED + 1].count()
    return len(found)


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line
