"""Staff keep a member from spending points, or let them again; earning goes on either way."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from oscar_loyalty.flows import points_taken_off, staff_words
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.members import services as members
from oscar_loyalty.program.members.models import MemberEvent

Kind = MemberEvent.Kind


@transaction.atomic
def run(account_id: int, *, note: str, actor_id: int, at: datetime) -> bool:
    """
    Block the member, and let go what was kept for a basket; False when blocked before.

    :raises NoteMissing: if nothing says why.
    :raises InvalidCause: if the note cannot be read.
    :raises OwnAccount: if the account is the actor's own.
    :raises AccountClosed: if it was merged into another.
    """
    note, actor = _signed(account_id, note, actor_id)
    if not ledger.block(account_id, at=at):
        return False
    points_taken_off.run_unless_being_paid(account_id)
    members.note_down(account_id, Kind.BLOCKED, note=note, actor=actor, at=at)
    return True


@transaction.atomic
def lift(account_id: int, *, note: str, actor_id: int, at: datetime) -> bool:
    """Let the member spend again; False when they could. It is refused as the block is."""
    note, actor = _signed(account_id, note, actor_id)
    if not ledger.unblock(account_id):
        return False
    members.note_down(account_id, Kind.UNBLOCKED, note=note, actor=actor, at=at)
    return True


def _signed(account_id: int, note: str, actor_id: int) -> tuple[str, str]:
    refusal = _("You cannot block or unblock yourself; ask a colleague.")
    signed = staff_words.note(note), staff_words.actor(actor_id, account_id, refusal=refusal)
    ledger.lock([account_id])
    staff_words.refuse_closed(account_id)
    return signed
