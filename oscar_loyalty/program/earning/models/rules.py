"""Rules that give points beside the programme's rate: what they say, and what was used of it."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.earning.models.checked import refuse_nonsense
from oscar_loyalty.shop.keys import loose_key

MOST_POINTS = 1_000_000
MOST_TIMES = 100
MOST_ITEMS = 10_000
MOST_LIMIT = 1_000_000_000_000


class EarningRule(models.Model):
    """
    A rule, whatever it has said over time; `current` is its newest version.

    `used` are the points that its uses take of its budget by now.
    """

    programme = models.ForeignKey(
        "oscar_loyalty.Programme", on_delete=models.PROTECT, related_name="rules"
    )
    current = models.ForeignKey(
        "oscar_loyalty.RuleVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    used = models.BigIntegerField(_("points used"), default=0, editable=False)

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()

    def __str__(self):
        return str(self.current or "")


def _limit(label: str, **options) -> models.BigIntegerField:
    limits = [MinValueValidator(1), MaxValueValidator(MOST_LIMIT)]
    return models.BigIntegerField(label, null=True, blank=True, validators=limits, **options)


def _several(label: str, help_text: str = "") -> models.JSONField:
    return models.JSONField(label, default=list, blank=True, help_text=help_text)


class RuleVersion(models.Model):
    """
    What a rule says, from `in_force_from` to the next version; never changed, never deleted.

    Orders placed in that time follow it whenever they are decided about. A version that is
    `retired` says nothing: it ends the rule.
    """

    #: What tiers are called that may be in no table yet, by their numbers.
    drafted_tiers: Mapping[int, str] = MappingProxyType({})

    class Trigger(models.TextChoices):
        ORDER = "order", _("An order")
        SIGNUP = "signup", _("Signing up")
        REVIEW = "review", _("A review of something that was bought")
        BIRTHDAY = "birthday", _("A birthday")
        ACTION = "action", _("An action that the shop reports")

    class Effect(models.TextChoices):
        POINTS = "points", _("Extra points")
        PER_MONEY = "per-money", _("Extra points for every amount spent")
        MULTIPLIER = "multiplier", _("A multiple of the points")
        EXCLUDES = "excludes", _("No points at all")

    class Period(models.TextChoices):
        NONE = "", "---------"
        DAY = "day", _("a day")
        WEEK = "week", _("a week, from Monday")
        MONTH = "month", _("a calendar month")
        YEAR = "year", _("a calendar year")

    rule = models.ForeignKey(EarningRule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    in_force_from = models.DateTimeField(
        _("in force from"),
        null=True,
        blank=True,
        help_text=_(
            "Orders placed from this moment on follow it. Only the first version may go without: "
            "then it also holds for older orders that are still to be awarded."
        ),
    )
    published_at = models.DateTimeField(_("published"))
    actor = models.CharField(_("by"), max_length=64, blank=True, default="")
    retired = models.BooleanField(_("retired"), default=False)
    name = models.CharField(
        _("name"), max_length=100, blank=True, help_text=_("For your colleagues only.")
    )

    trigger = models.CharField(
        _("what earns"), max_length=16, choices=Trigger.choices, default=Trigger.ORDER
    )
    action = models.CharField(
        _("code of the action"),
        max_length=64,
        blank=True,
        default="",
        help_text=_("As the shop's own code reports it, such as newsletter."),
    )
    product = loose_key(
        "catalogue.Product",
        _("product"),
        _("Its number or its UPC; with a parent go all of its variants."),
    )
    category = loose_key("catalogue.Category", _("category"))
    range = loose_key("offer.Range", _("range"))
    effect = models.CharField(
        _("gives"), max_length=16, choices=Effect.choices, default=Effect.POINTS
    )
    points = models.PositiveIntegerField(
        _("extra points"), default=0, validators=[MaxValueValidator(MOST_POINTS)]
    )
    every = models.PositiveIntegerField(
        _("for every so many items"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ITEMS)],
        help_text=_("Empty: once for the order, however many items."),
    )
    per_amount = models.DecimalField(
        _("for every amount of"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    factor = models.DecimalField(
        _("times the points"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MaxValueValidator(Decimal(MOST_TIMES))],
        help_text=_("Of what the programme's rate gives; 2 doubles it."),
    )
    expiry_months = models.PositiveSmallIntegerField(
        _("months until these expire"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("For what this rule gives; empty for as long as all other points."),
    )

    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("This day included, by the clock of the programme."),
    )
    weekdays = _several(_("weekdays"))
    from_time = models.TimeField(_("from the hour"), null=True, blank=True)
    until_time = models.TimeField(
        _("until the hour"),
        null=True,
        blank=True,
        help_text=_("Earlier than the first for hours that go through midnight."),
    )
    tiers = _several(_("tiers"))
    groups = _several(_("customer groups"))
    languages = _several(_("languages"))
    countries = _several(_("countries that orders go to"))
    minimum = models.DecimalField(
        _("minimum spend"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("What must have been paid for the goods of the order; 0 for any order."),
    )
    nth_order = models.PositiveSmallIntegerField(
        _("which order of a customer"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text=_("1 for the first; empty for any."),
    )

    cap_order = _limit(_("most points for an order"))
    cap_member = _limit(_("most points for a member"))
    cap_period = _limit(_("most points for a member in"))
    period = models.CharField(
        _("the time of"), max_length=8, choices=Period.choices, blank=True, default=Period.NONE
    )
    budget = _limit(
        _("budget in points"),
        help_text=_(
            "All that the rule may give, in all of its versions together; what it gave before it "
            "had a limit does not count."
        ),
    )
    priority = models.IntegerField(
        _("priority"),
        default=0,
        validators=[MinValueValidator(-1000), MaxValueValidator(1000)],
        help_text=_("Of equally specific rules the one with the higher priority comes first."),
    )
    stackable = models.BooleanField(
        _("goes with other rules"),
        default=True,
        help_text=_(
            "Otherwise, of all such rules only the most specific gives something for a product: "
            "one for the product before one for a category, a range, and the whole order."
        ),
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="loyalty_ruleversion_once"),
            models.CheckConstraint(
                condition=Q(product=None, category=None)
                | Q(product=None, range=None)
                | Q(category=None, range=None),
                name="loyalty_ruleversion_target",
            ),
            models.CheckConstraint(
                condition=Q(effect="excludes", trigger="order", points=0, expiry_months=None)
                | Q(effect="points", points__gt=0, factor=None, per_amount=None)
                | Q(effect="per-money", trigger="order", points__gt=0, per_amount__gt=0)
                | Q(effect="multiplier", points=0, factor__gt=1, factor__lte=MOST_TIMES),
                name="loyalty_ruleversion_effect",
            ),
            models.CheckConstraint(
                condition=Q(every=None) | Q(every__gte=1), name="loyalty_ruleversion_every"
            ),
            models.CheckConstraint(
                condition=Q(expiry_months=None) | Q(expiry_months__gte=1, expiry_months__lte=120),
                name="loyalty_ruleversion_months",
            ),
            models.CheckConstraint(
                condition=Q(first_day=None) | Q(last_day=None) | Q(last_day__gte=F("first_day")),
                name="loyalty_ruleversion_days",
            ),
            models.CheckConstraint(
                condition=Q(from_time=None, until_time=None)
                | Q(from_time__isnull=False, until_time__isnull=False)
                & ~Q(from_time=F("until_time")),
                name="loyalty_ruleversion_hours",
            ),
            models.CheckConstraint(
                condition=Q(cap_period=None, period="") | (Q(cap_period__gte=1) & ~Q(period="")),
                name="loyalty_ruleversion_period",
            ),
            models.CheckConstraint(
                condition=(Q(cap_order=None) | Q(cap_order__gte=1))
                & (Q(cap_member=None) | Q(cap_member__gte=1))
                & (Q(budget=None) | Q(budget__gte=1)),
                name="loyalty_ruleversion_limits",
            ),
            models.CheckConstraint(
                condition=Q(trigger="action") & ~Q(action="")
                | (~Q(trigger="action") & Q(action="")),
                name="loyalty_ruleversion_action",
            ),
        ]

    def __str__(self):
        return self.name or f"{self._meta.verbose_name} {self.rule_id}"

    def clean(self):
        """
        :raises ValidationError: if it makes no sense, with a sentence for each field.
        """
        refuse_nonsense(self)


class RuleUse(models.Model):
    """
    What one order or act takes of the limits of a rule; `points` by now, in whole ones.

    `given` is what it took at first. Of orders only for rules that limit what members have, or what
    is given in all; of acts for every rule, which gives for each once.
    """

    rule = models.ForeignKey(
        EarningRule, on_delete=models.PROTECT, related_name="uses", db_index=False
    )
    account = models.ForeignKey(
        "oscar_loyalty.Account", on_delete=models.PROTECT, related_name="rule_uses"
    )
    source = models.CharField(max_length=200)
    given = models.BigIntegerField(_("points at first"))
    points = models.BigIntegerField(_("points"))
    used_at = models.DateTimeField()

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["rule", "source"], name="loyalty_ruleuse_once"),
            models.CheckConstraint(
                condition=Q(points__gte=0, points__lte=F("given")), name="loyalty_ruleuse_points"
            ),
        ]
        indexes = [
            models.Index(fields=["source"], name="loyalty_ruleuse_source"),
        ]

    def __str__(self):
        return self.source
