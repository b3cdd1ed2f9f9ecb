"""Members and staff by the names their colleagues know them by."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.formats import date_format
from django.utils.timezone import localtime
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


def staff_names(labels: Iterable[str]) -> dict[str, str]:
    """Names by the labels that the books know staff under, in one query."""
    ids = {label: label.removeprefix(_LABEL) for label in labels if label.startswith(_LABEL)}
    if not ids:
        return {}
    users = get_user_model().objects.in_bulk([pk for pk in ids.values() if is_key(pk)])
    known = {str(pk): name_of(user) for pk, user in users.items()}
    return {label: known[pk] for label, pk in ids.items() if pk in known}


def may_spend(account: Account, *, at: datetime) -> str:
    """Whether the member can spend points, and why not."""
    if account.blocked_at is not None:
        day = date_format(localtime(account.blocked_at), "DATETIME_FORMAT")
        return _("No, blocked since %(moment)s") % {"moment": day}
    until = account.paused_until
    if until is not None and account.restraint.holds(at):
        moment = date_format(localtime(until), "DATETIME_FORMAT")
        return _("From %(moment)s; address or password has changed") % {"moment": moment}
    return _("Yes")
