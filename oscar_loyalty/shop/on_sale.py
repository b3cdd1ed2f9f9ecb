"""What Oscar's catalogue says of a product with its variants, or of a range, that is on sale."""

from collections.abc import Collection, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple

from django.db.models import Q
from oscar.core.loading import get_class, get_model

#: Of a range so many products are looked at.
LOOKED_AT = 200


class Goods(NamedTuple):
    """A product by its id, or else a range."""

    product_id: int | None
    range_id: int | None


def page_of(goods: Goods) -> tuple[str, str]:
    """Title and path of the page for shoppers; both empty for what is gone, no path for no page."""
    if goods.product_id is not None:
        products = get_model("catalogue", "Product").objects.filter(pk=goods.product_id)
        product = products.filter(is_public=True).first()
        return (product.get_title(), product.get_absolute_url()) if product else ("", "")
    found = get_model("offer", "Range").objects.filter(pk=goods.range_id).first()
    if found is None:
        return "", ""
    return found.name, found.get_absolute_url() if found.is_public else ""


def prices(goods: Goods) -> Iterator[tuple[str, Decimal]]:
    """Currency and amount of what each of it that can be discounted costs a guest."""
    strategy = get_class("partner.strategy", "Selector")().strategy()
    for product in _products(goods)[:LOOKED_AT]:
        price = strategy.fetch_for_product(product).price
        if product.is_discountable and price.exists:
            known = price.incl_tax if price.is_tax_known else price.excl_tax
            yield price.currency, Decimal(known)


def overlap(one: Goods, other: Goods) -> bool:
    """Whether something is in both."""
    if one.product_id is not None and other.product_id is not None:
        return _is_family(one.product_id, other.product_id)
    # A variant may be in a range by its parent only.
    rows = (_products(goods).values_list("pk", "parent_id") for goods in (one, other))
    first, second = (set(chain.from_iterable(found)) - {None} for found in rows)
    return not first.isdisjoint(second)


def variants_among(parent_id: int, product_ids: Collection[int | None]) -> set[int]:
    """Those of the products that are variants of the parent."""
    variants = get_model("catalogue", "Product").objects.filter(parent_id=parent_id)
    return set(variants.filter(pk__in=product_ids).values_list("pk", flat=True))


def in_stock(product: Any, *, most: int) -> int:
    """How many of a product are in stock, as far as that is known and matters: up to so many."""
    if product.is_parent or not product.get_product_class().track_stock:
        return most
    counted = [record.net_stock_level for record in product.stockrecords.all()]
    return min(most, sum(max(count, 0) for count in counted if count is not None))


def _is_family(one: int, other: int) -> bool:
    """The same, or one is a variant of the other."""
    products = get_model("catalogue", "Product").objects.filter(pk=one)
    return one == other or products.filter(Q(parent_id=other) | Q(children=other)).exists()


def _products(goods: Goods) -> Any:
    """What can be bought of it."""
    model = get_model("catalogue", "Product")
    if goods.product_id is not None:
        own = Q(pk=goods.product_id) | Q(parent_id=goods.product_id)
        found = model.objects.filter(own)
    else:
        holder = get_model("offer", "Range").objects.filter(pk=goods.range_id).first()
        found = holder.all_products() if holder else model.objects.none()
    return found.order_by("pk")
