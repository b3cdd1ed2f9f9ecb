"""Oscar's reviews of products, and who bought what they are about."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse
from oscar.core.loading import get_model

from oscar_loyalty.facts import Purchase, ReviewFacts

#: The product that has the page, and is reviewed there, for a variant.
_PAGE = Coalesce("product__parent_id", "product_id")


def facts_of(review_id: int) -> ReviewFacts | None:
    """The review as it is now; None if there is none, or it is nobody's or about nothing."""
    reviews = _reviews().filter(pk=review_id, user_id__isnull=False, product_id__isnull=False)
    found = reviews.values_list("user_id", "product_id", _PAGE, "status", "date_created").first()
    if found is None:
        return None
    user_id, product_id, page_id, status, written_at = found
    approved = status == _reviews().model.APPROVED
    return ReviewFacts(review_id, user_id, product_id, page_id, approved, written_at)


def standing(products: Mapping[int, int]) -> set[int]:
    """
    Those of the reviews that are approved, given with the product that each is about.

    One that went with its product was not withdrawn by anybody.
    """
    status = dict(_reviews().filter(pk__in=products).values_list("pk", "status"))
    there = get_model("catalogue", "Product").objects.filter(pk__in=set(products.values()))
    in_catalogue = set(there.values_list("pk", flat=True))
    approved = _reviews().model.APPROVED
    return {
        review_id
        for review_id, product_id in products.items()
        if status.get(review_id, None if product_id in in_catalogue else approved) == approved
    }


def approved_besides(decided: QuerySet[Any], *, since: datetime, before: datetime) -> list[int]:
    """Approved reviews of buyers, written in that time, that are none of the `decided`."""
    about = Q(product_id=OuterRef("product_id")) | Q(product__parent_id=OuterRef("product_id"))
    bought = get_model("order", "Line").objects.filter(
        about,
        order__user_id=OuterRef("user_id"),
        order__date_placed__lte=OuterRef("date_created"),
    )
    reviews = _reviews().filter(
        Exists(bought),
        ~Exists(decided.filter(review_id=OuterRef("pk"))),
        status=_reviews().model.APPROVED,
        date_created__gte=since,
        date_created__lt=before,
    )
    return list(reviews.order_by("date_created", "pk").values_list("pk", flat=True))


def purchases(review: ReviewFacts) -> list[Purchase]:
    """Every line by which the author bought the product or a variant of it, oldest first."""
    lines = get_model("order", "Line").objects.filter(
        Q(product_id=review.product_id) | Q(product__parent_id=review.product_id),
        order__user_id=review.user_id,
    )
    rows = lines.order_by("order__date_placed", "pk")
    return [Purchase(*row) for row in rows.values_list("order__number", "pk", "order__date_placed")]


def to_review(line_ids: Collection[int]) -> Iterator[tuple[str, str]]:
    """Products of an order's lines that its customer may still review: title and path."""
    lines = get_model("order", "Line").objects.filter(pk__in=line_ids, product__isnull=False)
    pages: dict[int, Any] = {}
    user = None
    for line in lines.select_related("order__user", "product__parent").order_by("pk"):
        page = line.product.parent if line.product.is_child else line.product
        pages[page.pk], user = page, line.order.user
    if user is None:
        return
    reviewed = set(_reviews().filter(user=user).values_list(_PAGE, flat=True).distinct())
    for pk, page in pages.items():
        if pk not in reviewed and page.is_public and page.is_review_permitted(user):
            path = _path(page)
            if path:
                yield page.get_title(), path


def titles_of(product_ids: Collection[int]) -> dict[int, str]:
    """What the products are called, as far as they are still in the catalogue."""
    products = get_model("catalogue", "Product").objects.filter(pk__in=product_ids)
    return {product.pk: product.get_title() for product in products.select_related("parent")}


def _path(product: Any) -> str:
    """Where the product is reviewed; empty in a shop that has hidden reviews."""
    try:
        return reverse(
            "catalogue:reviews-add",
            kwargs={"product_slug": product.slug, "product_pk": product.pk},
        )
    except NoReverseMatch:
        return ""


def _reviews() -> QuerySet[Any]:
    rows: QuerySet[Any] = get_model("reviews", "ProductReview").objects.all()
    return rows
