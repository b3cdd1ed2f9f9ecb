"""The books: accounts, append-only entries, lots, and the draws that say which lot paid."""

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.ledger import policy


def _refuse(*args, **kwargs):
    raise TypeError("The ledger is append-only: post a correcting entry instead.")


class AppendOnlyQuerySet(models.QuerySet):
    """Rows that are written once."""

    update = delete = bulk_update = update_or_create = _refuse


class AppendOnly(models.Model):
    """A row that is written once and neither changed nor removed."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        app_label = "oscar_loyalty"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            _refuse()
        super().save(*args, **kwargs)

    delete = _refuse


class Account(models.Model):
    """
    A member's points. The row is the lock: whoever posts updates it first.

    `balance` is all that is owned (negative when in debt), `pending` the part that cannot be
    spent yet, `held` the part reserved during a checkout.

    One that was merged is closed and empty, and leads to the account that has taken its place: in
    one step, for that one is open.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        # Oscar's "delete profile" deletes the user: the books stay, nameless.
        on_delete=models.SET_NULL,
        related_name="loyalty_account",
        verbose_name=_("customer"),
    )
    public_id = models.UUIDField(
        _("member number"), default=uuid.uuid4, unique=True, editable=False
    )
    balance = models.BigIntegerField(_("balance"), default=0, editable=False)
    pending = models.BigIntegerField(_("pending"), default=0, editable=False)
    held = models.BigIntegerField(_("held"), default=0, editable=False)
    seq = models.BigIntegerField(_("number of entries"), default=0, editable=False)
    joined_at = models.DateTimeField(_("member since"))
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="merged_from",
        db_index=False,
        verbose_name=_("merged into"),
    )
    blocked_at = models.DateTimeField(_("spending blocked since"), null=True, editable=False)
    paused_until = models.DateTimeField(_("spending pauses until"), null=True, editable=False)
    nameless_since = models.DateTimeField(_("nameless since"), null=True, editable=False)

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("member")
        verbose_name_plural = _("members")
        permissions = [
            ("adjust_points", "Can adjust a member's points"),
            ("merge_members", "Can merge two members"),
            ("block_members", "Can block a member from spending points"),
            ("approve_points", "Can approve what a colleague adjusts"),
            ("export_members", "Can export members and lists of them"),
            ("erase_members", "Can erase a member"),
            ("edit_texts", "Can edit the texts of messages"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(held__gte=0), name="loyalty_account_held"),
            models.CheckConstraint(condition=Q(seq__gte=0), name="loyalty_account_seq"),
            models.CheckConstraint(
                condition=Q(pending=0) | Q(pending__gt=0, pending__lte=F("balance")),
                name="loyalty_account_pending",
            ),
            models.CheckConstraint(
                condition=Q(balance__gte=-policy.MAX_BALANCE, balance__lte=policy.MAX_BALANCE),
                name="loyalty_account_balance",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True)
                | (Q(balance=0, pending=0, held=0) & ~Q(merged_into=F("id"))),
                name="loyalty_account_merged",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="loyalty_account_merged_into",
            ),
            models.Index(
                fields=["id"],
                condition=Q(user__isnull=True, nameless_since__isnull=True),
                name="loyalty_account_left",
            ),
        ]

    def __str__(self):
        # Not by name: Django's admin writes this into its log, which outlives the customer.
        return str(self.public_id)

    @property
    def spendable(self) -> int:
        """Points that may be spent now."""
        return policy.spendable(self.balance, self.pending, self.held)

    @property
    def restraint(self) -> policy.Restraint:
        """What keeps the member from spending points."""
        return policy.Restraint(self.blocked_at is not None, self.paused_until)


