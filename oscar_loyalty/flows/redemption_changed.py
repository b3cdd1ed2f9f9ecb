"""Points can be spent: Oscar gets an offer for them."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.shop import offers


@transaction.atomic
def run(*, language: str) -> int:
    """
    Write the offer, named in the shop's language, and return how many rows differed.

    It stays when points can be spent no more, and takes nothing off: orders were paid with it.
    """
    terms = terms_queries.current()
    if terms is None or not terms.redeemable:
        return 0
    with override(language):
        return offers.put_points_offer(
            _("Pay with points"), _("Members of the loyalty programme spend their points.")
        )
