"""Reads of occasions."""

from oscar_loyalty.program.occasions.models import Occasion


def active() -> list[Occasion]:
    """The occasions that members are wished well on."""
    return list(Occasion.objects.filter(active=True).order_by("pk"))


def active_one(occasion_id: int) -> Occasion | None:
    """The occasion, unless it is switched off or gone."""
    return Occasion.objects.filter(pk=occasion_id, active=True).first()
