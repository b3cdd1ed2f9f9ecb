"""The decision about each order."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Award(models.Model):
    """
    The decision about one order, with its breakdown as it was on that day.

    `carried` and `kept_base` are what it carries and counts now, for the part that is kept: all,
    or none while it is cancelled. `forgiven` was to be taken back, but the member had less or it
    had expired.
    """

    class Why(models.TextChoices):
        OTHER_CURRENCY = "other-currency", _("The order is in another currency.")
        BELOW_MINIMUM = "below-minimum", _("The order is below the minimum.")
        NOTHING_COUNTS = "nothing-counts", _("Nothing in the order earns points.")
        BEYOND_LIMIT = "beyond-limit", _("The order would earn more points than can be booked.")
        SWITCHED_OFF = "switched-off", _("The programme was switched off.")

    account = models.ForeignKey(
        "oscar_loyalty.Account", on_delete=models.PROTECT, related_name="awards", db_index=False
    )
    order_number = models.CharField(_("order number"), max_length=128)
    points = models.BigIntegerField(_("points"))
    carried = models.BigIntegerField(_("points carried now"))
    forgiven = models.BigIntegerField(_("points forgiven"), default=0)
    base = models.DecimalField(_("amount that counted"), max_digits=12, decimal_places=2)
    kept_base = models.DecimalField(_("amount that counts now"), max_digits=12, decimal_places=2)
    why = models.CharField(_("why none"), max_length=16, choices=Why.choices, blank=True)
    breakdown = models.JSONField(_("breakdown"))
    available_at = models.DateTimeField(_("spendable from"), null=True)
    matured = models.BooleanField(_("spendable"))
    cancelled = models.BooleanField(_("cancelled"), default=False)
    placed_at = models.DateTimeField(_("order date"))
    decided_at = models.DateTimeField(_("decided"))

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        constraints = [
            models.UniqueConstraint(fields=["order_number"], name="loyalty_award_once"),
            models.CheckConstraint(
                condition=Q(points__gte=0, carried__gte=0, carried__lte=models.F("points")),
                name="loyalty_award_points",
            ),
            models.CheckConstraint(
                condition=Q(
                    forgiven__gte=0, forgiven__lte=models.F("points") - models.F("carried")
                ),
                name="loyalty_award_forgiven",
            ),
            models.CheckConstraint(
                condition=Q(kept_base__gte=0, kept_base__lte=models.F("base")),
                name="loyalty_award_kept",
            ),
            models.CheckConstraint(
                condition=Q(cancelled=False) | Q(carried=0, kept_base=0),
                name="loyalty_award_cancelled",
            ),
        ]
        indexes = [models.Index(fields=["account", "placed_at"], name="loyalty_award_placed")]

    def __str__(self):
        return self.order_number

    @property
    def booked(self) -> int:
        """The points that the books carry: what should be, and what was forgiven."""
        return self.carried + self.forgiven

    @property
    def stands(self) -> bool:
        """Whether anything of what earned or counted is kept."""
        return self.carried > 0 or self.kept_base > 0

    @property
    def is_reduced(self) -> bool:
        """Whether a part of what earned or counted has come back."""
        return self.cancelled or self.carried < self.points or self.kept_base < self.base

    @property
    def qualifies(self) -> bool:
        """Whether the order counts towards tiers as long as it stands."""
        return (self.base > 0 or self.points > 0) and self.why in ("", self.Why.NOTHING_COUNTS)
