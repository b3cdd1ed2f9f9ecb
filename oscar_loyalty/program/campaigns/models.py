"""Flash sales: a price for a limited time and a limited number, and each unit of that number."""

from decimal import Decimal

from babel.numbers import is_currency
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField

from oscar_loyalty.program.terms.models import YEARS
from oscar_loyalty.shop.keys import loose_key

#: Each unit has a row, and all are made with the sale.
MOST_UNITS = 10_000
#: Nobody waits a month for everybody's turn.
MOST_HOURS = 720


class CampaignDraw(models.Model):
    """
    The number that a member drew for a campaign: whoever is `held_out` hears nothing of it.

    `kind` and `about` are those of the message by which the others hear.
    """

    kind = models.CharField(max_length=32)
    about = models.CharField(max_length=64)
    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.PROTECT,
        related_name="campaign_draws",
        db_index=False,
    )
    drawn = models.PositiveSmallIntegerField()
    held_out = models.BooleanField()
    drawn_at = models.DateTimeField()

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "about"], name="loyalty_campaigndraw_once"
            )
        ]
        indexes = [models.Index(fields=["drawn_at"], name="loyalty_campaigndraw_at")]

    def __str__(self):
        return f"{self.kind}:{self.about}:{self.account_id}"


class FlashSale(models.Model):
    """
    A product with its variants, or a range, at a price or a percentage off.

    Everybody buys in [starts_at, ends_at), members of the chosen tiers some hours before that.
    `settled_at` is when nobody could buy or pay any more.
    """

    class Kind(models.TextChoices):
        PRICE = "price", _("A price")
        PERCENTAGE = "percentage", _("A percentage off")

    #: What a sale that has begun keeps: somebody may be paying what it said.
    KEPT = ("product", "range", "kind", "value", "currency", "starts_at", "tiers_only")

    name = I18nCharField(_("name"), help_text=_("As shoppers read it."))
    active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Switched off, only who is paying already gets the price."),
    )
    product = loose_key(
        "catalogue.Product",
        _("product"),
        _("Its number or its UPC; with a parent go all of its variants."),
    )
    range = loose_key(
        "offer.Range",
        _("range"),
        _("Instead of a product; the units are shared by all of its products."),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.PRICE)
    value = models.DecimalField(
        _("value"),
        max_digits=12,
        decimal_places=2,
        help_text=_("What one costs, as your shop shows prices; or per cent off it."),
    )
    currency = models.CharField(_("currency"), max_length=12)
    starts_at = models.DateTimeField(_("begins"), help_text=_("For everybody."))
    ends_at = models.DateTimeField(_("ends"))
    tiers_only = models.BooleanField(
        _("only for the tiers below"),
        default=False,
        help_text=_("Else everybody may buy, guests too, and those tiers before all others."),
    )
    units = models.PositiveIntegerField(_("units"), help_text=_("So many are sold at this price."))
    per_customer = models.PositiveSmallIntegerField(
        _("units for one customer"),
        null=True,
        blank=True,
        default=1,
        help_text=_("In all orders together, for guests in one order; empty for any number."),
    )
    payment_minutes = models.PositiveSmallIntegerField(
        _("minutes for a payment"),
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(1440)],
        help_text=_("More than your bank allows: after that, units of an unpaid order come back."),
    )
    announced = models.BooleanField(
        _("announce it"),
        default=False,
        help_text=_("By the message about flash sales, as soon as a member may buy."),
    )
    hold_out = models.PositiveSmallIntegerField(
        _("held out, per cent"),
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_(
            "So many of the members who would hear of it do not, by lot, so that it can be seen "
            "what the messages bring."
        ),
    )
    offer = models.OneToOneField(
        "offer.ConditionalOffer",
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    settled_at = models.DateTimeField(_("settled"), null=True, editable=False)

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("flash sale")
        verbose_name_plural = _("flash sales")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="loyalty_flashsale_times"
            ),
            models.CheckConstraint(
                condition=Q(product__isnull=False, range=None)
                | Q(product=None, range__isnull=False),
                name="loyalty_flashsale_what",
            ),
            models.CheckConstraint(
                condition=Q(kind="price", value__gt=0)
                | Q(kind="percentage", value__gt=0, value__lte=100),
                name="loyalty_flashsale_value",
            ),
            models.CheckConstraint(
                condition=Q(units__gte=1, units__lte=MOST_UNITS), name="loyalty_flashsale_units"
            ),
            models.CheckConstraint(
                condition=Q(per_customer=None) | Q(per_customer__gte=1),
                name="loyalty_flashsale_per_customer",
            ),
            models.CheckConstraint(
                condition=Q(hold_out__lte=50), name="loyalty_flashsale_hold_out"
            ),
        ]

    def __str__(self):
        return str(self.name)

    def clean(self):
        """
        :raises ValidationError: if it says what no sale can be, each at its field.
        """
        super().clean()
        self.currency = self.currency.upper()
        refused = {name: words for name, words in self._impossible() if words}
        if refused:
            raise ValidationError(refused)

    def _impossible(self):
        """Fields that were not filled in have an error of their own."""
        yield "product", self._refuse_what()
        yield "value", self._refuse_value()
        if self.currency and not is_currency(self.currency):
            yield "currency", gettext("Write the currency as a code such as EUR.")
        for name in ("starts_at", "ends_at"):
            moment = getattr(self, name)
            if moment and moment.year not in YEARS:
                yield name, gettext("No sale is on such a day.")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            yield "ends_at", gettext("It ends before it begins: write a later moment.")
        if self.units is not None and not 1 <= self.units <= MOST_UNITS:
            yield (
                "units",
                gettext("Write a number of units from 1 to %(most)s.") % {"most": MOST_UNITS},
            )
        if self.per_customer is not None and self.per_customer < 1:
            yield "per_customer", gettext("Write 1 or more, or leave it empty for any number.")

    def _refuse_what(self):
        if self.product_id and self.range_id:
            return gettext("Choose a product or a range, not both.")
        if not (self.product_id or self.range_id):
            return gettext("Choose a product or a range.")
        return None

    def _refuse_value(self):
        if self.value is None:
            return None
        if self.value <= 0:
            return gettext("Write a value above 0.")
        if self.kind == self.Kind.PERCENTAGE and self.value > Decimal(100):
            return gettext("No more than 100 per cent can come off.")
        return None


