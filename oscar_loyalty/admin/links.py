"""Where the admin's pages are."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff.people import member_name


def member_link(account: Account) -> SafeString:
    """The member's name, leading to their page."""
    url = reverse("admin:oscar_loyalty_account_change", args=[account.pk])
    return format_html('<a href="{}">{}</a>', url, member_name(account))
