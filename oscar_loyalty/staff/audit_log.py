"""What staff change is written down, whichever door they come by: who, before and after."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.program.oversight import services as oversight
from oscar_loyalty.program.oversight.models import StaffAct
from oscar_loyalty.staff import people

Values = dict[str, Any]


def values_of(row: Model | None, beside: Iterable[Model] = ()) -> Values:
    """The columns of a row as the database has them, and of the rows that belong to it."""
    known = row and row.pk and type(row)._base_manager.filter(pk=row.pk).first()
    if not known:
        return {}
    found = _columns(known)
    for one in sorted(beside, key=lambda one: one.pk):
        name = f"{one._meta.model_name} {one.pk}"
        found[name] = _columns(one)
    return found


def standing_of(account: Account) -> Values:
    """What staff can change about a member; nothing that names them."""
    known = Account.objects.select_related("standing__tier").get(pk=account.pk)
    standing = getattr(known, "standing", None)
    return {
        "balance": known.balance,
        "pending": known.pending,
        "held": known.held,
        "blocked_at": known.blocked_at,
        "tier": str(standing.tier) if standing and standing.tier else "",
        "pinned": bool(standing and standing.pinned),
        "coupons": known.coupons.count(),
        "merged_into": known.merged_into_id,
    }


def keep(
    actor: Any,
    words: str,
    about: Model | str,
    *,
    at: datetime,
    before: Values | None = None,
    after: Values | None = None,
) -> None:
    """Write down that the `actor` did something about a row, or about what has no row."""
    row = about if isinstance(about, Model) else None
    oversight.write_down(
        StaffAct(
            actor=f"user:{actor.pk}",
            actor_name=people.name_of(actor)[:254],
            words=words,
            subject=row._meta.model_name if row else about,
            subject_id=str(row.pk or "") if row else "",
            subject_name="" if row is None or isinstance(row, Account) else str(row),
            before=before or {},
            after=after or {},
        ),
        at=at,
    )


def keep_saved(actor: Any, row: Model, before: Values, after: Values, *, at: datetime) -> None:
    """Write down that a row was made or changed, unless everything stayed as it was."""
    if before != after:
        words = _("Changed.") if before else _("Added.")
        keep(actor, words, row, at=at, before=before, after=after)


def _columns(row: Model) -> Values:
    fields = row._meta.concrete_fields
    return {one.name: one.get_prep_value(getattr(row, one.attname)) for one in fields}
