"""Staff put a member on a tier, or give them back to the rules."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from oscar_loyalty.errors import OwnAccount
from oscar_loyalty.flows.tier_progress import announce_change
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.tiers import services as tiers
from oscar_loyalty.program.tiers.models import Tier


@transaction.atomic
def run(account_id: int, tier: Tier | None, *, actor_id: int, at: datetime) -> None:
    """
    Keep the member on `tier` at least; None lets the daily review decide again.

    :raises OwnAccount: if the account is the actor's own.
    """
    if ledger_queries.account_of(actor_id) == account_id:
        raise OwnAccount(_("You cannot change your own tier; ask a colleague."))
    ledger.lock([account_id])
    change = tiers.assign(account_id, tier, actor=f"user:{actor_id}", at=at)
    if change:
        announce_change(change)
