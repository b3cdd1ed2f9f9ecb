"""What the page of one member shows below the figures: the latest entries and steps."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from oscar_loyalty.admin.links import member_link
from oscar_loyalty.program.ledger import queries as ledger
from oscar_loyalty.program.ledger.models import Account, Entry
from oscar_loyalty.program.members import queries as members
from oscar_loyalty.program.tiers.models import TierChange
from oscar_loyalty.shop import orders
from oscar_loyalty.staff import figures, people
from oscar_loyalty.staff.reasons import reason_label

LATEST = 20


def tables(account: Account) -> dict[str, Any]:
    """The latest entries and tier changes of the account, in six queries."""
    entries = list(ledger.history(account.pk)[:LATEST])
    steps = list(_steps(account))
    events = list(members.events_of(account.pk)[:LATEST])
    staff = people.staff_names({row.actor for row in (*entries, *steps, *events) if row.actor})
    existing = _existing_orders(account, entries)
    return {
        "entries": [_entry_row(entry, staff, existing) for entry in entries],
        "steps": [{"step": step, "by": staff.get(step.actor, step.actor)} for step in steps],
        "events": [{"event": event, "by": staff.get(event.actor, event.actor)} for event in events],
        "merged": [member_link(one) for one in _merged(account)],
        "all_entries_url": f"{_entries_url()}?account__id__exact={account.pk}",
    }


def _merged(account: Account) -> Sequence[Account]:
    """The accounts that were merged into this one."""
    return account.merged_from.select_related("user").order_by("pk")[:LATEST]


def _steps(account: Account) -> Sequence[TierChange]:
    return TierChange.objects.filter(account=account).order_by("-changed_at", "-pk")[:LATEST]


def _existing_orders(account: Account, entries: Sequence[Entry]) -> set[str]:
    """Orders that can be linked to: the shop may have deleted some."""
    numbers = {entry.order_number for entry in entries if entry.order_number}
    if not numbers or not account.user_id:
        return set()
    return orders.numbers_owned(account.user_id, numbers)


def _entry_row(entry: Entry, staff: dict[str, str], existing: set[str]) -> dict[str, Any]:
    return {
        "entry": entry,
        "change": figures.signed(entry.points),
        "balance": figures.counted(entry.balance_after),
        "why": reason_label(entry),
        "by": staff.get(entry.actor, entry.actor),
        "order_exists": entry.order_number in existing,
    }


def _entries_url() -> str:
    return reverse("admin:oscar_loyalty_entry_changelist")
