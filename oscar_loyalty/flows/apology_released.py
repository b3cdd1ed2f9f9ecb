"""Staff send an apology: to whom they have seen, with what they have seen, once."""

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from oscar_loyalty.errors import ApologyRefused
from oscar_loyalty.flows import apology_sent
from oscar_loyalty.program.apologies import queries as apologies_queries
from oscar_loyalty.program.apologies import services as apologies
from oscar_loyalty.program.apologies.models import Apology
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import APOLOGY
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms

logger = logging.getLogger("oscar_loyalty")

#: For so many members, staff may wait.
AT_ONCE = 200


@dataclass(frozen=True)
class Outlook:
    """
    What sending would do: to how many members, and at which cost at most, in money.

    `own` says that who sends it is on the list, and gets nothing. The cost is None where nobody
    can know it.
    """

    members: int
    own: bool
    cost: Decimal | None
    terms: Terms


def outlook(apology: Apology, *, actor_id: int) -> Outlook:
    """
    What it would do, if it were sent now.

    :raises ApologyRefused: if it cannot be: nobody is on the list, or such messages are not sent.
    :raises InvalidCoupon: if what it brings is not there any more.
    """
    terms = terms_queries.current()
    if terms is None:
        raise ApologyRefused(_("The programme is switched off: nothing can be sent."))
    if messages_queries.kind_row(APOLOGY) is None:
        raise ApologyRefused(_("Messages of this kind are switched off: switch them on first."))
    if apology.listed_at is None:
        raise ApologyRefused(_("First see who is affected."))
    if apology.is_coupon:
        apology_sent.gift_of(apology)
    own = _own_accounts(actor_id)
    members = apologies_queries.count_chosen(apology.pk, without=own)
    is_own = apologies_queries.is_listed(apology.pk, own)
    if not members:
        raise ApologyRefused(
            _("Only you are on the list: ask a colleague to send it.")
            if is_own
            else _("Nobody is on the list.")
        )
    return Outlook(members, is_own, _highest_cost(apology, members, terms), terms)


def run(apology_id: int, *, revision: int, actor_id: int, at: datetime) -> bool:
    """
    Let it be sent as it was seen in that revision; False when it was sent before.

    A list that is not long is gone through at once, any other by the due jobs.

    :raises ApologyRefused: if it, or its list, has changed since; as for its outlook.
    """
    if not _release(apology_id, revision, actor_id, at):
        return False
    if len(apologies_queries.waiting_after(apology_id, 0, limit=AT_ONCE + 1)) <= AT_ONCE:
        try:
            apology_sent.send(apology_id, at=at)
        except Exception:  # It is released: the due jobs go on with it.
            logger.exception("loyalty: an apology was not sent to all at once")
    return True


@transaction.atomic
def _release(apology_id: int, revision: int, actor_id: int, at: datetime) -> bool:
    if not apologies.hold_draft(apology_id):
        return False
    apology = apologies_queries.apology(apology_id)
    if apology.revision != revision + 1:
        raise ApologyRefused(_("It was changed meanwhile: look at the list once more."))
    outlook(apology, actor_id=actor_id)
    own = _own_accounts(actor_id)
    apologies.release(apology_id, without=own, actor=f"user:{actor_id}", at=at)
    return True


def _highest_cost(apology: Apology, members: int, terms: Terms) -> Decimal | None:
    if apology.gives == Apology.Gives.POINTS:
        return terms.worth(int(apology.value) * members)
    if apology.gives == Apology.Gives.AMOUNT:
        return apology.value * members
    return None if apology.is_coupon else Decimal(0)


def _own_accounts(actor_id: int) -> list[int]:
    """Nobody gives themselves anything: a colleague has to."""
    own = ledger_queries.account_of(actor_id)
    return ledger_queries.family_of(own) if own is not None else []
