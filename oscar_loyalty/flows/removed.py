"""The shop takes the plugin out: no row may name a class that will be gone."""

from django.db import transaction

from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.shop import mails, offers, vouchers


@transaction.atomic
def run() -> dict[str, int]:
    """Remove what is ours from Oscar's own tables; return how many rows of each kind."""
    # By their offers too, so before these.
    codes = vouchers.remove(coupons_queries.voucher_ids())
    texts = mails.remove_sources()
    return {**offers.remove_everything(), "vouchers": codes, "texts of messages": texts}
