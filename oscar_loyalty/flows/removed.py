"""The shop takes the plugin out: no row may name a class that will be gone."""

from django.db import transaction

from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.shop import offers, vouchers


@transaction.atomic
def run() -> dict[str, int]:
    """Remove our offers, conditions, benefits and vouchers from Oscar; return how many of each."""
    # By their offers too, so before these.
    codes = vouchers.remove(coupons_queries.voucher_ids())
    return {**offers.remove_everything(), "vouchers": codes}
