"""Staff find that two members are one person: the one account goes on, with all of both."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from oscar_loyalty.errors import MergeRefused
from oscar_loyalty.flows import points_taken_off, staff_words
from oscar_loyalty.flows.tier_progress import announce_change
from oscar_loyalty.program.campaigns import services as campaigns
from oscar_loyalty.program.coupons import services as coupons
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.members import services as members
from oscar_loyalty.program.members.models import MemberEvent
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.oversight import services as oversight
from oscar_loyalty.program.redemption import services as redemption
from oscar_loyalty.program.reports import services as reports
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.tiers import services as tiers
from oscar_loyalty.program.winback import services as winback
from oscar_loyalty.signals import announce, members_merged

Kind = MemberEvent.Kind


@transaction.atomic
def run(account_id: int, into_id: int, *, note: str, actor_id: int, at: datetime) -> int:
    """
    Close an account, lead its owner to the other, and return the points that moved.

    Points keep their dates, orders and coupons go on in the other account; so does a block, and
    what is kept for a basket that is being paid.

    :raises NoteMissing: if nothing says why.
    :raises InvalidCause: if the note cannot be read.
    :raises OwnAccount: if one of the accounts is the actor's own.
    :raises MergeRefused: if both are the same, one was merged before, or the other is nobody's.
    """
    note = staff_words.note(note)
    refusal = _("You cannot merge your own account; ask a colleague.")
    actor = staff_words.actor(actor_id, account_id, into_id, refusal=refusal)
    coupons.lock([account_id])
    ledger.lock([account_id, into_id])
    owner = ledger_queries.owner_of(into_id)
    if owner is None:
        raise MergeRefused(_("The other account belongs to nobody any more."))
    points_taken_off.run_unless_being_paid(account_id)
    points = ledger.merge(account_id, into_id, note=note, actor=actor, at=at)
    earning.move(account_id, into_id)
    redemption.move(account_id, into_id)
    coupons.move(account_id, into_id)
    campaigns.move(account_id, into_id)
    messages.move(account_id, into_id)
    oversight.move(account_id, into_id)
    winback.move(account_id, into_id, at=at)
    members.move_birthday(account_id, into_id)
    reports.note_customers([owner])
    if _keep_restrained(account_id, into_id, at):
        members.note_down(into_id, Kind.BLOCKED, note=note, actor=actor, at=at)
    _take_over_tier(account_id, into_id, actor, at)
    members.note_down(account_id, Kind.MERGED, note=note, actor=actor, at=at)
    members.note_down(into_id, Kind.RECEIVED, note=note, actor=actor, at=at)
    announce(members_merged, account_id=account_id, into_id=into_id, points=points)
    return points


def _keep_restrained(account_id: int, into_id: int, at: datetime) -> bool:
    """Nobody gets round a block, or a pause, by a merge; whether the other is blocked from now."""
    restraint = ledger_queries.restraint_of(account_id)
    if restraint.paused_until is not None:
        ledger.pause(into_id, until=restraint.paused_until)
    if restraint.holds(at):
        points_taken_off.run_unless_being_paid(into_id)
    return restraint.blocked and ledger.block(into_id, at=at)


def _take_over_tier(account_id: int, into_id: int, actor: str, at: datetime) -> None:
    """The better tier of the two, or the one that both reach together."""
    change = tiers.merge(account_id, into_id, actor=actor, at=at)
    if change:
        announce_change(change)
    terms = terms_queries.current()
    climbed = tiers.climb(into_id, terms, at=at) if terms else None
    if climbed:
        announce_change(climbed)
