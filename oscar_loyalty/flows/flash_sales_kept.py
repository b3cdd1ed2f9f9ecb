"""Flash sales are kept in step with Oscar's offers until they are over, and then settled."""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction

from oscar_loyalty.flows import flash_sale_changed, one_by_one
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns import services as campaigns
from oscar_loyalty.program.campaigns.policy import LONGEST_PAYMENT, Sale


def run(*, at: datetime) -> int:
    """Mend what failed in front of staff, settle what is over; how many rows of Oscar's changed."""
    return sum(one_by_one.run(campaigns_queries.unsettled(), partial(_keep, at=at)))


@transaction.atomic
def _keep(sale: Sale, *, at: datetime) -> int:
    language = settings.LANGUAGE_CODE
    campaigns.forget_lapsed(sale.sale_id, before=at - LONGEST_PAYMENT)
    if sale.active and sale.ends_at > at:
        return flash_sale_changed.run(sale.sale_id, language=language, at=at)
    return flash_sale_changed.end(sale, language=language, at=at)
