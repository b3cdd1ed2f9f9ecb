"""A link in a message lets its reader say, without signing in, that they want no more of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.urls import reverse

from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.models import Consent
from oscar_loyalty.program.messages.policy import KINDS, MARKETING
from oscar_loyalty.shop import mails

#: What a signature is good for; another place's cannot be used here.
SALT = "oscar_loyalty.unsubscribe"


@dataclass(frozen=True)
class Subscription:
    """Whose messages a link is about, and which: a kind's code, or what stands for marketing."""

    account_id: int
    about: str


def link(public_id: UUID, kind: str) -> str:
    """
    Where a reader of such a message unsubscribes, for ever and without signing in.

    Who declines one offer wants none: a link of marketing is about all of it.
    """
    about = MARKETING if KINDS[kind].marketing else kind
    token = signing.dumps([str(public_id), about], salt=SALT)
    return mails.base_url() + reverse("oscar_loyalty:unsubscribe", args=[token])


def subscription_of(token: str) -> Subscription | None:
    """What a link is about; None for one that is none of ours."""
    try:
        public_id, about = signing.loads(token, salt=SALT)
        account_id = ledger_queries.current_of(UUID(str(public_id)))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    known = about in (MARKETING, *KINDS)
    return Subscription(account_id, about) if account_id and known else None


@transaction.atomic
def run(subscription: Subscription, *, at: datetime) -> None:
    """Send no more of them. Once more changes nothing."""
    messages.choose(
        subscription.account_id,
        {subscription.about: False},
        source=Consent.Source.UNSUBSCRIBED,
        at=at,
    )
