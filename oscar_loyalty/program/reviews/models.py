"""What the shop gives for reviews, and what each of them got."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.reviews.policy import Offer

MOST_POINTS = 1_000_000
MOST_A_MONTH = 1000


class ReviewTerms(models.Model):
    """What a review gives that the shop approves, to whoever bought the product before."""

    singleton = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    points = models.PositiveIntegerField(
        _("points for a review"),
        default=0,
        validators=[MaxValueValidator(MOST_POINTS)],
        help_text=_(
            "Once for each product, when the review is approved, if its author had bought the "
            "product before; 0 for none. They are taken back when nothing of it is kept, or the "
            "review is rejected or deleted."
        ),
    )
    monthly = models.PositiveSmallIntegerField(
        _("reviews a month"),
        default=5,
        validators=[MaxValueValidator(MOST_A_MONTH)],
        help_text=_("At most so many reviews of one member get points in a calendar month."),
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("points for reviews")
        verbose_name_plural = _("points for reviews")
        constraints = [
            models.CheckConstraint(condition=Q(singleton=1), name="loyalty_reviewterms_one"),
            models.CheckConstraint(
                condition=Q(points__lte=MOST_POINTS), name="loyalty_reviewterms_points"
            ),
            models.CheckConstraint(
                condition=Q(monthly__lte=MOST_A_MONTH), name="loyalty_reviewterms_monthly"
            ),
        ]

    def __str__(self):
        return str(self._meta.verbose_name)

    @property
    def offer(self) -> Offer:
        """The same for policies."""
        return Offer(self.points, self.monthly)


class ReviewReward(models.Model):
    """
    What the approved review of a buyer got: points, or none; once for a member and product.

    `product_id` is the product that has the page, for a variant its parent; `line_id` the purchase
    that made the author a buyer. `taken` are the points taken back and not given again, `turns`
    how often either was done. The row stays with the account that it was given to, wherever that
    is merged.
    """

    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.PROTECT,
        related_name="review_rewards",
        db_index=False,
        verbose_name=_("member"),
    )
    product_id = models.BigIntegerField(_("product"))
    review_id = models.BigIntegerField(_("review"), unique=True)
    order_number = models.CharField(_("order number"), max_length=128)
    line_id = models.BigIntegerField()
    points = models.BigIntegerField(_("points"))
    given_at = models.DateTimeField(_("date"))
    taken = models.BigIntegerField(_("points taken back"), default=0)
    taken_back_at = models.DateTimeField(_("taken back"), null=True)
    turns = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("review of a buyer")
        verbose_name_plural = _("reviews of buyers")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "product_id"], name="loyalty_reviewreward_once"
            ),
            models.CheckConstraint(
                condition=Q(points__gte=0, taken__gte=0, taken__lte=F("points")),
                name="loyalty_reviewreward_points",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at__isnull=False) | Q(taken=0),
                name="loyalty_reviewreward_taken",
            ),
        ]
        indexes = [
            models.Index(fields=["order_number"], name="loyalty_reviewreward_order"),
            models.Index(fields=["given_at"], name="loyalty_reviewreward_given"),
        ]

    def __str__(self):
        return f"{self.account_id}:{self.product_id}"

    @property
    def stands(self) -> bool:
        """Whether the member has what it got."""
        return self.taken_back_at is None