class FlashSaleTier(models.Model):
    """A tier whose members, and those of better ones, buy some hours before everybody."""

    sale = models.ForeignKey(
        FlashSale, on_delete=models.CASCADE, related_name="early", db_index=False
    )
    tier = models.ForeignKey(
        "oscar_loyalty.Tier", on_delete=models.CASCADE, related_name="+", verbose_name=_("tier")
    )
    hours = models.PositiveSmallIntegerField(
        _("hours before everybody"),
        default=24,
        validators=[MaxValueValidator(MOST_HOURS)],
        help_text=_("Members of better tiers never buy later than these."),
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("tier that buys first")
        verbose_name_plural = _("tiers that buy first")
        constraints = [
            models.UniqueConstraint(fields=["sale", "tier"], name="loyalty_flashsaletier_once"),
            models.CheckConstraint(
                condition=Q(hours__lte=MOST_HOURS), name="loyalty_flashsaletier_hours"
            ),
        ]

    def __str__(self):
        return str(self.tier)


class FlashSaleUnit(models.Model):
    """
    One unit of a sale: who has it can pay the sale's price, and nobody else.

    Claimed for a line of a basket before money moves, with what comes `off`, until `expires_at`;
    sold to an order for good. Once it lapses another free unit stands in its place, and the row
    stays as what the payment was told: should it be made after all, it gets that.
    """

    class State(models.TextChoices):
        FREE = "free", _("Free")
        CLAIMED = "claimed", _("Being paid")
        LAPSED = "lapsed", _("Came back")
        SOLD = "sold", _("Sold")

    sale = models.ForeignKey(
        FlashSale, on_delete=models.CASCADE, related_name="stock", db_index=False
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.FREE)
    basket_id = models.BigIntegerField(_("basket"), null=True)
    line_id = models.BigIntegerField(null=True)
    off = models.DecimalField(_("taken off"), max_digits=12, decimal_places=2, null=True)
    account = models.ForeignKey(
        "oscar_loyalty.Account",
        null=True,
        on_delete=models.PROTECT,
        related_name="flash_sale_units",
        verbose_name=_("member"),
    )
    order_number = models.CharField(_("order number"), max_length=128, blank=True, default="")
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()
        verbose_name = _("unit of a flash sale")
        verbose_name_plural = _("units of flash sales")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="free", basket_id=None, account=None, order_number="")
                | Q(
                    state="claimed",
                    basket_id__isnull=False,
                    claimed_at__isnull=False,
                    expires_at__isnull=False,
                    order_number="",
                )
                | Q(state="lapsed", basket_id__isnull=False)
                | (Q(state="sold", basket_id__isnull=False) & ~Q(order_number="")),
                name="loyalty_flashsaleunit_state",
            )
        ]
        indexes = [
            models.Index(fields=["sale", "state"], name="loyalty_flashsaleunit_stock"),
            models.Index(
                fields=["basket_id"],
                condition=Q(basket_id__isnull=False),
                name="loyalty_flashsaleunit_basket",
            ),
            models.Index(
                fields=["order_number"],
                condition=~Q(order_number=""),
                name="loyalty_flashsaleunit_order",
            ),
        ]

    def __str__(self):
        return f"{self.pk} ({self.get_state_display()})"
