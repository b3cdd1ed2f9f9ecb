"""The ladder, its benefits, who stands where, and how they came there."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField

#: Above this a rank is a slip of the keyboard.
HIGHEST_RANK = 100


class TierQuerySet(models.QuerySet):
    """Rungs."""

    def expiry_months(self) -> dict[int, int]:
        """The months until points expire, of each tier that has its own."""
        own = self.filter(expiry_months__isnull=False)
        return dict(own.values_list("pk", "expiry_months"))


class Tier(models.Model):
    """A rung of the ladder: the higher the rank, the better."""

    name = I18nCharField(_("name"))
    rank = models.PositiveSmallIntegerField(
        _("rank"), unique=True, help_text=_("1 is the lowest tier; the highest rank is the best.")
    )
    colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#6c757d",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write a colour such as #d4af37."))],
    )
    threshold = models.DecimalField(
        _("threshold"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Spend, points or orders that reach this tier, as the programme says."),
    )
    kept_for_ever = models.BooleanField(
        _("kept for ever"), default=False, help_text=_("Who has reached it never falls below it.")
    )
    may_redeem = models.BooleanField(_("members may spend points"), default=True)
    expiry_months = models.PositiveSmallIntegerField(
        _("months until points expire"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("Instead of the programme's, where it counts in months; empty for the same."),
    )

    objects = TierQuerySet.as_manager()

    class Meta:
        app_label = "oscar_loyalty"
        ordering = ["rank"]
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        constraints = [
            models.CheckConstraint(condition=Q(threshold__gte=0), name="loyalty_tier_threshold")
        ]

    def __str__(self):
        return str(self.name)

    def clean(self):
        """
        :raises ValidationError: if the thresholds would not rise with the ranks.
        """
        if self.rank is None or self.threshold is None:
            return
        if not 1 <= self.rank <= HIGHEST_RANK:
            message = gettext("Write a rank between 1 and %(highest)s.") % {"highest": HIGHEST_RANK}
            raise ValidationError({"rank": message})
        others = Tier.objects.exclude(pk=self.pk)
        lower = others.filter(rank__lt=self.rank, threshold__gte=self.threshold).last()
        higher = others.filter(rank__gt=self.rank, threshold__lte=self.threshold).first()
        if lower or higher:
            self._refuse_threshold(lower, higher)

    def _refuse_threshold(self, lower, higher):
        if lower:
            message = gettext(
                "This tier ranks above %(tier)s: write a threshold higher than %(threshold)s, "
                "or a lower rank."
            )
        else:
            message = gettext(
                "This tier ranks below %(tier)s: write a threshold lower than %(threshold)s, "
                "or a higher rank."
            )
        other = lower or higher
        raise ValidationError(
            {"threshold": message % {"tier": other.name, "threshold": other.threshold}}
        )


class TierBenefit(models.Model):
    """What members of a tier get. All but the multiplier are kept as Oscar offers."""

    class Kind(models.TextChoices):
        MULTIPLIER = "multiplier", _("Points are multiplied by")
        FREE_SHIPPING = "free-shipping", _("Free shipping")
        SHIPPING_PERCENTAGE = "shipping-percentage", _("Percentage off shipping")
        SHIPPING_AMOUNT = "shipping-amount", _("Amount off shipping")
        PERCENTAGE = "percentage", _("Percentage off the products of a range")

    SHIPPING = (Kind.FREE_SHIPPING, Kind.SHIPPING_PERCENTAGE, Kind.SHIPPING_AMOUNT)

    tier = models.ForeignKey(
        Tier, on_delete=models.CASCADE, related_name="benefits", verbose_name=_("tier")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    value = models.DecimalField(
        _("value"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(1_000_000))],
    )
    range = models.ForeignKey(
        "offer.Range",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("range"),
    )
    shipping_methods = models.CharField(
        _("shipping methods"),
        max_length=255,
        blank=True,
        default="",
        help_text=_("Codes of the shipping methods, separated by commas; empty for all."),
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("tier benefit")
        verbose_name_plural = _("tier benefits")
        constraints = [
            models.UniqueConstraint(
                fields=["tier"], condition=Q(kind="multiplier"), name="loyalty_benefit_multiplier"
            ),
            # Oscar applies one shipping offer to an order, so two would shadow each other.
            models.UniqueConstraint(
                fields=["tier"],
                condition=Q(kind__in=["free-shipping", "shipping-percentage", "shipping-amount"]),
                name="loyalty_benefit_shipping",
            ),
            models.CheckConstraint(
                condition=Q(kind="free-shipping") | Q(value__gt=0), name="loyalty_benefit_value"
            ),
        ]

    def __str__(self):
        return self.get_kind_display()

    @property
    def method_codes(self) -> tuple[str, ...]:
        """The shipping methods it is for; empty when it is for all."""
        return tuple(code.strip() for code in self.shipping_methods.split(",") if code.strip())

    def clean(self):
        """
        :raises ValidationError: naming the field that does not go with the kind.
        """
        if not self.kind:
            return  # the field's own validator says so
        if self.kind == self.Kind.FREE_SHIPPING:
            self.value = None
        refused = self._refuse_value()
        if (self.kind == self.Kind.PERCENTAGE) != (self.range is not None):
            refused["range"] = gettext(
                "A range goes with a percentage off products, and only there."
            )
        if self.shipping_methods and self.kind not in self.SHIPPING:
            refused["shipping_methods"] = gettext("Shipping methods go with shipping only.")
        if refused:
            raise ValidationError(refused)

    def _refuse_value(self) -> dict:
        if self.kind == self.Kind.FREE_SHIPPING:
            return {}
        if self.value is None:
            return {"value": gettext("Say how much.")}
        if "percentage" in self.kind and self.value > 100:
            return {"value": gettext("A percentage is at most 100.")}
        if self.kind == self.Kind.MULTIPLIER and not 1 <= self.value <= 100:
            return {"value": gettext("A multiplier is between 1 and 100.")}
        return {}


class MadeOffer(models.Model):
    """An offer of Oscar's that we made. It outlives its benefit until the offer is removed too."""

    offer = models.OneToOneField(
        "offer.ConditionalOffer", on_delete=models.CASCADE, related_name="+"
    )
    benefit = models.OneToOneField(
        TierBenefit, null=True, on_delete=models.SET_NULL, related_name="made"
    )

    class Meta:
        app_label = "oscar_loyalty"

    def __str__(self):
        return str(self.offer)


