"""Occasions that members are wished well on, each with what it brings them."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField

from oscar_loyalty.program.coupons.models import Present
from oscar_loyalty.program.occasions import policy
from oscar_loyalty.program.occasions.policy import Feast

MOST_DAYS_AHEAD = 60


class Occasion(Present):
    """A day of the year in some calendar, and the members whom it is for."""

    class What(models.TextChoices):
        FIXED = "fixed", _("A date of its own")
        NEW_YEAR = "new-year", _("New Year, 1 January")
        NOWRUZ = "nowruz", _("Nowruz")
        YALDA = "yalda", _("Yalda, the evening of 30 Azar")
        EID_AL_FITR = "eid-al-fitr", _("Eid al-Fitr")
        EID_AL_ADHA = "eid-al-adha", _("Eid al-Adha")
        EASTER_WESTERN = "easter-western", _("Easter, western")
        EASTER_ORTHODOX = "easter-orthodox", _("Easter, orthodox")

    name = I18nCharField(_("name"), help_text=_("As the message says it."))
    active = models.BooleanField(_("active"), default=True)
    what = models.CharField(_("occasion"), max_length=16, choices=What.choices)
    month = models.PositiveSmallIntegerField(
        _("month"), null=True, blank=True, choices=list(MONTHS.items())
    )
    day = models.PositiveSmallIntegerField(
        _("day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("29 February is the 28th in other years."),
    )
    announced_date = models.DateField(
        _("announced day"),
        null=True,
        blank=True,
        help_text=_(
            "Where the day was announced otherwise than the calendar has it, as with the Eids. "
            "It counts for its own year, and the calendar for all others."
        ),
    )
    days_ahead = models.PositiveSmallIntegerField(
        _("days ahead"),
        default=7,
        validators=[MaxValueValidator(MOST_DAYS_AHEAD)],
        help_text=_("The message is sent so many days before; with 0 on the day itself."),
    )
    language = models.CharField(_("members who read"), max_length=16, blank=True, default="")
    tier = models.ForeignKey(
        "oscar_loyalty.Tier",
        null=True,
        blank=True,
        # Without its tier, what is for a few would be for all.
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("members of the tier"),
        help_text=_("Empty for the members of all tiers and of none."),
    )
    hold_out = models.PositiveSmallIntegerField(
        _("held out, per cent"),
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_(
            "So many of these members get nothing, by lot, so that it can be seen what the "
            "messages bring."
        ),
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("occasion")
        verbose_name_plural = _("occasions")
        constraints = [
            models.CheckConstraint(
                condition=Q(what="fixed", month__isnull=False, month__range=(1, 12))
                & Q(day__isnull=False, day__range=(1, 31))
                | (~Q(what="fixed") & Q(month=None, day=None)),
                name="loyalty_occasion_day",
            ),
            models.CheckConstraint(
                condition=Q(days_ahead__lte=MOST_DAYS_AHEAD), name="loyalty_occasion_ahead"
            ),
            models.CheckConstraint(condition=Q(hold_out__lte=50), name="loyalty_occasion_hold_out"),
        ]

    def __str__(self):
        return str(self.name)

    @property
    def feast(self) -> Feast:
        """When it is, as policies see it."""
        return Feast(self.what, self.month or 0, self.day or 0, self.announced_date)

    def clean(self):
        """
        :raises ValidationError: if there is no such day, or the announced one is far from it.
        """
        super().clean()
        if self.what != self.What.FIXED:
            self.month = self.day = None
        elif not (self.month and self.day):
            raise ValidationError({"day": gettext("Choose a month, and write a day of it.")})
        elif not policy.is_day(self.month, self.day):
            raise ValidationError({"day": gettext("The month has no such day.")})
        if self.what and self.announced_date:
            self._refuse_announced()

    def _refuse_announced(self):
        near = next(policy.occurrences(self.feast, since=self.announced_date), None)
        if near is None:
            message = gettext("The calendar of this occasion is not known for that year.")
        elif near.kept_date != self.announced_date:
            message = gettext(
                "By the calendar this occasion is next on %(day)s. Write a day at most a week "
                "before or after it."
            ) % {"day": date_format(near.kept_date, "DATE_FORMAT")}
        else:
            return
        raise ValidationError({"announced_date": message})
