"""Reviews as customers write them and staff let them through, and what they get for them."""

from oscar.core.loading import get_model

from oscar_loyalty.models import Account, ReviewReward, ReviewTerms
from oscar_loyalty.program.reviews.policy import meaning_of

WAITING, APPROVED, REJECTED = 0, 1, 2


def offer(points=50, monthly=5):
    """So many points for a review."""
    ReviewTerms.objects.update_or_create(
        singleton=1, defaults={"points": points, "monthly": monthly}
    )


def review(user, product, *, status=APPROVED, at=None, **fields):
    """A customer's review, saved as Oscar's pages save it; `at` is when it was written."""
    words = {"title": "Good", "body": "Very good.", "score": 5, **fields}
    model = get_model("reviews", "ProductReview")
    written = model.objects.create(user=user, product=product, status=status, **words)
    if at:
        model.objects.filter(pk=written.pk).update(date_created=at)
    return written


def put(written, status):
    """A review gets a status behind every signal."""
    type(written).objects.filter(pk=written.pk).update(status=status)


def moderate(written, status):
    """A review gets a status as the dashboard gives it."""
    written.status = status
    written.save()


def earned(user):
    """What the books say about the customer's reviews: points by product, taken ones negative."""
    entries = Account.objects.get(user=user).entries.order_by("seq")
    told = [(meaning_of(entry.key), entry.points) for entry in entries]
    return [(meaning[1], points) for meaning, points in told if meaning]


def rewards():
    """What was decided: product, review, points, and whether it stands."""
    rows = ReviewReward.objects.order_by("pk")
    return [(row.product_id, row.review_id, row.points, row.stands) for row in rows]
