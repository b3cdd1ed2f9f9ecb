"""A flash sale is set up or changed: its units and its offer in Oscar follow."""

from datetime import datetime

from django.db import transaction
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import override

from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns import services as campaigns
from oscar_loyalty.program.campaigns.policy import Sale
from oscar_loyalty.shop import offers


@transaction.atomic
def run(sale_id: int, *, language: str, at: datetime) -> int:
    """
    Bring units and offer in line, named in the shop's language; how many of Oscar's rows differed.

    One that goes on after all is settled no more.
    """
    sale = campaigns_queries.sale(sale_id)
    if sale is None:
        return 0
    if sale.active and sale.ends_at > at:
        campaigns.reopen(sale_id)
    campaigns.stock_up(sale_id)
    with override(language):
        return _put(sale, ends_at=None)


def end(sale: Sale, *, language: str, at: datetime) -> int:
    """
    Settle a sale that is over, once nobody is paying; its offer costs no page anything any more.

    Until then the offer stands: who is at the bank gets what the payment was told.
    """
    if not campaigns.settle(sale.sale_id, at=at):
        return 0
    campaigns_queries.forget_display()
    with override(language):
        return _put(sale, ends_at=at)


def removed(sale_id: int) -> None:
    """Take the offer of a sale that is no more out of the shop."""
    offers.remove_sale(sale_id)


def _put(sale: Sale, *, ends_at: datetime | None) -> int:
    offer_id, written = offers.put_sale_offer(
        sale.sale_id,
        offer_id=sale.offer_id,
        name=_("Flash sale: %(name)s") % {"name": sale.name},
        # Oscar prints descriptions of offers as HTML.
        description=escape(_("For a limited time, and as long as there are units left.")),
        starts_at=sale.first_opens_at,
        ends_at=ends_at,
    )
    if offer_id != sale.offer_id:
        campaigns.tie_offer(sale.sale_id, offer_id)
    return written
