"""Which products belong to which categories and ranges."""

from collections import defaultdict
from collections.abc import Collection

from oscar.core.loading import get_model

Products = Collection[int]


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
    """For each product, those of the ranges that contain it, by Oscar's own rules."""
    found: dict[int, set[int]] = defaultdict(set)
    if not products:
        return found
    candidates = get_model("catalogue", "Product").objects.filter(pk__in=products)
    for product_range in get_model("offer", "Range").objects.filter(pk__in=ranges):
        contained = product_range.all_products().filter(pk__in=candidates.values("pk"))
        for product in contained.values_list("pk", flat=True):
            found[product].add(product_range.pk)
    return found
