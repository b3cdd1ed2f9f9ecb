"""Which products belong to which categories and ranges."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, QuerySet, Value, When
from django.db.models.functions import Cast
from oscar.apps.offer.abstract_models import AbstractRange
from oscar.core.loading import get_model

from oscar_loyalty.facts import LineFacts

#: The ids of what holds each product, by the product's id.
Holders = dict[int | None, set[int]]

#: What the catalogue says, by what it is about and the id of that.
Named = Mapping[tuple[str, int | None], set[Any]]

#: One statement asks about so many products; databases limit how many values it may name.
PRODUCTS_AT_A_TIME = 500


def holders(
    lines: Iterable[LineFacts], *, categories: Collection[int] = (), ranges: Collection[int] = ()
) -> tuple[Holders, Holders]:
    """
    Those of the categories and of the ranges that hold the products of `lines`.

    A category holds what is in a branch below it too; a range holds what offers of Oscar's take it
    to hold. One query for the products of an order; more only where ranges decide by themselves.
    """
    in_categories: Holders = defaultdict(set)
    in_ranges: Holders = defaultdict(set)
    bought = list({line.product_id: line for line in lines if line.product_id}.values())
    for start in range(0, len(bought) if categories or ranges else 0, PRODUCTS_AT_A_TIME):
        some = bought[start : start + PRODUCTS_AT_A_TIME]
        named = _named(some, categories, ranges)
        for pk in categories:
            for line in some:
                if _below(_paths(line, named), named["category", pk]):
                    in_categories[line.product_id].add(pk)
        for pk in ranges:
            for product_id in _held(pk, some, named):
                in_ranges[product_id].add(pk)
    return in_categories, in_ranges


def range_name(range_id: int) -> str | None:
    """What the range is called; None when there is none."""
    names = get_model("offer", "Range").objects.filter(pk=range_id)
    return names.values_list("name", flat=True).first()


def class_of(product: Any) -> int | None:
    """The id of the product's class, for a variant its parent's."""
    owner = product.parent if product.is_child else product
    class_id: int | None = owner.product_class_id
    return class_id


def _held(pk: int, lines: Iterable[LineFacts], named: Named) -> Iterator[int | None]:
    """The products that the range holds."""
    nature = named["range", pk]
    if not nature:
        return
    if "own" in nature or _decide_by_themselves():
        holder = get_model("offer", "Range").objects.get(pk=pk)
        holds = holder.contains_product
        yield from (line.product_id for line in lines if holds(_product(line)))
    elif "everything" in nature:
        yield from (line.product_id for line in lines if not _is_left_out(pk, line, named))
    else:
        yield from (line.product_id for line in lines if _is_chosen(pk, line, named))


def _is_left_out(pk: int, line: LineFacts, named: Named) -> bool:
    """
    From a range of everything; an excluded parent leaves its variants in.

    Offers have it so, by `AbstractRange.product_queryset`.
    """
    excluded = line.product_id in named["excluded", pk]
    return excluded or _below(_paths(line, named), named["excluded branch", pk])


def _is_chosen(pk: int, line: LineFacts, named: Named) -> bool:
    """For a range of some things, where excluded branches do not matter."""
    own = {line.product_id, line.parent_id} - {None}
    included = own & named["included", pk] or line.product_class_id in named["class", pk]
    chosen = included or _below(_paths(line, named), named["branch", pk])
    return bool(chosen) and not own & named["excluded", pk]


def _below(paths: Iterable[str], branches: Iterable[str]) -> bool:
    return any(path.startswith(branch) for path in paths for branch in branches)


def _paths(line: LineFacts, named: Named) -> set[str]:
    """The categories of a product and of its parent."""
    return named["filed", line.product_id] | named["filed", line.parent_id]


def _decide_by_themselves() -> bool:
    """Whether the shop has given its ranges an answer of their own."""
    model = get_model("offer", "Range")
    asked = ("contains_product", "product_queryset")
    return any(getattr(model, name) is not getattr(AbstractRange, name) for name in asked)


def _named(
    lines: Sequence[LineFacts], categories: Collection[int], ranges: Collection[int]
) -> Named:
    """In one query, however many products, categories and ranges there are."""
    named: dict[tuple[str, int | None], set[Any]] = defaultdict(set)
    parts = list(_parts(lines, categories, ranges))
    for kind, pk, number, text in parts[0].union(*parts[1:]).order_by():
        named[kind, pk].add(text or number)
    return named


def _parts(
    lines: Sequence[LineFacts], categories: Collection[int], ranges: Collection[int]
) -> Iterator[QuerySet[Any]]:
    """Rows of kind and id, and a number or a text."""
    own = {pk for line in lines for pk in (line.product_id, line.parent_id) if pk}
    filed = get_model("catalogue", "ProductCategory").objects.filter(product_id__in=own)
    yield _rows(filed, "filed", "product_id", text="category__path")
    wanted = get_model("catalogue", "Category").objects.filter(pk__in=categories)
    yield _rows(wanted, "category", "pk", text="path")
    if not ranges:
        return
    model = get_model("offer", "Range")
    nature = Case(
        When(proxy_class__isnull=False, then=Value("own")),
        When(includes_all_products=True, then=Value("everything")),
        default=Value("chosen"),
    )
    yield _rows(model.objects.filter(pk__in=ranges), "range", "pk", text=nature)
    for kind, link, column, found in (
        ("included", model.included_products, "product_id", {"product_id__in": own}),
        ("excluded", model.excluded_products, "product_id", {"product_id__in": own}),
        ("class", model.classes, "productclass_id", {}),
    ):
        linked = link.through.objects.filter(range_id__in=ranges, **found)
        yield _rows(linked, kind, "range_id", number=column)
    for kind, link in (
        ("branch", model.included_categories),
        ("excluded branch", model.excluded_categories),
    ):
        linked = link.through.objects.filter(range_id__in=ranges)
        yield _rows(linked, kind, "range_id", text="category__path")


def _rows(
    found: QuerySet[Any], kind: str, pk: str, *, number: str = "", text: Any = ""
) -> QuerySet[Any]:
    told = {
        "kind": Value(kind, CharField()),
        "number": Cast(number, BigIntegerField()) if number else Value(0, BigIntegerField()),
        "text": Cast(text, CharField()) if text else Value("", CharField()),
    }
    return found.order_by().annotate(**told).values_list("kind", pk, "number", "text")


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
