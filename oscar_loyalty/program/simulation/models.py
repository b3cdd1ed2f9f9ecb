"""What the programme could say, and what it would have come to over the shop's own orders."""

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


def _share() -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        _("part of the points that is spent"),
        default=75,
        validators=[MaxValueValidator(100)],
        help_text=_("In percent of what members could spend; the rest waits until it expires."),
    )


def _months() -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        _("months until they are spent"),
        default=3,
        validators=[MaxValueValidator(120)],
        help_text=_("From the day on which they can be; what expires before is not spent at all."),
    )


def _assumed(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(spent_share__lte=100, spent_after__lte=120), name=f"loyalty_{name}_assumed"
    )


class ProgrammeDraft(models.Model):
    """
    Terms, tiers and rules as they could be; nothing of it counts before it is published.

    `says` differs by what staff changed from what the programme said when they began,
    `begun_from`. Both name terms, tiers and rules by their columns, tiers and rules by their keys,
    and new ones by negative numbers.
    """

    name = models.CharField(_("name"), max_length=100, help_text=_("For your colleagues only."))
    begun_from = models.JSONField(encoder=DjangoJSONEncoder)
    says = models.JSONField(encoder=DjangoJSONEncoder)
    spent_share, spent_after = _share(), _months()
    created_by = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("begun"))
    changed_at = models.DateTimeField(_("changed"))
    published_at = models.DateTimeField(_("published"), null=True)

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("draft of the programme")
        verbose_name_plural = _("drafts of the programme")
        default_permissions = ()
        constraints = [_assumed("draft")]

    def __str__(self):
        return self.name


class Simulation(models.Model):
    """
    A draft, and beside it the programme, replayed over the orders of some days.

    `draft_says`, `programme_says` and the assumptions are those of the moment when it was asked
    for. While it runs it is leased: one whose worker died is begun again after that.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    draft = models.ForeignKey(ProgrammeDraft, on_delete=models.CASCADE, related_name="simulations")
    draft_says = models.JSONField(encoder=DjangoJSONEncoder)
    programme_says = models.JSONField(encoder=DjangoJSONEncoder)
    spent_share, spent_after = _share(), _months()
    first = models.DateField(_("from"))
    last = models.DateField(_("to"))
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    orders_done = models.PositiveIntegerField(_("orders replayed"), default=0)
    orders = models.PositiveIntegerField(_("orders"))
    results = models.JSONField(null=True)
    asked_by = models.CharField(_("by"), max_length=150)
    asked_at = models.DateTimeField(_("asked"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("simulation")
        verbose_name_plural = _("simulations")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["draft"],
                condition=Q(state__in=["waiting", "running"]),
                name="loyalty_simulation_one_of_a_draft",
            ),
            models.CheckConstraint(
                condition=Q(last__gte=F("first")), name="loyalty_simulation_days"
            ),
            models.CheckConstraint(
                condition=Q(state="done", results__isnull=False)
                | (~Q(state="done") & Q(results__isnull=True)),
                name="loyalty_simulation_results",
            ),
            _assumed("simulation"),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=["waiting", "running"]),
                name="loyalty_simulation_due",
            )
        ]

    def __str__(self):
        return f"{self.draft}, {self.first}–{self.last}"
