"""Apologies: what went wrong, whom it concerns, and who was told."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.coupons.models import Present
from oscar_loyalty.program.terms.models import YEARS
from oscar_loyalty.shop.keys import loose_key


class Apology(Present):
    """
    What staff apologise for, and by which orders the members are found whom it concerns.

    While it is a draft, `revision` counts its changes: what is sent is what was seen. `listed_at`
    is when its list was made, `released_at` when staff let it go, `finished_at` when all were told.
    """

    #: What decides who is affected.
    CRITERIA = ("product", "partner", "placed_from", "placed_until", "statuses")

    title = models.CharField(_("title"), max_length=100, help_text=_("For your colleagues only."))
    what_happened = models.CharField(
        _("what happened"),
        max_length=1000,
        help_text=_("Stands in the letter as it is: write it in your customers' language."),
    )
    product = loose_key(
        "catalogue.Product",
        _("product"),
        _("Its number or its UPC; with a parent go all of its variants."),
    )
    partner = loose_key("partner.Partner", _("partner"), _("Who supplied it."))
    placed_from = models.DateField(_("ordered from"), null=True, blank=True)
    placed_until = models.DateField(
        _("ordered until"),
        null=True,
        blank=True,
        help_text=_("This day included, by the clock of the programme."),
    )
    #: One on each line.
    statuses = models.CharField(
        _("status of the order"),
        max_length=2000,
        blank=True,
        default="",
        help_text=_("As it is when the list is made; none for any."),
    )
    left_out = models.JSONField(default=dict, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    listed_at = models.DateTimeField(_("list made"), null=True, editable=False)
    released_at = models.DateTimeField(_("sent"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    actor = models.CharField(_("sent by"), max_length=64, blank=True, default="", editable=False)

    class Meta:
        app_label = "oscar_loyalty"
        verbose_name = _("apology")
        verbose_name_plural = _("apologies")
        permissions = [("send_apology", "Can send an apology to those it concerns")]
        constraints = [
            models.CheckConstraint(
                condition=Q(product__isnull=False)
                | Q(partner__isnull=False)
                | Q(placed_from__isnull=False)
                | Q(placed_until__isnull=False)
                | ~Q(statuses=""),
                name="loyalty_apology_criteria",
            ),
            models.CheckConstraint(
                condition=Q(placed_from=None)
                | Q(placed_until=None)
                | Q(placed_until__gte=F("placed_from")),
                name="loyalty_apology_days",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, finished_at=None)
                | Q(released_at__isnull=False, listed_at__isnull=False),
                name="loyalty_apology_steps",
            ),
        ]
        indexes = [
            models.Index(
                fields=["released_at"],
                condition=Q(released_at__isnull=False, finished_at=None),
                name="loyalty_apology_going",
            )
        ]

    def __str__(self):
        return self.title

    def clean(self):
        """
        :raises ValidationError: if it concerns everybody, or nobody can be.
        """
        super().clean()
        for name in ("placed_from", "placed_until"):
            day = getattr(self, name)
            if day and day.year not in YEARS:
                raise ValidationError({name: gettext("There is no order from such a day.")})
        if self.placed_from and self.placed_until and self.placed_until < self.placed_from:
            raise ValidationError({"placed_until": gettext("It ends before it begins.")})
        asked = (self.product_id, self.partner_id, self.placed_from, self.placed_until)
        if not (any(asked) or self.statuses):
            raise ValidationError(
                gettext("Say which orders it is about: a product, a partner, days or a status.")
            )


class ApologyRecipient(models.Model):
    """A member on the list of an apology, with the last of the orders that put them there."""

    class Outcome(models.TextChoices):
        WAITING = "", _("Not yet")
        TOLD = "told", _("Told")
        ONCE = "once", _("Told before, in another account")
        BLOCKED = "blocked", _("Blocked")
        NO_ADDRESS = "no-address", _("Cannot be written to")
        DECLINED = "declined", _("Does not want such messages")

    apology = models.ForeignKey(
        Apology, on_delete=models.CASCADE, related_name="recipients", db_index=False
    )
    account = models.ForeignKey(
        "oscar_loyalty.Account",
        on_delete=models.PROTECT,
        related_name="apologies",
        verbose_name=_("member"),
    )
    order_number = models.CharField(_("order number"), max_length=128)
    orders = models.PositiveIntegerField(_("orders"))
    chosen = models.BooleanField(default=True)
    outcome = models.CharField(
        _("outcome"),
        max_length=16,
        blank=True,
        choices=Outcome.choices,
        default=Outcome.WAITING,
    )
    settled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["apology", "account"], name="loyalty_apologyrecipient_once"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", settled_at=None)
                | (~Q(outcome="") & Q(settled_at__isnull=False, chosen=True)),
                name="loyalty_apologyrecipient_done",
            ),
        ]
        indexes = [
            models.Index(
                fields=["apology", "id"],
                condition=Q(outcome="", chosen=True),
                name="loyalty_apology_waiting",
            )
        ]

    def __str__(self):
        return self.order_number

    @property
    def cause(self) -> str:
        """What is told once."""
        return f"{self.apology_id}:{self.pk}"

    @property
    def key(self) -> str:
        """What the coupon is given for, once."""
        return f"apology:{self.cause}"
