"""Pages of rows that nobody edits: they are written by flows only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that are only looked at, by superusers too."""

    class Media:
        css = {"all": ["oscar_loyalty/admin.css"]}

    actions = None
    # Counting a million rows a second time says nothing that the pages need.
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
