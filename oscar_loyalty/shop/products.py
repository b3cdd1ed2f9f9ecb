"""Which products belong to which categories and ranges."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Value
from oscar.core.loading import get_model

Products = Collection[int]

#: One statement asks about so many products; databases limit the parts of a union.
PRODUCTS_AT_A_TIME = 20


def in_categories(categories: Collection[int], products: Products) -> dict[int, set[int]]:
    """For each product, those of the categories that hold it, directly or in a branch below."""
    if not categories or not products:
        return {}
    wanted = get_model("catalogue", "Category").objects.filter(pk__in=categories)
    paths = dict(wanted.values_list("pk", "path"))
    links = get_model("catalogue", "ProductCategory").objects.filter(product_id__in=products)
    found: dict[int, set[int]] = defaultdict(set)
    for product, path in links.values_list("product_id", "category__path"):
        found[product].update(pk for pk, above in paths.items() if path.startswith(above))
    return found


def in_ranges(ranges: Collection[int], products: Products) -> dict[int, set[int]]:
    """
    For each product, those of the ranges that contain it, by Oscar's own rules.

    Two queries for the products of an order, however many ranges there are; more only where a
    range has a class of its own.
    """
    found: dict[int, set[int]] = defaultdict(set)
    if not ranges or not products:
        return found
    asked = get_model("catalogue", "Product").objects.filter(pk__in=products)
    rows = list(asked.select_related("parent"))
    for start in range(0, len(rows), PRODUCTS_AT_A_TIME):
        _find(ranges, rows[start : start + PRODUCTS_AT_A_TIME], found)
    return found


def _find(ranges: Collection[int], products: list[Any], found: dict[int, set[int]]) -> None:
    wanted = get_model("offer", "Range").objects.filter(pk__in=ranges).order_by()
    with_classes = wanted.exclude(proxy_class=None).annotate(asked=Value(0))
    containing = (
        wanted.filter(proxy_class=None).contains_product(product).annotate(asked=Value(product.pk))
        for product in products
    )
    parts = [rows.values_list("asked", "pk") for rows in (with_classes, *containing)]
    for product_id, range_id in parts[0].union(*parts[1:]):
        if product_id:
            found[product_id].add(range_id)
        else:
            _ask_its_class(range_id, products, found)


def _ask_its_class(range_id: int, products: list[Any], found: dict[int, set[int]]) -> None:
    product_range = get_model("offer", "Range").objects.get(pk=range_id)
    for product in products:
        if product_range.contains_product(product):
            found[product.pk].add(range_id)
