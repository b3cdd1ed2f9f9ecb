"""Members and staff by the names their colleagues know them by."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.shop.people import is_key

_LABEL = "user:"


def name_of(user: Any) -> str:
    """The full name, or the e-mail address of one who gave none."""
    return user.get_full_name().strip() or str(user)


def member_name(account: Account) -> str:
    """Who the account belongs to; deleted profiles leave nameless accounts behind."""
    return name_of(account.user) if account.user else _("Former customer")


def member_link(account: Account) -> SafeString:
    """The member's name, leading to their page."""
    url = reverse("admin:oscar_loyalty_account_change", args=[account.pk])
    return format_html('<a href="{}">{}</a>', url, member_name(account))


def staff_names(labels: Iterable[str]) -> dict[str, str]:
    """Names by the labels that the books know staff under, in one query."""
    ids = {label: label.removeprefix(_LABEL) for label in labels if label.startswith(_LABEL)}
    if not ids:
        return {}
    users = get_user_model().objects.in_bulk([pk for pk in ids.values() if is_key(pk)])
    known = {str(pk): name_of(user) for pk, user in users.items()}
    return {label: known[pk] for label, pk in ids.items() if pk in known}
