"""
A Haystack engine that asks the product table.

Haystack's own "simple" engine finds words but knows neither categories nor a list of everything,
so Oscar's catalogue pages stay empty with it; every other engine needs an index to keep in step.
"""

from django.db.models import Q, QuerySet
from haystack.backends import BaseEngine, log_query
from haystack.backends.simple_backend import SimpleSearchBackend, SimpleSearchQuery
from haystack.models import SearchResult
from oscar.core.loading import get_model

# What Oscar's search form sorts by, in columns.
ORDERINGS = {
    "rating": "rating",
    "date_created": "date_created",
    "price": "stockrecords__price",
    "title_exact": "title",
}


class ProductBackend(SimpleSearchBackend):
    @log_query
    def search(self, query_string: Q, **options: object) -> dict[str, object]:
        products = _products().filter(query_string).order_by(*_ordering(options), "pk").distinct()
        shown = products[options.get("start_offset") or 0 : options.get("end_offset")]
        return {"results": list(map(_result, shown)), "hits": products.count()}


class ProductQuery(SimpleSearchQuery):
    def build_query(self) -> Q:
        return _condition(self.query_filter)


class ProductEngine(BaseEngine):
    backend = ProductBackend
    query = ProductQuery


def _products() -> QuerySet:
    return get_model("catalogue", "Product").objects.browsable().base_queryset()


def _condition(node: object) -> Q:
    """Oscar asks for words (content) and for categories; what else it asks is always true here."""
    condition = Q()
    for child in node.children:
        if not isinstance(child, tuple):
            condition &= _condition(child)
            continue
        field = child[0].partition("__")[0]
        if field == "content":
            condition &= _words(getattr(child[1], "query_string", child[1]))
        elif field == "category":
            condition &= Q(categories__in=child[1])
    return condition


def _words(text: str) -> Q:
    condition = Q()
    for word in text.split():
        condition &= Q(title__icontains=word) | Q(description__icontains=word)
    return condition


def _ordering(options: dict[str, object]) -> list[str]:
    wished = []
    for name in options.get("sort_by") or ():
        sign = "-" if name.startswith("-") else ""
        wished.append(sign + ORDERINGS.get(name.lstrip("-"), "pk"))
    return wished


def _result(product: object) -> SearchResult:
    result = SearchResult("catalogue", "product", product.pk, 0)
    # Saves Haystack the query it would make to find what we have in hand.
    result._object = product
    return result
