"""What happened to memberships themselves, and who decided it; when members were born."""

from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.members import policy


class MemberEvent(models.Model):
    """
    Something that happened to a membership, with the note and the name of who did it.

    `address` is the one that was the customer's before they changed how they sign in: where a
    notice about it belongs. `profile` is a keyed fingerprint of the profile that an erased member
    left, by which nobody is named and nobody enrolled again unasked.
    """

    class Kind(models.TextChoices):
        BLOCKED = "blocked", _("Blocked from spending")
        UNBLOCKED = "unblocked", _("Spending allowed again")
        EMAIL_CHANGED = "email-changed", _("E-mail address changed")
        PASSWORD_CHANGED = "password-changed", _("Password changed")
        MERGED = "merged", _("Merged into another member")
        RECEIVED = "received", _("Another member was merged into this one")
        ERASED = "erased", _("Erased")

    #: Changes that a notice goes out about.
    CREDENTIALS = (Kind.EMAIL_CHANGED, Kind.PASSWORD_CHANGED)

    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.PROTECT,
        related_name="member_events",
        db_index=False,
    )
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind.choices)
    note = models.TextField(_("note"), blank=True, default="")
    actor = models.CharField(_("by"), max_length=150, blank=True, default="")
    address = models.CharField(_("former address"), max_length=254, blank=True, default="")
    profile = models.CharField(max_length=32, blank=True, default="", editable=False)
    happened_at = models.DateTimeField(_("date"))

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("member event")
        verbose_name_plural = _("member events")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["email-changed", "password-changed"])
                | models.Q(address=""),
                name="loyalty_memberevent_address",
            )
        ]
        indexes = [models.Index(fields=["account", "happened_at"], name="loyalty_memberevent")]

    def __str__(self):
        return self.get_kind_display()


class Birthday(models.Model):
    """
    When a member was born, as far as they said it, and what of it was celebrated.

    `next_date` is the celebration to come, by which it is found. Of one who took the day away the
    rest stays: neither a change nor a present is had twice in a year by that.
    """

    account = models.OneToOneField(
        "oscar_loyalty.Account",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="birthday",
        verbose_name=_("member"),
    )
    #: 100 for each month and one for each day.
    month_day = models.PositiveSmallIntegerField(null=True)
    year = models.PositiveSmallIntegerField(null=True)
    next_date = models.DateField(null=True)
    entered_date = models.DateField()
    changed_date = models.DateField(null=True)
    celebrated_year = models.PositiveSmallIntegerField(null=True)

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("birthday")
        verbose_name_plural = _("birthdays")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(month_day=None)
                | reduce(or_, (Q(month_day__range=days) for days in policy.days_of_months())),
                name="loyalty_birthday_day",
            ),
            models.CheckConstraint(
                condition=Q(month_day=None, year=None, next_date=None)
                | Q(month_day__isnull=False, next_date__isnull=False),
                name="loyalty_birthday_next",
            ),
            models.CheckConstraint(
                condition=Q(year=None) | Q(year__gte=1800), name="loyalty_birthday_year"
            ),
        ]
        indexes = [
            # All that a search asks about: rows born on one day lie far from each other.
            models.Index(
                fields=["next_date", "account", "entered_date"],
                condition=Q(next_date__isnull=False),
                name="loyalty_birthday_near",
            )
        ]

    def __str__(self):
        return str(self.next_date)

    @property
    def celebration(self) -> tuple[int, int | None] | None:
        """The year of the last that was celebrated, and its month and day unless forgotten."""
        return (self.celebrated_year, self.month_day) if self.celebrated_year else None
