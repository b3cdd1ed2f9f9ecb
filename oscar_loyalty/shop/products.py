"""Which products belong to which categories and ranges."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Value
from oscar.core.loading import get_model

from oscar_loyalty.facts import LineFacts

#: The ids of what holds each product, by the product's id.
Holders = dict[int | None, set[int]]

#: One statement asks about so many products; databases limit the parts of a union.
PRODUCTS_AT_A_TIME = 20


def holders(
    lines: Iterable[LineFacts], *, categories: Collection[int] = (), ranges: Collection[int] = ()
) -> tuple[Holders, Holders]:
    """
    Those of the categories and of the ranges that hold the products of `lines`.

    A category holds what is in a branch below it too; a range holds what Oscar says it holds. One
    query for the products of an order; more only where a range has a class of its own.
    """
    found: dict[str, Holders] = {"category": defaultdict(set), "range": defaultdict(set)}
    bought = list({line.product_id: line for line in lines if line.product_id}.values())
    for start in range(0, len(bought) if categories or ranges else 0, PRODUCTS_AT_A_TIME):
        some = bought[start : start + PRODUCTS_AT_A_TIME]
        parts = list(_parts(some, categories, ranges))
        for kind, product_id, pk in parts[0].union(*parts[1:]).order_by():
            if kind == "class":
                _ask_its_class(pk, some, found["range"])
            else:
                found[kind][product_id].add(pk)
    return found["category"], found["range"]


def class_of(product: Any) -> int | None:
    """The id of the product's class, for a variant its parent's."""
    owner = product.parent if product.is_child else product
    class_id: int | None = owner.product_class_id
    return class_id


def _parts(
    lines: Sequence[LineFacts], categories: Collection[int], ranges: Collection[int]
) -> Iterator[QuerySet[Any]]:
    """Rows of kind, product and holder."""
    wanted = get_model("offer", "Range").objects.filter(pk__in=ranges).order_by()
    branches = get_model("catalogue", "Category").objects.filter(pk__in=categories).order_by()
    yield _rows(wanted.exclude(proxy_class=None), "class", 0)
    for line in lines if ranges else ():
        product, choosing = _product(line), wanted.filter(proxy_class=None)
        yield _rows(choosing.contains_product(product), "range", line.product_id)
        if line.parent_id:
            # Asked about a variant, Oscar's query leaves out ranges of its parent's class.
            by_parent = choosing.contains_product(product.parent)
            not_without = by_parent.exclude(excluded_products=line.product_id)
            yield _rows(not_without, "range", line.product_id)
    for line in lines if categories else ():
        below = get_model("catalogue", "ProductCategory").objects.filter(
            product_id__in=[line.product_id, line.parent_id],
            category__path__startswith=OuterRef("path"),
        )
        yield _rows(branches.filter(Exists(below)), "category", line.product_id)


def _rows(found: QuerySet[Any], kind: str, product_id: int | None) -> QuerySet[Any]:
    named = found.annotate(kind=Value(kind), asked=Value(product_id))
    return named.values_list("kind", "asked", "pk")


def _product(line: LineFacts) -> Any:
    """The product as far as the line knows it; whoever asks it for more makes it be read."""
    model = get_model("catalogue", "Product")
    if not line.parent_id:
        return _known(model, line.product_id, model.STANDALONE, line.product_class_id)
    child = _known(model, line.product_id, model.CHILD, None)
    child.parent = _known(model, line.parent_id, model.PARENT, line.product_class_id)
    return child


def _known(model: Any, pk: int | None, structure: str, class_id: int | None) -> Any:
    return model.from_db(None, ["id", "structure", "product_class_id"], [pk, structure, class_id])


def _ask_its_class(range_id: int, lines: Sequence[LineFacts], found: Holders) -> None:
    holder = get_model("offer", "Range").objects.get(pk=range_id)
    for line in lines:
        if holder.contains_product(_product(line)):
            found[line.product_id].add(range_id)
