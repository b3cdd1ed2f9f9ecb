"""Who may do what in the dashboard: staff only, and each thing by a permission of its own."""

from typing import Any

from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse

#: Asked of everybody who opens a page of ours.
VIEW = "oscar_loyalty.view_account"
ADJUST = "oscar_loyalty.adjust_points"
APPROVE = "oscar_loyalty.approve_points"
EXPORT = "oscar_loyalty.export_members"
EDIT_TEXTS = "oscar_loyalty.edit_texts"
ERASE = "oscar_loyalty.erase_members"
SEND = "oscar_loyalty.send_apology"
RETRY = "oscar_loyalty.retry_message"
#: All that belongs to running the programme: terms, tiers, rules, campaigns, kinds of messages.
MANAGE = "oscar_loyalty.change_programme"


def may(user: Any, *permissions: str) -> bool:
    """Whether this is one of the staff who may see our pages and holds the permissions, too."""
    return bool(user.is_staff and user.has_perms({VIEW, *permissions}))


def may_open(user: Any, url_name: str, url_args: Any = None, url_kwargs: Any = None) -> bool:
    """Whether the menu shows a page of ours: to those for whom it opens."""
    try:
        url = reverse(url_name, args=url_args, kwargs=url_kwargs)
        page = resolve("/" + url.removeprefix(get_script_prefix()))
    except (NoReverseMatch, Resolver404):
        return False  # the URLs are not mounted, as check E002 says: no reason to fail every page
    view_class = getattr(page.func, "view_class", None)
    return may(user, getattr(view_class, "permission", VIEW))
