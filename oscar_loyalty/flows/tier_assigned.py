"""Staff put a member on a tier, or give them back to the rules."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from oscar_loyalty.flows import staff_words
from oscar_loyalty.flows.tier_progress import announce_change
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.tiers import services as tiers
from oscar_loyalty.program.tiers.models import Tier


@transaction.atomic
def run(account_id: int, tier: Tier | None, *, actor_id: int, at: datetime) -> None:
    """
    Keep the member on `tier` at least; None lets the daily review decide again.

    :raises OwnAccount: if the account is the actor's own.
    :raises AccountClosed: if it was merged into another.
    """
    refusal = _("You cannot change your own tier; ask a colleague.")
    actor = staff_words.actor(actor_id, account_id, refusal=refusal)
    ledger.lock([account_id])
    staff_words.refuse_closed(account_id)
    change = tiers.assign(account_id, tier, actor=actor, at=at)
    if change:
        announce_change(change)
