"""Surprises: what they may cost, the draws, and who won."""

from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.coupons.models import Present
from oscar_loyalty.program.surprises import policy

Gives = Present.Gives

#: Coupons of which nobody knows what they will cost.
ASSUMED = (Gives.PERCENTAGE, Gives.FREE_SHIPPING, Gives.GIFT)


class SurpriseSettings(Present):
    """What a surprise brings, how likely it is, and what all of them may cost in a month."""

    singleton = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    budget = models.DecimalField(
        _("budget a month"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(1_000_000_000)],
        help_text=_(
            "In the programme's currency; in a calendar month surprises never cost more. "
            "Points cost what they are worth, and an amount off what it is."
        ),
    )
    chance = models.DecimalField(
        _("chance of a member in a month"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(100)],
        help_text=_("In per cent. There is a draw every day, and each has its part of the chance."),
    )
    least_days = models.PositiveSmallIntegerField(
        _("days between two surprises"),
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("Nobody is surprised again before so many days have passed."),
    )
    assumed_cost = models.DecimalField(
        _("cost of one"),
        max_digits=12,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(1_000_000)],
        help_text=_(
            "What one is taken to cost you, if it is a percentage off, free shipping or a gift; "
            "else 0."
        ),
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("settings of surprises")
        verbose_name_plural = _("settings of surprises")
        constraints = [
            models.CheckConstraint(condition=Q(singleton=1), name="loyalty_surprise_one"),
            models.CheckConstraint(
                condition=Q(gives__in=["points", "amount"], value__gt=0)
                | Q(gives__in=["percentage", "free-shipping", "gift"], assumed_cost__gt=0),
                name="loyalty_surprise_cost",
            ),
            models.CheckConstraint(
                condition=Q(budget__gte=0, chance__gt=0, chance__lte=100, least_days__gte=1),
                name="loyalty_surprise_limits",
            ),
        ]

    def __str__(self):
        return str(self._meta.verbose_name)

    def clean(self):
        """
        :raises ValidationError: if it would bring nothing, or nobody could say what it costs.
        """
        super().clean()
        if self.gives == Gives.NOTHING:
            raise ValidationError({"gives": gettext("Choose what a surprise brings.")})
        if self.gives in ASSUMED and not self.assumed_cost:
            message = gettext("Write what one such coupon is taken to cost you.")
            raise ValidationError({"assumed_cost": message})

    def cost(self, worth: Fraction) -> Decimal:
        """What one costs the budget, in money, with points that are worth so much each."""
        if self.gives == Gives.POINTS:
            return policy.money_of(int(self.value), worth)
        return self.assumed_cost if self.gives in ASSUMED else self.value


class SurpriseDraw(models.Model):
    """
    The draw of one day. Its seed is kept before anybody's number is looked at.

    `candidates` is how many members took part, `drawn` how many of them had a number that wins;
    with a budget for fewer, those with the lowest numbers were given a surprise.
    """

    day = models.DateField(_("day"), unique=True)
    seed = models.CharField(_("seed"), max_length=64)
    chance = models.DecimalField(
        _("chance of a member in a month"), max_digits=5, decimal_places=2, null=True
    )
    cost = models.DecimalField(_("cost of one"), max_digits=12, decimal_places=2, null=True)
    candidates = models.PositiveIntegerField(_("candidates"), null=True)
    drawn = models.PositiveIntegerField(_("drawn"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("draw of surprises")
        verbose_name_plural = _("draws of surprises")
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None, chance=None, cost=None, candidates=None, drawn=None)
                | Q(
                    finished_at__isnull=False,
                    chance__isnull=False,
                    cost__isnull=False,
                    candidates__isnull=False,
                    drawn__isnull=False,
                ),
                name="loyalty_draw_finished",
            )
        ]

    def __str__(self):
        return str(self.day)


class SurpriseGift(models.Model):
    """Somebody won in a draw, and `given_at` is when they got what it brings."""

    draw = models.ForeignKey(
        SurpriseDraw, on_delete=models.PROTECT, related_name="gifts", verbose_name=_("draw")
    )
    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.PROTECT,
        related_name="surprises",
        db_index=False,
        verbose_name=_("member"),
    )
    given_at = models.DateTimeField(_("given"), null=True)

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("surprise")
        verbose_name_plural = _("surprises")
        constraints = [
            models.UniqueConstraint(fields=["account", "draw"], name="loyalty_surprise_once")
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(given_at=None), name="loyalty_surprise_waiting")
        ]

    def __str__(self):
        return f"{self.draw_id}:{self.account_id}"
