"""Writes of the programme; afterwards it is edited in the admin."""

from datetime import datetime

from oscar_loyalty.program.terms.models import Programme


def note_tightened(*, at: datetime) -> None:
    """Keep the moment when points were made to expire, or sooner than before."""
    Programme.objects.update(expiry_tightened_at=at)


def create(*, name: str, currency: str, time_zone: str, at: datetime) -> bool:
    """
    Make the programme with cautious terms, once; say whether it was made now.

    :raises ValidationError: if the currency or time zone makes no sense.
    """
    if Programme.objects.exists():
        return False
    programme = Programme(name=name, currency=currency, time_zone=time_zone, starts_at=at)
    programme.full_clean()
    programme.save()
    return True
