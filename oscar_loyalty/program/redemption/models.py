"""Points kept for a basket while its owner checks out, and what points cannot pay for."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Hold(models.Model):
    """
    Points that a basket's owner wants to spend on it.

    Open from when they are chosen until an order captures them or they are released. The basket is
    known by its number: its row may go, the hold stays.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CAPTURED = "captured", _("Spent")
        RELEASED = "released", _("Released")

    account = models.ForeignKey(
        "oscar_loyalty.Account", on_delete=models.PROTECT, related_name="holds", db_index=False
    )
    basket_id = models.BigIntegerField(_("basket"))
    points = models.BigIntegerField(_("points"))
    #: What the payment that began last was told: so many points, for so much of the price.
    agreed_points = models.BigIntegerField(null=True, editable=False)
    agreed_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, editable=False)
    spent = models.BigIntegerField(_("points spent"), default=0)
    #: Nobody had kept them, or an order that was cancelled took them: the account owes them now.
    uncovered = models.BooleanField(_("not covered"), default=False)
    returned = models.BigIntegerField(_("points returned"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    order_number = models.CharField(_("order number"), max_length=128, blank=True, default="")
    opened_at = models.DateTimeField(_("chosen"))
    expires_at = models.DateTimeField(_("kept until"))

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.UniqueConstraint(
                fields=["basket_id"], condition=Q(state="open"), name="loyalty_hold_one_open"
            ),
            models.UniqueConstraint(
                fields=["order_number"],
                condition=~Q(order_number=""),
                name="loyalty_hold_one_order",
            ),
            models.CheckConstraint(condition=Q(points__gt=0), name="loyalty_hold_points"),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=models.F("spent")),
                name="loyalty_hold_returned",
            ),
            models.CheckConstraint(
                condition=(Q(state="captured", spent__gt=0) & ~Q(order_number=""))
                | (~Q(state="captured") & Q(spent=0, order_number="")),
                name="loyalty_hold_captured",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(state="open"), name="loyalty_hold_expiry"
            ),
            models.Index(
                fields=["account"], condition=Q(state="open"), name="loyalty_hold_account"
            ),
        ]

    def __str__(self):
        return f"{self.points} ({self.get_state_display()})"


class ExcludedRange(models.Model):
    """Products that cannot be paid for with points."""

    programme = models.ForeignKey(
        "oscar_loyalty.Programme", on_delete=models.CASCADE, related_name="excluded_ranges"
    )
    range = models.OneToOneField(
        "offer.Range", on_delete=models.CASCADE, related_name="+", verbose_name=_("range")
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("range that points cannot pay for")
        verbose_name_plural = _("ranges that points cannot pay for")

    def __str__(self):
        return str(self.range)
