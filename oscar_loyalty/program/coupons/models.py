"""Coupons of members: what they give, and who used them for which order."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.coupons.policy import Gift, fault
from oscar_loyalty.shop.keys import loose_key

#: A present of more points is a slip of the keyboard.
MOST_POINTS = 1_000_000

FAULTS = {
    "kind": _("A coupon gives a percentage, an amount, free shipping, or an item."),
    "value": _(
        "A percentage is from 0.01 to 100 and an amount from 0.01 to 1,000,000; "
        "free shipping and a gift have no value."
    ),
    "minimum": _("The minimum spend is an amount from 0 to 1,000,000."),
    "range": _("There is no such range. A gift is an item of a range."),
}


class Present(models.Model):
    """What a message brings, as staff choose it: nothing, points, or a coupon of each member's."""

    class Gives(models.TextChoices):
        NOTHING = "nothing", _("Nothing")
        POINTS = "points", _("Points")
        PERCENTAGE = "percentage", _("A coupon: percentage off goods")
        AMOUNT = "amount", _("A coupon: amount off goods")
        FREE_SHIPPING = "free-shipping", _("A coupon: free shipping")
        GIFT = "gift", _("A coupon: one item of a range for free")

    #: The fields of a present, for forms.
    PRESENT = ("gives", "value", "minimum", "range", "valid_days")

    gives = models.CharField(
        _("brings"), max_length=16, choices=Gives.choices, default=Gives.NOTHING
    )
    value = models.DecimalField(
        _("value"),
        max_digits=12,
        decimal_places=2,
        default=0,
        help_text=_("Points, per cent, or money; 0 for free shipping and for a gift."),
    )
    minimum = models.DecimalField(
        _("minimum spend"),
        max_digits=12,
        decimal_places=2,
        default=0,
        help_text=_("What the goods must cost before discounts; 0 for any order."),
    )
    range = loose_key(
        "offer.Range",
        _("range"),
        _("Only its products are discounted, and count for the minimum; a gift is one of them."),
    )
    valid_days = models.PositiveSmallIntegerField(
        _("days the coupon is good for"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
    )

    class Meta:
        abstract = True
        # Oscar's own tests want one of every model with "oscar" in its name.
        app_label = "oscar_loyalty"

    def clean(self):
        """
        :raises ValidationError: if it would give nothing, too much, or what cannot be.
        """
        super().clean()
        if self.gives == self.Gives.NOTHING or self.value is None or self.minimum is None:
            return
        if self.gives == self.Gives.POINTS:
            if self.value != int(self.value) or not 0 < self.value <= MOST_POINTS:
                raise ValidationError(
                    {
                        "value": gettext("Write a whole number of points from 1 to %(most)s.")
                        % {"most": f"{MOST_POINTS:,}"}
                    }
                )
            return
        wrong = fault(self.gift(currency=""))
        if wrong:
            raise ValidationError({wrong: FAULTS[wrong]})

    def gift(self, currency: str) -> Gift:
        """The coupon that it is, as policies see it."""
        return Gift(self.gives, self.value, self.minimum, currency, self.range_id)

    @property
    def is_coupon(self) -> bool:
        """Whether it is a coupon."""
        return self.gives not in (self.Gives.NOTHING, self.Gives.POINTS)


class CouponOffer(models.Model):
    """
    What many coupons give, and the one offer of Oscar's that gives it.

    Oscar's rows are written from here; if staff delete the offer, the due jobs make it again for
    the coupons that were given.
    """

    class Kind(models.TextChoices):
        PERCENTAGE = "percentage", _("Percentage off goods")
        AMOUNT = "amount", _("Amount off goods")
        FREE_SHIPPING = "free-shipping", _("Free shipping")
        GIFT = "gift", _("One item of a range for free")

    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(_("gives"), max_length=16, choices=Kind.choices)
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=2)
    minimum = models.DecimalField(_("minimum spend"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=12)
    # By its number: a range that staff delete must not take coupons with it, nor widen them.
    range_id = models.BigIntegerField(_("range"), null=True, blank=True)
    offer = models.OneToOneField(
        "offer.ConditionalOffer", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("offer for coupons")
        verbose_name_plural = _("offers for coupons")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="percentage", value__gt=0, value__lte=100)
                | Q(kind="amount", value__gt=0)
                | Q(kind="free-shipping", value=0)
                | Q(kind="gift", value=0, range_id__isnull=False),
                name="loyalty_coupon_value",
            ),
            models.CheckConstraint(condition=Q(minimum__gte=0), name="loyalty_coupon_minimum"),
        ]

    def __str__(self):
        return self.key

    @property
    def gift(self) -> Gift:
        """What is given, as policies see it."""
        return Gift(self.kind, self.value, self.minimum, self.currency, self.range_id)


class Coupon(models.Model):
    """
    A code that one member can use for one order.

    `key` says why it was given, and is given once. The claim stands in the row and names no
    customer, so that no deleted profile or order sets it free: `basket_id` while a basket is being
    paid, `order_number` for good. A coupon that is given back is closed, and another replaces it.
    """

    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.PROTECT,
        related_name="coupons",
        db_index=False,
        verbose_name=_("member"),
    )
    gives = models.ForeignKey(
        CouponOffer, on_delete=models.PROTECT, related_name="coupons", verbose_name=_("gives")
    )
    voucher = models.OneToOneField(
        "voucher.Voucher",
        null=True,
        # Staff may delete a voucher in Oscar's dashboard: the coupon is no more then.
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("voucher"),
    )
    key = models.CharField(_("key"), max_length=200, unique=True)
    issued_at = models.DateTimeField(_("given"))
    expires_at = models.DateTimeField(_("expires"))
    replaces = models.OneToOneField(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="replacement",
        verbose_name=_("in place of"),
    )
    #: The first coupon of the chain that this one is a part of; none for the first.
    origin = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    basket_id = models.BigIntegerField(_("basket"), null=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    order_number = models.CharField(_("order number"), max_length=128, blank=True, default="")
    closed_at = models.DateTimeField(_("closed"), null=True)
    reason = models.CharField(_("reason"), max_length=64, blank=True, default="")
    note = models.TextField(_("note"), blank=True, default="")
    actor = models.CharField(_("given by"), max_length=64, blank=True, default="")

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        permissions = [("give_coupon", "Can give a member a coupon")]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="loyalty_coupon_expiry"
            ),
            models.CheckConstraint(
                condition=Q(basket_id=None, order_number="") | Q(claimed_at__isnull=False),
                name="loyalty_coupon_claim",
            ),
            models.CheckConstraint(
                condition=Q(replaces=None, origin=None)
                | Q(replaces__isnull=False, origin__isnull=False),
                name="loyalty_coupon_chain",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account"],
                condition=Q(order_number="", closed_at=None),
                name="loyalty_coupon_open",
            ),
            models.Index(
                fields=["order_number"],
                condition=~Q(order_number=""),
                name="loyalty_coupon_order",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(order_number="", origin=None, voucher__isnull=False),
                name="loyalty_coupon_unused",
            ),
        ]

    def __str__(self):
        return self.key
