"""The programme: one row, edited in the Django admin."""

import zoneinfo
from decimal import Decimal
from functools import cache

from babel.numbers import is_currency
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField

from oscar_loyalty import conf
from oscar_loyalty.program.terms import policy
from oscar_loyalty.shop import money

MAX_RATE = 1_000_000
#: With more, a large order would exceed what the ledger takes for a mistake.
MOST_POINTS_PER_UNIT = 10_000
#: Days near the ends of the calendar cannot be converted between time zones.
YEARS = range(1990, 2101)
#: The names of all time zones; finding them opens every file of their database.
time_zones = cache(zoneinfo.available_timezones)


def _positive(limit: int) -> list:
    return [MinValueValidator(1), MaxValueValidator(limit)]


def _amount(default: str, **options) -> models.DecimalField:
    return models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(default), **options)


class Programme(models.Model):
    """What the shop promises, in numbers a manager may change."""

    class Base(models.TextChoices):
        INCL_TAX = "incl-tax", _("Price paid, with tax")
        EXCL_TAX = "excl-tax", _("Price paid, without tax")

    class Spendable(models.TextChoices):
        AT_ONCE = "at-once", _("At once")
        AFTER_DAYS = "after-days", _("After a number of days")
        ON_STATUS = "on-status", _("When the order reaches a status")

    class Measure(models.TextChoices):
        SPEND = "spend", _("Money spent")
        POINTS = "points", _("Points earned with orders")
        ORDERS = "orders", _("Number of orders")

    class Window(models.TextChoices):
        ROLLING = "rolling", _("The last months")
        CALENDAR_YEAR = "calendar-year", _("The calendar year")
        LIFETIME = "lifetime", _("All time")

    class Downgrade(models.TextChoices):
        NEVER = "never", _("Never")
        ONE_RUNG = "one-rung", _("One tier at a time")
        TO_QUALIFIED = "to-qualified", _("To the tier that is qualified for")

    class Expiry(models.TextChoices):
        NEVER = "never", _("Never")
        AFTER_EARNING = "after-earning", _("A number of months after they were earned")
        FIXED_DATES = "fixed-dates", _("On fixed days of each year")
        INACTIVITY = "inactivity", _("After a number of months without activity")

    class Clawback(models.TextChoices):
        DEBT = "debt", _("Go into debt, which points earned later pay first")
        WHAT_THERE_IS = "what-there-is", _("Lose what they have; the rest is forgiven")

    singleton = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    name = I18nCharField(_("name"), help_text=_("Shown to shoppers, in each language of the shop."))
    active = models.BooleanField(
        _("active"), default=True, help_text=_("While switched off, orders earn nothing.")
    )
    starts_at = models.DateTimeField(
        _("start"),
        help_text=_("Orders placed before this moment earn only through loyalty_backfill."),
    )
    currency = models.CharField(
        _("currency"), max_length=12, help_text=_("Orders in other currencies earn nothing.")
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")

    earn_points = models.PositiveIntegerField(
        _("points earned"), default=1, validators=_positive(MAX_RATE)
    )
    earn_amount = _amount(
        "1.00",
        verbose_name=_("for every"),
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text=_("Money, in the programme's currency."),
    )
    base = models.CharField(
        _("counted on"), max_length=16, choices=Base.choices, default=Base.INCL_TAX
    )
    counts_shipping = models.BooleanField(_("shipping earns points too"), default=False)
    minimum_order = _amount(
        "0.00",
        verbose_name=_("minimum order"),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Orders that count for less than this earn nothing."),
    )
    signup_points = models.PositiveIntegerField(
        _("points for signing up"), default=0, validators=[MaxValueValidator(MAX_RATE)]
    )
    value_points = models.PositiveIntegerField(
        _("this many points"), default=100, validators=_positive(MAX_RATE)
    )
    value_amount = _amount(
        "1.00", verbose_name=_("are worth"), validators=[MinValueValidator(Decimal("0.01"))]
    )
    spendable = models.CharField(
        _("points become spendable"),
        max_length=16,
        choices=Spendable.choices,
        default=Spendable.AT_ONCE,
    )
    spendable_after_days = models.PositiveSmallIntegerField(
        _("days until spendable"), default=0, validators=[MaxValueValidator(3650)]
    )
    spendable_status = models.CharField(
        _("order status that makes points spendable"), max_length=100, blank=True, default=""
    )

    redeemable = models.BooleanField(
        _("points can be spent"),
        default=True,
        help_text=_("In the basket, as money off the goods."),
    )
    redeem_minimum = models.PositiveIntegerField(
        _("least points for an order"), default=0, validators=[MaxValueValidator(MAX_RATE)]
    )
    redeem_step = models.PositiveIntegerField(
        _("in steps of"), default=1, validators=_positive(MAX_RATE)
    )
    redeem_share = models.PositiveSmallIntegerField(
        _("largest part of a basket"),
        default=100,
        validators=_positive(100),
        help_text=_("In percent of what its goods cost after all other offers."),
    )
    redeem_without_tier = models.BooleanField(_("members without a tier may too"), default=True)
    earns_on_redeemed = models.BooleanField(
        _("what points paid for earns points too"), default=False
    )
    clawback = models.CharField(
        _("members with too few points"),
        max_length=16,
        choices=Clawback.choices,
        default=Clawback.DEBT,
        help_text=_("When points of an order have to be taken back that were spent already."),
    )
    return_grace_days = models.PositiveSmallIntegerField(
        _("days returned points live at least"),
        default=30,
        validators=[MaxValueValidator(3650)],
        help_text=_("Points spent on goods that come back keep their expiry date, or get this."),
    )

    measure = models.CharField(
        _("tiers are reached by"), max_length=16, choices=Measure.choices, default=Measure.SPEND
    )
    window = models.CharField(
        _("counted over"), max_length=16, choices=Window.choices, default=Window.ROLLING
    )
    window_months = models.PositiveSmallIntegerField(
        _("months counted"), default=12, validators=_positive(120)
    )
    downgrade = models.CharField(
        _("tiers are lost"),
        max_length=16,
        choices=Downgrade.choices,
        default=Downgrade.TO_QUALIFIED,
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace before a tier is lost"), default=0, validators=[MaxValueValidator(3650)]
    )

    expiry = models.CharField(
        _("points expire"), max_length=16, choices=Expiry.choices, default=Expiry.NEVER
    )
    expiry_months = models.PositiveSmallIntegerField(
        _("months until points expire"), default=12, validators=_positive(120)
    )
    expiry_dates = models.CharField(
        _("days on which points expire"),
        max_length=100,
        blank=True,
        default="",
        help_text=_(
            "Month and day, several with commas between: 06-30, 12-31. "
            "All points that can be spent expire at the end of each of these days."
        ),
    )
    active_by_orders = models.BooleanField(_("an order is activity"), default=True)
    active_by_earning = models.BooleanField(_("earning points is activity"), default=False)
    active_by_spending = models.BooleanField(_("spending points is activity"), default=False)
    expiry_grace_days = models.PositiveSmallIntegerField(
        _("days before the first points expire"),
        default=30,
        validators=[MaxValueValidator(3650)],
        help_text=_(
            "When expiry is switched on or shortened, points that members have by then "
            "stay at least so long."
        ),
    )
    expiry_after_warning = models.BooleanField(
        _("points only expire after a warning"),
        default=False,
        help_text=_(
            "They stay until a message about it was sent, or the member has declined such "
            "messages or cannot be written to. One of the two warnings must be switched on, "
            "or no points expire."
        ),
    )
    expiry_tightened_at = models.DateTimeField(
        _("expiry last switched on or shortened"), null=True, editable=False
    )
    approve_above = models.PositiveIntegerField(
        _("corrections beyond so many points need a colleague"),
        null=True,
        blank=True,
        help_text=_(
            "Whoever corrects a member's points by more waits until another of the staff, who may "
            "approve it, agrees. Empty: nobody has to agree."
        ),
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("programme")
        verbose_name_plural = _("programme")
        constraints = [
            models.CheckConstraint(condition=Q(singleton=1), name="loyalty_programme_single"),
            models.CheckConstraint(
                condition=Q(
                    earn_points__gt=0, earn_amount__gt=0, value_points__gt=0, value_amount__gt=0
                ),
                name="loyalty_programme_rates",
            ),
            models.CheckConstraint(
                condition=Q(
                    minimum_order__gte=0,
                    window_months__gt=0,
                    expiry_months__gt=0,
                    redeem_step__gt=0,
                    redeem_share__gt=0,
                    redeem_share__lte=100,
                ),
                name="loyalty_programme_limits",
            ),
        ]

    def __str__(self):
        return str(self.name)

    def clean(self):
        """
        :raises ValidationError: naming every field that makes the promise impossible.
        """
        refused = {
            **self._refuse_start(),
            **self._refuse_currency(),
            **self._refuse_time_zone(),
            **self._refuse_spendable(),
            **self._refuse_expiry(),
            **self._refuse_rates(),
        }
        if refused:
            raise ValidationError(refused)

    def _refuse_start(self) -> dict:
        if self.starts_at is None or self.starts_at.year in YEARS:
            return {}
        years = {"first": YEARS[0], "last": YEARS[-1]}
        message = gettext("Write a date between the years %(first)s and %(last)s.")
        return {"starts_at": message % years}

    def _refuse_currency(self) -> dict:
        if is_currency(self.currency):
            return {}
        return {"currency": gettext("Write the code of a currency, such as GBP or EUR.")}

    def _refuse_time_zone(self) -> dict:
        if self.time_zone in time_zones():
            return {}
        return {"time_zone": gettext("Name a time zone such as Europe/London.")}

    def _refuse_spendable(self) -> dict:
        if self.spendable == self.Spendable.AFTER_DAYS and not self.spendable_after_days:
            return {"spendable_after_days": gettext("Say after how many days, at least one.")}
        if self.spendable != self.Spendable.ON_STATUS:
            return {}
        if not self.spendable_status:
            return {"spendable_status": gettext("Name the order status.")}
        if self.spendable_status in conf.CANCELLED_STATUSES():
            message = gettext("An order in this status carries no points. Choose another one.")
            return {"spendable_status": message}
        return {}

    def _refuse_expiry(self) -> dict:
        try:
            days = policy.fixed_days(self.expiry_dates)
        except ValueError:
            message = gettext("Write each day as month and day, such as 12-31 for 31 December.")
            return {"expiry_dates": message}
        if self.expiry == self.Expiry.FIXED_DATES and not days:
            return {"expiry_dates": gettext("Name at least one day, such as 12-31.")}
        active = (self.active_by_orders, self.active_by_earning, self.active_by_spending)
        if self.expiry == self.Expiry.INACTIVITY and not any(active):
            return {"active_by_orders": gettext("Tick at least one thing that counts as activity.")}
        refused = self.refuse_lifetime(self.expiry_months)
        return {"expiry_months": refused} if refused else {}

    @property
    def counts_expiry_in_months(self) -> bool:
        """Whether points are good for a number of months."""
        return self.expiry in (self.Expiry.AFTER_EARNING, self.Expiry.INACTIVITY)

    def refuse_lifetime(self, months: int | None) -> str | None:
        """Why so few months cannot be those of all points, or of a tier's."""
        return self.refuse_months(months) if self.counts_expiry_in_months else None

    def refuse_months(self, months: int | None) -> str | None:
        """Why points cannot be good for so few months: they would expire before they are spent."""
        wait = self.spendable_after_days if self.spendable == self.Spendable.AFTER_DAYS else 0
        if not months or not wait or policy.least_days(months) > wait:
            return None
        return ngettext(
            "Points wait for %(days)s day before they can be spent. Let them be good for longer.",
            "Points wait for %(days)s days before they can be spent. Let them be good for longer.",
            wait,
        ) % {"days": wait}

    def _refuse_rates(self) -> dict:
        rates = (self.earn_points, self.earn_amount, self.value_points, self.value_amount)
        if any(rate is None or rate <= 0 for rate in rates):
            return {}  # the fields' own validators say so
        if self.earn_points > MOST_POINTS_PER_UNIT * self.earn_amount:
            return {
                "earn_points": gettext("Give at most %(limit)s points for one unit of money.")
                % {"limit": MOST_POINTS_PER_UNIT}
            }
        if policy.returned_share(*rates) <= 1:
            return {}
        return {
            "earn_points": gettext(
                "With these rates a shopper gets back more than they pay. "
                "Lower the points earned or what a point is worth."
            )
        }

    def sentence(self) -> str:
        """The whole programme in one sentence a shopper understands."""
        return gettext("%(earning)s; %(value)s.") % {
            "earning": self.earning_clause(),
            "value": self.value_clause(),
        }

    def earning_clause(self) -> str:
        """How points are earned, such as "1 point for every £1"."""
        return ngettext(
            "%(points)s point for every %(amount)s",
            "%(points)s points for every %(amount)s",
            self.earn_points,
        ) % {
            "points": self.earn_points,
            "amount": money.formatted(self.earn_amount, self.currency),
        }

    def value_clause(self) -> str:
        """What points are worth, such as "100 points are £1 off"."""
        return ngettext(
            "%(points)s point is %(amount)s off",
            "%(points)s points are %(amount)s off",
            self.value_points,
        ) % {
            "points": self.value_points,
            "amount": money.formatted(self.value_amount, self.currency),
        }