class Entry(AppendOnly):
    """One line of an account: what came or went, why, and the balance after it."""

    class Kind(models.TextChoices):
        EARN = "earn", _("Order")
        BONUS = "bonus", _("Bonus")
        RESTORE = "restore", _("Order reinstated")
        CLAWBACK = "claw", _("Order taken back")
        ADJUST = "adj", _("Correction")
        REDEEM = "redeem", _("Spent on an order")
        RETURN = "return", _("Spent points returned")
        RETAKE = "retake", _("Returned points spent again")
        EXPIRE = "expire", _("Expired")
        MERGE = "merge", _("Accounts merged")
        ERASE = "erase", _("Account erased")

    CREDITS = (Kind.EARN, Kind.BONUS, Kind.RESTORE, Kind.RETURN)
    DEBITS = (Kind.CLAWBACK, Kind.REDEEM, Kind.RETAKE, Kind.EXPIRE)
    EITHER = (Kind.ADJUST, Kind.MERGE, Kind.ERASE)
    #: What an order earns, and what is spent on it.
    EARNED = (Kind.EARN, Kind.RESTORE, Kind.CLAWBACK)
    SPENT = (Kind.REDEEM, Kind.RETURN, Kind.RETAKE)

    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
        verbose_name=_("member"),
    )
    seq = models.BigIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    points = models.BigIntegerField(_("points"))
    balance_after = models.BigIntegerField(_("balance after"))
    key = models.CharField(_("key"), max_length=200)
    order_number = models.CharField(_("order number"), max_length=128, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=64, blank=True, default="")
    note = models.TextField(_("note"), blank=True, default="")
    actor = models.CharField(_("posted by"), max_length=150, blank=True, default="")
    posted_at = models.DateTimeField(_("date"))
    digest = models.CharField(max_length=32, editable=False)

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            # A constraint, not unique=True: that would cost a second index for LIKE.
            models.UniqueConstraint(fields=["key"], name="loyalty_entry_once"),
            models.UniqueConstraint(fields=["account", "seq"], name="loyalty_entry_gapless"),
            models.CheckConstraint(condition=Q(seq__gt=0), name="loyalty_entry_seq"),
            models.CheckConstraint(
                condition=Q(kind__in=["earn", "bonus", "restore", "return"], points__gt=0)
                | Q(kind__in=["claw", "redeem", "retake", "expire"], points__lt=0)
                | (Q(kind__in=["adj", "merge", "erase"]) & ~Q(points=0)),
                name="loyalty_entry_sign",
            ),
            models.CheckConstraint(
                condition=Q(points__gte=-policy.MAX_POINTS, points__lte=policy.MAX_POINTS),
                name="loyalty_entry_points",
            ),
            models.CheckConstraint(
                condition=Q(kind="earn", key=Concat(Value("earn:"), F("order_number")))
                | Q(
                    kind="earn",
                    key__startswith=Concat(Value("earn:"), F("order_number"), Value(":")),
                )
                | Q(kind="claw", key__startswith="claw:")
                | Q(kind="restore", key__startswith="restore:")
                | Q(kind="bonus", key__startswith="bonus:")
                | Q(kind="adj", key__startswith="adj:")
                | Q(kind="redeem", key=Concat(Value("redeem:"), F("order_number")))
                | Q(kind="return", key__startswith="return:")
                | Q(kind="retake", key__startswith="retake:")
                | Q(kind="expire", key__startswith="expire:")
                | Q(kind="merge", key__startswith="merge:")
                | Q(kind="erase", key__startswith="erase:"),
                name="loyalty_entry_key",
            ),
        ]
        indexes = [
            models.Index(
                fields=["order_number"],
                condition=~Q(order_number=""),
                name="loyalty_entry_order",
            ),
            # For what was posted in a time. As small as can be: entries are written in its order.
            BrinIndex(fields=["posted_at"], name="loyalty_entry_posted"),
        ]

    def __str__(self):
        return f"{self.key} {self.points:+d}"

    @classmethod
    def order_when_merged(cls, kind: str, order_number: str) -> str:
        """The order of merged points that came in so: what returned from it is not what it gave."""
        return "" if kind in cls.SPENT else order_number


class Lot(models.Model):
    """
    Points that arrived together and lapse together.

    When they lapse follows from `earned_at`, or from when they could be spent, and the programme's
    terms of the day, unless `expires_at` gives them a day of their own.

    `open` stands in for `remaining > 0` in the index, so that a partial draw changes no index.
    """

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="lots", db_index=False
    )
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="lot")
    points = models.BigIntegerField()
    debt_paid = models.BigIntegerField(default=0)
    remaining = models.BigIntegerField()
    open = models.BooleanField()
    pending = models.BooleanField(default=False)
    available_at = models.DateTimeField(null=True)
    matured_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    earned_at = models.DateTimeField()
    #: So many days ahead the member was to be warned, at last, of what lapses until that day.
    warned_days = models.PositiveSmallIntegerField(null=True)
    warned_until = models.DateField(null=True)

    class Meta:
        app_label = "oscar_loyalty"
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0, debt_paid__gte=0, remaining__gte=0)
                & Q(remaining__lte=F("points") - F("debt_paid")),
                name="loyalty_lot_remaining",
            ),
            models.CheckConstraint(
                condition=Q(open=True, remaining__gt=0) | Q(open=False, remaining=0),
                name="loyalty_lot_open",
            ),
            models.CheckConstraint(
                condition=Q(pending=False) | Q(matured_at__isnull=True), name="loyalty_lot_matured"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "expires_at", "earned_at", "id"],
                condition=Q(open=True),
                name="loyalty_lot_draw",
            ),
            models.Index(
                fields=["earned_at", "account"],
                condition=Q(open=True, pending=False, expires_at__isnull=True),
                name="loyalty_lot_lapse",
            ),
            models.Index(
                fields=["expires_at", "account"],
                condition=Q(open=True, pending=False, expires_at__isnull=False),
                name="loyalty_lot_dated",
            ),
            models.Index(
                fields=["available_at", "account"],
                condition=Q(pending=True),
                name="loyalty_lot_pending",
            ),
        ]

    def __str__(self):
        return f"{self.remaining}/{self.points}"

    @property
    def spendable_since(self) -> datetime:
        """When these points could be spent first: it may be later than they were promised."""
        return max(filter(None, (self.earned_at, self.available_at, self.matured_at)))


class Draw(AppendOnly):
    """Points that an entry took from a lot."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="draws", db_index=False)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="draws")
    points = models.BigIntegerField()

    class Meta:
        app_label = "oscar_loyalty"
        constraints = [
            models.UniqueConstraint(fields=["entry", "lot"], name="loyalty_draw_once"),
            models.CheckConstraint(condition=Q(points__gt=0), name="loyalty_draw_points"),
        ]

    def __str__(self):
        return str(self.points)


class AuditReport(models.Model):
    """The one row that says when the books were audited last, and what was found."""

    singleton = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    asked_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    members = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    #: The first of them, each with the rule, the account if it is about one, and what it is.
    examples = models.JSONField(default=list)

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(singleton=1), name="loyalty_auditreport_one")
        ]

    def __str__(self):
        return str(self.finished_at)
