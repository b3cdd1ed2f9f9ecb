"""Staff draft another programme than the one there is."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from oscar_loyalty.errors import DraftRefused
from oscar_loyalty.program.simulation import services as simulations
from oscar_loyalty.program.simulation.models import ProgrammeDraft
from oscar_loyalty.program.simulation.policy import Document, rebased
from oscar_loyalty.program.simulation.queries import documents


def begin(name: str, *, actor: str, at: datetime) -> ProgrammeDraft:
    """
    A draft that says what the programme says.

    :raises NoProgramme: if there is none yet.
    """
    return simulations.begin(name, documents.written(), actor=actor, at=at)


def opened(draft_id: int) -> ProgrammeDraft:
    """
    A draft that can still be changed, by nobody else until the transaction ends.

    :raises DraftRefused: if it is gone, or was published.
    """
    draft = ProgrammeDraft.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None:
        raise DraftRefused(_("The draft is gone."))
    if draft.published_at:
        raise DraftRefused(_("The draft was published: begin another one to change more."))
    return draft


@transaction.atomic
def rewrite(
    draft_id: int, how: Callable[[Document], Document], *, at: datetime
) -> tuple[Document, Document]:
    """
    Let a draft say what is made of it, and return what it said before and says now.

    :raises DraftRefused: if it cannot be changed any more.
    """
    opened(draft_id)
    return simulations.change(draft_id, how, at=at)


@transaction.atomic
def begin_again(draft_id: int, *, at: datetime) -> tuple[Document, Document]:
    """
    Let a draft go on from what the programme says by now, with what was drafted on top.

    Returns what it said before and says now.

    :raises DraftRefused: if it cannot be changed any more.
    """
    draft, programme_says = opened(draft_id), documents.written()
    says = rebased(draft.begun_from, programme_says, draft.says)
    simulations.move(draft_id, programme_says, says, at=at)
    return draft.says, says
