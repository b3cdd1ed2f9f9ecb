"""A member says which messages they want to get."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.models import Consent
from oscar_loyalty.program.messages.policy import KINDS, MARKETING


@transaction.atomic
def run(
    account_id: int,
    choices: Mapping[str, bool],
    *,
    at: datetime,
    source: str = Consent.Source.PREFERENCES,
) -> bool:
    """Keep what they say about kinds of messages and about marketing; whether anything is new."""
    known = {about: wanted for about, wanted in choices.items() if about in (MARKETING, *KINDS)}
    return bool(messages.choose(account_id, known, source=source, at=at))
