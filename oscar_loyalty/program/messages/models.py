"""The post office: messages on their way, what may be sent, and what members want to get."""

from datetime import time

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.coupons.models import Present
from oscar_loyalty.program.messages import policy


def by_email() -> list[str]:
    """The channel of every message until staff choose others."""
    return [policy.EMAIL]


class Message(models.Model):
    """
    Something to tell a member one way: who, why and when, by ids; its words are made when sent.

    `planned_at` is when it should leave; `due_at` when to look at it next: it is due, tried again,
    or whoever was sending it is dead.
    `address` is set where it must go to another than the member's own.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DROPPED = "dropped", _("Not sent")
        FAILED = "failed", _("Given up")

    OPEN = (State.WAITING, State.SENDING)

    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
        verbose_name=_("member"),
    )
    kind = models.CharField(_("message"), max_length=32)
    channel = models.CharField(_("channel"), max_length=16, default=policy.EMAIL)
    key = models.CharField(_("key"), max_length=200, unique=True)
    marketing = models.BooleanField(_("marketing"))
    order_number = models.CharField(_("order number"), max_length=128, blank=True, default="")
    about = models.CharField(_("about"), max_length=64, blank=True, default="")
    language = models.CharField(_("language"), max_length=16, blank=True, default="")
    address = models.CharField(_("address"), max_length=254, blank=True, default="")
    planned_at = models.DateTimeField(_("planned for"))
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    claim = models.UUIDField(null=True, editable=False)
    settled_at = models.DateTimeField(_("settled"), null=True)
    outcome = models.CharField(_("reason"), max_length=100, blank=True, default="")

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [("retry_message", "Can send a message again that was given up")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sending", claim__isnull=False)
                | (~Q(state="sending") & Q(claim=None)),
                name="loyalty_message_claim",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending"], settled_at=None)
                | Q(state__in=["sent", "dropped", "failed"], settled_at__isnull=False),
                name="loyalty_message_settled",
            ),
            # Two at once could not see each other, and the weekly limit would be exceeded.
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state="sending", marketing=True),
                name="loyalty_message_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["waiting", "sending"]),
                name="loyalty_message_due",
            ),
            models.Index(fields=["account", "-id"], name="loyalty_message_account"),
            models.Index(
                fields=["-id"], condition=Q(state="failed"), name="loyalty_message_failed"
            ),
        ]

    def __str__(self):
        return self.key

    @property
    def cause_key(self) -> str:
        """The key without its channel: what the cause is known by, and what it brings."""
        return self.key.removesuffix(f"@{self.channel}")


class MessageKind(Present):
    """Whether messages of a kind are sent, how many days from their cause, and what they bring."""

    code = models.CharField(max_length=32, unique=True, editable=False)
    active = models.BooleanField(
        _("active"), default=False, help_text=_("Nothing is sent until this is switched on.")
    )
    days = models.PositiveSmallIntegerField(
        _("days"), default=0, validators=[MaxValueValidator(365)]
    )
    channels = models.JSONField(
        _("channels"), default=by_email, help_text=_("Each sends the message once.")
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("kind of message")
        verbose_name_plural = _("kinds of messages")
        constraints = [
            models.CheckConstraint(condition=Q(days__lte=365), name="loyalty_messagekind_days"),
            models.CheckConstraint(condition=~Q(channels=[]), name="loyalty_messagekind_channel"),
        ]

    def __str__(self):
        return self.code


class MessageLimits(models.Model):
    """How often, and at which hours, a member may be written to unasked."""

    singleton = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    weekly = models.PositiveSmallIntegerField(
        _("marketing messages a week"),
        default=2,
        validators=[MaxValueValidator(50)],
        help_text=_("At most so many to one member in any seven days; with 0 none are sent."),
    )
    quiet_from = models.TimeField(_("quiet from"), default=time(21))
    quiet_until = models.TimeField(
        _("quiet until"),
        default=time(8),
        help_text=_(
            "Between these hours only what answers a member at once is sent, by the clock of "
            "the programme. "
            "With the same hour in both there are no quiet hours."
        ),
    )

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("limits of messages")
        verbose_name_plural = _("limits of messages")
        constraints = [
            models.CheckConstraint(condition=Q(singleton=1), name="loyalty_messagelimits_one"),
            models.CheckConstraint(condition=Q(weekly__lte=50), name="loyalty_messagelimits_week"),
        ]

    def __str__(self):
        return str(self._meta.verbose_name)


class DailySearch(models.Model):
    """A search for members to write to, finished for a day of the programme."""

    name = models.CharField(max_length=32)
    day = models.DateField()
    found = models.PositiveIntegerField()
    finished_at = models.DateTimeField()

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["name", "day"], name="loyalty_dailysearch_once")
        ]

    def __str__(self):
        return f"{self.name} {self.day}"


class Consent(models.Model):
    """A member's word on what they want to get: the last about each kind counts."""

    class Source(models.TextChoices):
        PREFERENCES = "preferences", _("Preferences page")
        UNSUBSCRIBED = "unsubscribed", _("Link in a message")
        SHOP = "shop", _("The shop's own code")

    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.PROTECT,
        related_name="consents",
        db_index=False,
        verbose_name=_("member"),
    )
    #: A kind's code, or what stands for all marketing.
    about = models.CharField(_("about"), max_length=32)
    wanted = models.BooleanField(_("wanted"))
    source = models.CharField(_("source"), max_length=16, choices=Source.choices)
    given_at = models.DateTimeField(_("date"))

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["account", "about", "-id"], name="loyalty_consent_last")]

    def __str__(self):
        return f"{self.about}: {self.wanted}"


def kind_of(message: Message) -> policy.Kind:
    """What the message is, as policies see it."""
    return policy.KINDS[message.kind]
