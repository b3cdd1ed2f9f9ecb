"""A shop starts: the programme's row, and nothing that sends or gives anything by itself."""

from datetime import datetime

from django.db import transaction

from oscar_loyalty.flows import messages_set_up, offers_in_step
from oscar_loyalty.program.terms import services as terms


@transaction.atomic
def run(*, name: str, currency: str, time_zone: str, language: str, at: datetime) -> bool:
    """Make the programme unless there is one, and what it needs; say whether it is new."""
    created = terms.create(name=name, currency=currency, time_zone=time_zone, at=at)
    offers_in_step.run(language=language)
    messages_set_up.run()
    return created
