"""What goes well with what a customer bought: by the shop's word, then by what others bought."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import chain, islice
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from oscar.core.loading import get_class, get_model

from oscar_loyalty import conf

#: Of orders with the same products the newest so many are counted, and so many products looked at.
ORDERS_COUNTED = 2000
CANDIDATES = 40


def beside(order_number: str, *, since: datetime, limit: int) -> list[tuple[str, str]]:
    """
    Products that go with an order, title and path: the best first, only what can be bought now.

    What the shop recommends comes before what was bought together since then, in any order; what
    the customer has ever bought, in whatever variant, does not come.
    """
    orders = get_model("order", "Order").objects.select_related("user")
    order = orders.filter(number=order_number).first()
    if order is None or order.user_id is None:
        return []
    of_order = _lines().filter(order=order).values_list("product_id", "product__parent_id")
    own = {pk for pks in of_order for pk in pks if pk}
    theirs = _lines().filter(order__user_id=order.user_id).values(page=_page_of("product"))
    found = chain(_recommended(own, theirs), _bought_together(own, theirs, since))
    return list(islice(_buyable(found, order.user), limit))


def _recommended(own: Collection[int], theirs: QuerySet[Any]) -> Iterator[int]:
    rows = get_model("catalogue", "ProductRecommendation").objects.filter(primary_id__in=own)
    pages = rows.annotate(page=_page_of("recommendation")).exclude(page__in=theirs)
    # A generator, so that nothing is asked that is not needed.
    yield from pages.order_by("-ranking", "pk").values_list("page", flat=True)[:CANDIDATES]


def _bought_together(own: Collection[int], theirs: QuerySet[Any], since: datetime) -> Iterator[int]:
    products = get_model("catalogue", "Product").objects.filter(
        Q(pk__in=own) | Q(parent_id__in=own)
    )
    real = _lines().filter(product__in=products, order__date_placed__gte=since)
    real = real.exclude(order__status__in=conf.CANCELLED_STATUSES())
    orders = real.order_by("-order_id").values("order_id")[:ORDERS_COUNTED]
    pages = _lines().filter(order_id__in=orders).values(page=_page_of("product"))
    counted = pages.exclude(page__in=theirs).annotate(orders=Count("order_id", distinct=True))
    yield from counted.order_by("-orders", "page").values_list("page", flat=True)[:CANDIDATES]


def _buyable(page_ids: Iterable[int], user: Any) -> Iterator[tuple[str, str]]:
    """Those that are in the catalogue and, as the shop's own strategy sees it, in stock."""
    strategy = get_class("partner.strategy", "Selector")().strategy(user=user)
    seen: set[int] = set()
    for pk in page_ids:
        product = get_model("catalogue", "Product").objects.filter(pk=pk, is_public=True).first()
        if product is None or pk in seen:
            continue
        seen.add(pk)
        fetch = strategy.fetch_for_parent if product.is_parent else strategy.fetch_for_product
        if fetch(product).availability.is_available_to_buy:
            yield product.get_title(), product.get_absolute_url()


def _page_of(name: str) -> Coalesce:
    """The product that has the page, for a variant its parent."""
    return Coalesce(f"{name}__parent_id", f"{name}_id")


def _lines() -> QuerySet[Any]:
    lines: QuerySet[Any] = get_model("order", "Line").objects.filter(product__isnull=False)
    return lines