class StandingQuerySet(models.QuerySet):
    """Where members stand, those of an outer row's `account_id`."""

    def on_one_of(self, tier_ids: Iterable[int]) -> Exists:
        """Whether the outer row's member stands on one of these tiers."""
        return Exists(self.filter(account_id=OuterRef("account_id"), tier_id__in=list(tier_ids)))

    def moved_since(self, moment: datetime) -> Exists:
        """Whether the member came to their tier since then, and after the row's `earned_at`."""
        here = self.filter(account_id=OuterRef("account_id"), since__gte=moment)
        return Exists(here.filter(since__gt=OuterRef("earned_at")))


class Standing(models.Model):
    """Where a member stands on the ladder."""

    account = models.OneToOneField(
        "oscar_loyalty.Account", on_delete=models.CASCADE, related_name="standing"
    )
    tier = models.ForeignKey(
        Tier, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    since = models.DateTimeField(_("since"))
    below_since = models.DateField(_("below the threshold since"), null=True)
    pinned_tier = models.ForeignKey(
        Tier,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("set by staff"),
    )

    objects = StandingQuerySet.as_manager()

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("standing")
        verbose_name_plural = _("standings")

    def __str__(self):
        return str(self.tier or "")

    @property
    def pinned(self) -> bool:
        """Whether staff keep the member on a tier."""
        return self.pinned_tier_id is not None


class TierChange(models.Model):
    """
    A step up or down, with names as they were, for tiers that are no more.

    `threshold` is what the tier above asked for when it was reached.
    """

    class Reason(models.TextChoices):
        QUALIFIED = "qualified", _("Threshold reached")
        NO_LONGER_QUALIFIED = "no-longer-qualified", _("No longer above the threshold")
        STAFF = "staff", _("Set by staff")
        MERGED = "merged", _("Accounts merged")

    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.CASCADE,
        related_name="tier_changes",
        db_index=False,
    )
    from_tier = models.ForeignKey(
        Tier, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    to_tier = models.ForeignKey(
        Tier, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    from_name = models.CharField(_("from"), max_length=255, blank=True)
    to_name = models.CharField(_("to"), max_length=255, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    threshold = models.DecimalField(_("threshold"), max_digits=14, decimal_places=2, null=True)
    actor = models.CharField(_("by"), max_length=150, blank=True, default="")
    changed_at = models.DateTimeField(_("date"))

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("tier change")
        verbose_name_plural = _("tier changes")
        indexes = [models.Index(fields=["account", "changed_at"], name="loyalty_tierchange")]

    def __str__(self):
        return f"{self.from_name} → {self.to_name}"


class QualifyingEvent(models.Model):
    """What an order counts towards tiers: what is kept of it, nothing while it is cancelled."""

    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.CASCADE,
        related_name="qualifying_events",
        db_index=False,
    )
    key = models.CharField(max_length=200)
    spend = models.DecimalField(max_digits=14, decimal_places=2)
    points = models.BigIntegerField()
    orders = models.SmallIntegerField()
    reduced = models.BooleanField(default=False)
    occurred_at = models.DateTimeField()

    class Meta:
        app_label = "oscar_loyalty"
        constraints = [models.UniqueConstraint(fields=["key"], name="loyalty_qualifying_once")]
        indexes = [models.Index(fields=["account", "occurred_at"], name="loyalty_qualifying")]

    def __str__(self):
        return self.key


class TierReview(models.Model):
    """A day whose review is finished."""

    day = models.DateField(unique=True)
    changes = models.PositiveIntegerField()
    finished_at = models.DateTimeField()

    class Meta:
        app_label = "oscar_loyalty"

    def __str__(self):
        return str(self.day)
