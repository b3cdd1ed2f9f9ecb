"""What staff did, with what was before and after; and what waits for a colleague to agree."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


def _refuse(*args, **kwargs):
    raise TypeError("What staff did is written down once.")


class WrittenOnceQuerySet(models.QuerySet):
    """Rows that are written once; only the writer of this table forgets names."""

    update = delete = bulk_update = update_or_create = _refuse


class StaffAct(models.Model):
    """
    One thing that one of the staff did, in words, and the values it changed.

    `before` is empty for what was made by it, `after` for what is gone. No row names a member: of
    one it has the number of the account. `actor_name` is what the actor was called then; it is all
    that can be forgotten.
    """

    actor = models.CharField(_("by"), max_length=150)
    actor_name = models.CharField(_("name"), max_length=254, blank=True, default="")
    at = models.DateTimeField(_("date"))
    words = models.TextField(_("what was done"))
    subject = models.CharField(_("about"), max_length=50)
    subject_id = models.CharField(max_length=50, blank=True, default="")
    subject_name = models.TextField(blank=True, default="")
    before = models.JSONField(_("before"), default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("after"), default=dict, encoder=DjangoJSONEncoder)

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("act of staff")
        verbose_name_plural = _("acts of staff")
        default_permissions = ()
        indexes = [
            models.Index(fields=["subject", "subject_id"], name="loyalty_staffact_subject"),
            models.Index(fields=["actor"], name="loyalty_staffact_actor"),
        ]

    def __str__(self):
        return self.words

    def save(self, *args, **kwargs):
        if not self._state.adding:
            _refuse()
        super().save(*args, **kwargs)

    delete = _refuse

    @property
    def changed(self):
        """Name, value before and value after of all that differs."""
        names = [*self.before, *(name for name in self.after if name not in self.before)]
        pairs = ((name, self.before.get(name), self.after.get(name)) for name in names)
        return [(name, old, new) for name, old, new in pairs if old != new]


class AdjustmentRequest(models.Model):
    """A correction of points, asked for by one of the staff and decided by another, once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")

    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.PROTECT,
        related_name="adjustment_requests",
        verbose_name=_("member"),
    )
    points = models.BigIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=64)
    note = models.TextField(_("note"), blank=True, default="")
    #: That of the correction to be posted.
    source = models.CharField(max_length=100, unique=True)
    requested_by = models.CharField(_("asked by"), max_length=150)
    requested_at = models.DateTimeField(_("asked"))
    state = models.CharField(
        _("state"), max_length=20, choices=State.choices, default=State.WAITING
    )
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("correction to approve")
        verbose_name_plural = _("corrections to approve")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=~Q(points=0), name="loyalty_adjustment_points"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by="", decided_at=None)
                | (
                    Q(state__in=["approved", "refused"], decided_at__isnull=False)
                    & ~Q(decided_by="")
                    & ~Q(decided_by=F("requested_by"))
                ),
                name="loyalty_adjustment_decided",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(state="waiting"), name="loyalty_adjustment_waiting"
            )
        ]

    def __str__(self):
        return str(self.pk)
