"""The codes of coupons that expired unused leave the shop; that they were given stays."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.shop import vouchers

#: How long a code that expired is kept: somebody may ask staff about it.
KEPT = timedelta(days=30)
CHUNK = 2000


def run(*, at: datetime) -> int:
    """Delete the vouchers of such coupons, so many at a time; return how many went."""
    gone, last, before = 0, 0, at - KEPT
    lapsed = coupons_queries.lapsed(before=before).order_by("pk").values_list("pk", "voucher_id")
    while chunk := list(lapsed.filter(pk__gt=last)[:CHUNK]):
        last, _voucher_id = chunk[-1]
        gone += _prune([voucher_id for _pk, voucher_id in chunk], before)
    return gone


@transaction.atomic
def _prune(voucher_ids: Collection[int], before: datetime) -> int:
    # A payment that begins locks them too, and so does an order: only now does nobody use one.
    vouchers.lock(voucher_ids)
    lapsed = coupons_queries.lapsed(before=before).filter(voucher_id__in=voucher_ids)
    left = set(lapsed.values_list("voucher_id", flat=True)) - vouchers.in_use(voucher_ids)
    return vouchers.discard(left)
