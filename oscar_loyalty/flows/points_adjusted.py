"""Staff correct a member's points."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.errors import InvalidCause
from oscar_loyalty.flows import staff_words
from oscar_loyalty.program.ledger import policy
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
    :raises AccountClosed: if it was merged into another.
    :raises InvalidPoints: if `points` is zero or absurd.
    :raises InsufficientPoints: if fewer points can be taken than asked for.
    """
    note = staff_words.note(note)
    _refuse_unfit(reason, source)
    refusal = _("You cannot change your own points; ask a colleague.")
    actor = staff_words.actor(actor_id, account_id, refusal=refusal)
    ledger.lock([account_id])
    staff_words.refuse_closed(account_id)
    cause = Cause("adj", f"adj:{source}", reason=reason, note=note, actor=actor)
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


def _refuse_unfit(reason: str, source: str) -> None:
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
