"""Staff let a message be sent that was given up."""

from datetime import datetime

from django.db import transaction

from oscar_loyalty.program.messages import services as messages


@transaction.atomic
def run(message_id: int, *, at: datetime) -> bool:
    """Put it into the post again; False if it was not given up, or somebody else was quicker."""
    return messages.retry(message_id, at=at)
