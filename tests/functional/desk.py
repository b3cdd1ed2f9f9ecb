"""Staff at their desk: who they are, and the admin's forms as they fill them in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import get_resolver

from oscar_loyalty.models import Account, Entry, Standing, TierChange
from tests import world


def staff(name: str, *permissions: str, is_staff: bool = True):
    """One of the staff with permissions of ours, named like view_account."""
    user = world.customer(name)
    user.is_staff = is_staff
    user.save()
    found = Permission.objects.filter(
        content_type__app_label="oscar_loyalty", codename__in=permissions
    )
    assert found.count() == len(permissions)
    user.user_permissions.set(found)
    # Permissions are remembered on the object.
    return get_user_model().objects.get(pk=user.pk)


def owner(name: str = "owner"):
    """The shop's owner, who may do everything."""
    user = world.customer(name)
    user.is_staff = user.is_superuser = True
    user.save()
    return user


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def books() -> tuple[list, list, list]:
    """All that adjustments and settings of tiers write: equal when nothing was changed."""
    return (
        list(Account.objects.order_by("pk").values_list("pk", "balance", "seq")),
        list(Entry.objects.order_by("pk").values_list("key", "points")),
        [
            *Standing.objects.order_by("pk").values_list("pk", "tier", "pinned_tier"),
            *TierChange.objects.values_list("pk"),
        ],
    )


@dataclass
class Desk:
    """The admin's forms as a browser sends them: every field as shown, but for the changes."""

    app: Any
    user: Any

    def read(self, url: str) -> Any:
        return self.app.get(url, user=self.user)

    def fields(self, url: str) -> dict[str, Any]:
        """What the page's form sends when nothing is changed."""
        page = self.read(url)
        (form,) = (form for name, form in page.forms.items() if str(name).endswith("_form"))
        return dict(form.submit_fields("_save"))

    def save(self, url: str, **changes: Any) -> Any:
        return self.app.post(url, {**self.fields(url), **changes}, user=self.user)


def sentences(response: Any) -> str:
    """What a page says, without its tags."""
    return " ".join(response.html.get_text(" ").split())


def dashboard_pages(patterns: Any = None, route: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every URL of ours in the dashboard: its name, and the names of its arguments."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = route + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from dashboard_pages(pattern.url_patterns, here)
        elif here.startswith("dashboard/loyalty/"):
            yield pattern.name, tuple(re.findall(r"<(?:\w+:)?(\w+)>", here))
