"""Staff plan a flash sale: what the shop's prices and other sales forbid, before it is saved."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from oscar_loyalty.program.campaigns import policy
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns.policy import Sale
from oscar_loyalty.shop import money, on_sale
from oscar_loyalty.shop.on_sale import Goods


def refusals(planned: Sale, *, at: datetime) -> Iterator[tuple[str, str]]:
    """
    Fields and sentences for all that is wrong with the sale; it may be new, with the id 0.

    A sale that is switched off, or over, may say what it likes.
    """
    if planned.active and planned.ends_at <= at and not planned.sale_id:
        yield "ends_at", _("This moment is past: write a later one.")
    if not planned.active or planned.ends_at <= at:
        return
    if words := clash(planned, at=at):
        yield "starts_at", words
    yield from _refuse_price(planned)


def clash(planned: Sale, *, at: datetime) -> str | None:
    """What another sale sells at the same time, in a sentence; one that is over sells nothing."""
    if not planned.active or planned.ends_at <= at:
        return None
    other = _at_the_same_time(planned, campaigns_queries.unsettled(), at)
    if other is None:
        return None
    words = _("The flash sale %(name)s sells some of this at the same time.")
    return words % {"name": other.name}


def least_units(sale_id: int) -> int:
    """Fewer units than are sold, or being paid, a sale cannot have."""
    counted = campaigns_queries.tally(sale_id)
    return counted["sold"] + counted["claimed"]


def _refuse_price(planned: Sale) -> Iterator[tuple[str, str]]:
    what = "product" if planned.product_id is not None else "range"
    prices = list(on_sale.prices(_goods(planned)))
    if not prices:
        yield what, _("Nothing of this has a price that can be discounted.")
        return
    amounts = [amount for currency, amount in prices if currency == planned.currency]
    if not amounts:
        words = _("Nothing of this is sold in %(currency)s.")
        yield "currency", words % {"currency": planned.currency}
    elif all(policy.off(amount, planned, policy.CENT) <= 0 for amount in amounts):
        dearest = money.formatted(max(amounts), planned.currency)
        yield "value", _("It costs %(price)s now: write less.") % {"price": dearest}


def _at_the_same_time(planned: Sale, others: Sequence[Sale], at: datetime) -> Sale | None:
    for other in others:
        apart = (
            other.sale_id == planned.sale_id
            or not other.active
            or other.ends_at <= max(planned.first_opens_at, at)
            or planned.ends_at <= other.first_opens_at
        )
        if not apart and on_sale.overlap(_goods(planned), _goods(other)):
            return other
    return None


def _goods(sale: Sale) -> Goods:
    return Goods(sale.product_id, sale.range_id)
