"""The only writer of apologies' lists, and of what became of them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import F, QuerySet

from oscar_loyalty.program.apologies.models import Apology, ApologyRecipient
from oscar_loyalty.program.apologies.policy import Case

CHUNK = 2000


def hold_draft(apology_id: int) -> bool:
    """Keep everybody else off a draft until the transaction ends; False if it is none any more."""
    return bool(_draft(apology_id).update(revision=F("revision") + 1))


def make_list(
    apology_id: int, cases: Mapping[int, Case], left_out: Mapping[str, int], *, at: datetime
) -> None:
    """
    Write the list of a draft that is held, in the place of the one before.

    Who was taken off that one stays off.
    """
    before = ApologyRecipient.objects.filter(apology_id=apology_id)
    taken_off = set(before.filter(chosen=False).values_list("account_id", flat=True))
    before.delete()
    rows = (
        ApologyRecipient(
            apology_id=apology_id,
            account_id=account_id,
            order_number=case.order_number,
            orders=case.orders,
            chosen=account_id not in taken_off,
        )
        for account_id, case in sorted(cases.items())
    )
    ApologyRecipient.objects.bulk_create(rows, batch_size=CHUNK)
    _draft(apology_id).update(listed_at=at, left_out=dict(left_out))


def drop_list(apology_id: int) -> None:
    """Forget the list of a draft."""
    ApologyRecipient.objects.filter(apology__in=_draft(apology_id)).delete()
    _draft(apology_id).update(listed_at=None, left_out={})


def choose(apology_id: int, shown: Collection[int], chosen: Collection[int]) -> bool:
    """Of those on the list who were shown, let only the chosen ones be told; False if they are."""
    rows = ApologyRecipient.objects.filter(apology__in=_draft(apology_id), pk__in=shown)
    fewer = rows.filter(chosen=True).exclude(pk__in=chosen).update(chosen=False)
    more = rows.filter(chosen=False, pk__in=chosen).update(chosen=True)
    return bool(fewer or more)


def release(apology_id: int, *, without: Collection[int], actor: str, at: datetime) -> None:
    """Let a draft that is held be sent as it is, but not to these accounts."""
    rows = ApologyRecipient.objects.filter(apology_id=apology_id, account_id__in=without)
    rows.update(chosen=False)
    _draft(apology_id).update(released_at=at, actor=actor)


def lock(apology_id: int) -> Apology:
    """An apology that nobody else sends until the transaction ends."""
    Apology.objects.filter(pk=apology_id).update(revision=F("revision"))
    return Apology.objects.get(pk=apology_id)


def settle(outcomes: Mapping[int, str], *, at: datetime) -> None:
    """Note what became of those on the list."""
    for outcome in set(outcomes.values()):
        those = [pk for pk, one in outcomes.items() if one == outcome]
        ApologyRecipient.objects.filter(pk__in=those).update(outcome=outcome, settled_at=at)


def finish(apology_id: int, *, at: datetime) -> None:
    """Note that all on the list were told."""
    Apology.objects.filter(pk=apology_id, finished_at=None).update(finished_at=at)


def _draft(apology_id: int) -> QuerySet[Apology]:
    return Apology.objects.filter(pk=apology_id, released_at=None)
