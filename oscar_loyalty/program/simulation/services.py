"""The only writer of drafts and simulations."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from oscar_loyalty import wake_up
from oscar_loyalty.program.simulation import queries
from oscar_loyalty.program.simulation.models import ProgrammeDraft, Simulation
from oscar_loyalty.program.simulation.policy import Document

State = Simulation.State

#: Much longer than some customers take: a worker that did not say for so long that it works died.
LEASE = timedelta(minutes=5)


def begin(name: str, says: Document, *, actor: str, at: datetime) -> ProgrammeDraft:
    """A new draft that changes nothing yet."""
    return ProgrammeDraft.objects.create(
        name=name,
        begun_from=says,
        # What is drafted must not change what it was begun from.
        says=deepcopy(says),
        created_by=actor,
        created_at=at,
        changed_at=at,
    )


@transaction.atomic
def change(
    draft_id: int, rewrite: Callable[[Document], Document], *, at: datetime
) -> tuple[Document, Document]:
    """Let the draft say what `rewrite` makes of it; what it said before, and says now."""
    draft = ProgrammeDraft.objects.select_for_update().get(pk=draft_id)
    before, draft.says, draft.changed_at = draft.says, rewrite(draft.says), at
    draft.save(update_fields=["says", "changed_at"])
    return before, draft.says


def move(draft_id: int, begun_from: Document, says: Document, *, at: datetime) -> None:
    """Let a draft go on from another programme."""
    drafts = ProgrammeDraft.objects.filter(pk=draft_id)
    drafts.update(begun_from=begun_from, says=says, changed_at=at)


def remove(draft_id: int) -> None:
    """Drop a draft, and its simulations."""
    ProgrammeDraft.objects.filter(pk=draft_id).delete()


def mark_published(draft_id: int, *, at: datetime) -> None:
    """Note that the programme says now what the draft said."""
    ProgrammeDraft.objects.filter(pk=draft_id).update(published_at=at)


def ask(simulation: Simulation) -> None:
    """
    Let a simulation wait for a worker.

    :raises IntegrityError: if one of the same draft waits or runs.
    """
    with transaction.atomic():
        simulation.save(force_insert=True)
        wake_up.after_commit(wake_up.SIMULATE)


def claim(simulation_id: int, *, at: datetime) -> Simulation | None:
    """Take a simulation that is due, for as long as a lease; None if it is not due any more."""
    due = Simulation.objects.filter(queries.is_due(at), pk=simulation_id)
    spent = due.filter(attempts__gte=queries.TRIES)
    if spent.update(state=State.FAILED, ended_at=at, leased_until=None):
        return None
    taken = due.update(
        state=State.RUNNING, attempts=F("attempts") + 1, leased_until=at + LEASE, orders_done=0
    )
    return Simulation.objects.get(pk=simulation_id) if taken else None


def go_on(simulation: Simulation, done: int, *, at: datetime) -> bool:
    """Note how many orders are replayed; False when the lease was lost to somebody else."""
    return _settle(simulation, orders_done=done, leased_until=at + LEASE)


def finish(simulation: Simulation, results: dict[str, Any], *, at: datetime) -> bool:
    """Keep what came of it; False when the lease was lost to somebody else."""
    return _settle(simulation, state=State.DONE, results=results, ended_at=at, leased_until=None)


def give_up(simulation: Simulation, *, at: datetime) -> bool:
    """Note that it cannot be done."""
    return _settle(simulation, state=State.FAILED, ended_at=at, leased_until=None)


def _settle(simulation: Simulation, **changes: Any) -> bool:
    """The number of the attempt tells who holds the lease."""
    mine = Simulation.objects.filter(
        pk=simulation.pk, state=State.RUNNING, attempts=simulation.attempts
    )
    return bool(mine.update(**changes))
