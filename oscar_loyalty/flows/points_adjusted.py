"""Staff correct a member's points."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.errors import InvalidCause, NoteMissing, OwnAccount
from oscar_loyalty.program.ledger import policy
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Cause
from oscar_loyalty.signals import announce, points_adjusted


class Reason(models.TextChoices):
    """What staff may give as the reason; shop code may give its own."""

    GOODWILL = "goodwill", gettext_lazy("Goodwill")
    MISTAKE = "mistake", gettext_lazy("Correction of a mistake")
    PROMOTION = "promotion", gettext_lazy("Promotion")
    OTHER = "other", gettext_lazy("Other")


@transaction.atomic
def run(
    account_id: int,
    points: int,
    *,
    reason: str,
    note: str,
    actor_id: int,
    source: str,
    at: datetime,
) -> bool:
    """
    Post a correction by a member of staff, once per `source`; False when it was posted before.

    :raises NoteMissing: if nothing says why.
    :raises InvalidCause: if reason, source or note cannot stand in the books.
    :raises OwnAccount: if the account is the actor's own.
    :raises InvalidPoints: if `points` is zero or absurd.
    :raises InsufficientPoints: if fewer points can be taken than asked for.
    """
    if not note.strip():
        raise NoteMissing(_("Write a note that says why."))
    _refuse_unfit(reason, source, note)
    if ledger_queries.account_of(actor_id) == account_id:
        raise OwnAccount(_("You cannot change your own points; ask a colleague."))
    actor = f"user:{actor_id}"
    cause = Cause("adj", f"adj:{source}", reason=reason, note=note.strip(), actor=actor)
    posted = ledger.adjust(account_id, points, cause, at=at)
    if posted:
        announce(
            points_adjusted,
            account_id=account_id,
            points=points,
            source=cause.key,
            actor=actor,
        )
    return posted


def _refuse_unfit(reason: str, source: str, note: str) -> None:
    if not policy.is_words(reason, limit=policy.MAX_REASON):
        raise InvalidCause(
            _("The reason must be readable text of 1 to %(limit)s characters.")
            % {"limit": policy.MAX_REASON}
        )
    if not policy.is_words(source, limit=policy.MAX_REFERENCE):
        raise InvalidCause(
            _("The source must be readable text of 1 to %(limit)s characters.")
            % {"limit": policy.MAX_REFERENCE}
        )
    if not policy.is_legible("".join(note.split())):
        raise InvalidCause(_("The note contains characters that cannot be read."))
