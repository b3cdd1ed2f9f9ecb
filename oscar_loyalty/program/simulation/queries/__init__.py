"""Reads of drafts and simulations."""

from datetime import datetime

from django.db.models import Q, QuerySet

from oscar_loyalty.program.simulation.models import ProgrammeDraft, Simulation

State = Simulation.State

#: So often a simulation is begun: what kills every worker is given up.
TRIES = 3


def is_due(at: datetime) -> Q:
    """Simulations that nobody works on."""
    return Q(state=State.WAITING) | Q(state=State.RUNNING, leased_until__lte=at)


def due(*, at: datetime) -> list[int]:
    """The simulations to be begun, those asked for first before the others."""
    return list(Simulation.objects.filter(is_due(at)).order_by("pk").values_list("pk", flat=True))


def replayed() -> QuerySet[ProgrammeDraft]:
    """Drafts of which a simulation has come to its end, the newest first."""
    done = Simulation.objects.filter(state=State.DONE).values("draft_id")
    return ProgrammeDraft.objects.filter(pk__in=done).order_by("-pk")


def newest_done(draft_id: int) -> Simulation | None:
    """The draft's last simulation that has come to its end."""
    done = Simulation.objects.filter(draft_id=draft_id, state=State.DONE)
    return done.select_related("draft").order_by("-pk").first()
