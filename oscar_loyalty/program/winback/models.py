"""How often members order, and what became of those who stayed away."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.winback.policy import OWN_GAPS, Gifts


class Rhythm(models.Model):
    """
    How often a member orders, by the days of those of their orders that stand; maybe on none.

    `late_on` is the day from which they are late by their usual gap alone. `seen_to` stands in for
    members whose present lateness the search has found, so that its index only has the others;
    `stale` for those an order of whom has come back since, or who were merged.
    """

    account = models.OneToOneField(
        "oscar_loyalty.Account", on_delete=models.PROTECT, primary_key=True, related_name="rhythm"
    )
    last_order_at = models.DateTimeField(null=True)
    days = models.PositiveIntegerField()
    first_gap_days = models.PositiveIntegerField(null=True)
    usual_gap_days = models.PositiveIntegerField(null=True)
    late_on = models.DateField(null=True)
    seen_to = models.BooleanField(default=False)
    stale = models.BooleanField(default=False)

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(days__lte=1, first_gap_days=None, usual_gap_days=None)
                | Q(days__gt=1, first_gap_days__gt=0, usual_gap_days__gt=0),
                name="loyalty_rhythm_gaps",
            ),
            models.CheckConstraint(
                condition=Q(days=0, last_order_at=None, late_on=None)
                | Q(days__gt=0, last_order_at__isnull=False, late_on__isnull=False),
                name="loyalty_rhythm_days",
            ),
        ]
        indexes = [
            models.Index(
                fields=["late_on"],
                condition=Q(seen_to=False, days__gt=OWN_GAPS),
                name="loyalty_rhythm_own",
            ),
            models.Index(
                fields=["last_order_at"],
                condition=Q(seen_to=False, days__lte=OWN_GAPS),
                name="loyalty_rhythm_newcomer",
            ),
            models.Index(fields=["account"], condition=Q(stale=True), name="loyalty_rhythm_stale"),
        ]

    def __str__(self):
        return f"{self.account_id}: {self.usual_gap_days}"


class ShopRhythm(models.Model):
    """
    After how many days newcomers order again, and up to which orders rhythms were followed.

    Those after `followed_before` are looked at once more: what was placed before the last look may
    have been committed after it.
    """

    singleton = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    newcomers_gap_days = models.PositiveIntegerField(null=True)
    reckoned_on = models.DateField(null=True)
    followed_to = models.BigIntegerField(default=0)
    followed_before = models.BigIntegerField(default=0)
    followed_on = models.DateField(null=True)

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(singleton=1), name="loyalty_shoprhythm_one")
        ]

    def __str__(self):
        return str(self.newcomers_gap_days)


class WinBackSettings(models.Model):
    """When members who stay away are written to, how often, and who is left alone to compare."""

    singleton = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    #: What makes the draws this shop's own.
    seed = models.UUIDField(default=uuid.uuid4, editable=False)
    least_days = models.PositiveSmallIntegerField(
        _("late after at least"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_(
            "Days without an order. Members are late when they stay away for longer than they "
            "usually do, but never before."
        ),
    )
    step_days = models.PositiveSmallIntegerField(
        _("days between two messages"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    hold_out = models.PositiveSmallIntegerField(
        _("held out, per cent"),
        default=10,
        validators=[MaxValueValidator(50)],
        help_text=_(
            "So many of the members who are late get nothing, by lot, so that it can be seen what "
            "the messages bring."
        ),
    )
    gift_days = models.PositiveSmallIntegerField(
        _("days between two gifts"),
        default=365,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("One member gets no more than one gift in so many days."),
    )
    gifts_most = models.PositiveSmallIntegerField(
        _("most gifts"),
        default=3,
        validators=[MaxValueValidator(100)],
        help_text=_("One member gets no more gifts than this in all."),
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("settings of win-back")
        verbose_name_plural = _("settings of win-back")
        constraints = [
            models.CheckConstraint(condition=Q(singleton=1), name="loyalty_winback_one"),
            models.CheckConstraint(
                condition=Q(least_days__gte=1, least_days__lte=3650)
                & Q(step_days__gte=1, step_days__lte=365)
                & Q(gift_days__gte=1, gift_days__lte=3650)
                & Q(hold_out__lte=50, gifts_most__lte=100),
                name="loyalty_winback_numbers",
            ),
        ]

    def __str__(self):
        return str(self._meta.verbose_name)

    @property
    def gifts(self) -> Gifts:
        """How many gifts a member may have, as policies see it."""
        return Gifts(self.gift_days, self.gifts_most)


class Lapse(models.Model):
    """
    A member stayed away for longer than usual after the order of `began_at`.

    `step` is how many of the steps are behind them; without a next one all are. Those who are
    `held_out` get nothing on the way. It is over with the next order, which may have been gone
    again since, and there is no second about the same order.
    """

    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.PROTECT,
        related_name="lapses",
        db_index=False,
        verbose_name=_("member"),
    )
    began_at = models.DateTimeField(_("last order before"))
    found_at = models.DateTimeField(_("missed since"))
    drawn = models.PositiveSmallIntegerField(_("number drawn"))
    held_out = models.BooleanField(_("held out"))
    step = models.PositiveSmallIntegerField(_("steps behind them"), default=0)
    next_step_on = models.DateField(_("next step"), null=True)
    gift_on = models.DateField(_("gift"), null=True)
    ended_at = models.DateTimeField(_("over"), null=True)
    ended_by = models.CharField(_("came back with order"), max_length=128, blank=True, default="")

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("lapse")
        verbose_name_plural = _("lapses")
        constraints = [
            models.UniqueConstraint(fields=["account", "began_at"], name="loyalty_lapse_once"),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(ended_at=None),
                name="loyalty_lapse_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(held_out=False) | Q(gift_on=None), name="loyalty_lapse_held_out"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="")
                | Q(next_step_on=None, ended_at__isnull=False),
                name="loyalty_lapse_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_step_on", "account"],
                condition=Q(next_step_on__isnull=False),
                name="loyalty_lapse_due",
            ),
            models.Index(fields=["found_at"], name="loyalty_lapse_found"),
        ]

    def __str__(self):
        return f"win-back:{self.pk}"
