"""Points are to expire, or sooner than before: what members have by then gets its days of grace."""

from datetime import datetime

from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms import services as terms_services
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.terms.policy import is_tighter
from oscar_loyalty.program.tiers.models import Tier


def by_programme(programme: Programme, *, at: datetime) -> None:
    """Note the moment when the programme, about to be saved, tightens the expiry of points."""
    if is_tighter(terms_queries.written(), terms_queries.terms_of(programme)):
        terms_services.note_tightened(at=at)
        programme.expiry_tightened_at = at


def by_tier(tier: Tier, *, at: datetime) -> None:
    """Note the moment when a tier, about to be saved, tightens it for its members."""
    terms = terms_queries.written()
    before = Tier.objects.filter(pk=tier.pk).first()
    if terms is None or before is None or not terms.counts_expiry_in_months:
        return
    months = [row.expiry_months or terms.expiry_months for row in (before, tier)]
    if months[1] < months[0]:
        terms_services.note_tightened(at=at)
