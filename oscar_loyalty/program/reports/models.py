"""What customers bought, month by month, and what that rests on."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

_MONEY = {"max_digits": 14, "decimal_places": 2}


class CustomerMonth(models.Model):
    """
    The orders of a customer in one month, as far as they were kept.

    Months are numbers (see `policy.periods`). Beside each stand the customer's first month, the one
    before and the one after in which they ordered, and what had come together by its end: so nearly
    every report is one look at some months, and none has to go through a customer's whole past.
    """

    # Follows from the shop's orders at any time: it must never be what keeps a customer there.
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    month = models.IntegerField()
    cohort = models.IntegerField()
    previous_month = models.IntegerField(null=True)
    next_month = models.IntegerField(null=True)
    orders = models.PositiveIntegerField()
    spend = models.DecimalField(**_MONEY)
    orders_so_far = models.PositiveIntegerField()
    spend_so_far = models.DecimalField(**_MONEY)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "month"], name="loyalty_customermonth_once"
            ),
            models.CheckConstraint(
                condition=Q(orders__gte=1, orders_so_far__gte=F("orders")),
                name="loyalty_customermonth_orders",
            ),
            models.CheckConstraint(
                condition=Q(cohort__lte=F("month"))
                & (Q(previous_month=None) | Q(previous_month__lt=F("month")))
                & (Q(next_month=None) | Q(next_month__gt=F("month"))),
                name="loyalty_customermonth_months",
            ),
        ]
        indexes = [models.Index(fields=["month", "next_month"], name="loyalty_customermonth")]

    def __str__(self):
        return f"{self.customer_id}: {self.month}"


class ReducedOrder(models.Model):
    """
    An order of which something came back: the money that was kept.

    One that does not stand any more counts as none.
    """

    order = models.OneToOneField(
        "order.Order",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="loyalty_reduced",
        db_constraint=False,
    )
    kept = models.DecimalField(**_MONEY)
    stands = models.BooleanField()

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(stands=True, kept__gte=0) | Q(stands=False, kept=0),
                name="loyalty_reducedorder_kept",
            )
        ]

    def __str__(self):
        return f"{self.order_id}: {self.kept}"


class ChangedOrder(models.Model):
    """
    A note that an order may count for something else by now, or all orders of a customer.

    There may be several about one order: who reads a note has not seen what is noted meanwhile.
    """

    order_number = models.CharField(max_length=128, blank=True, default="")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(order_number="", customer__isnull=False)
                | (~Q(order_number="") & Q(customer=None)),
                name="loyalty_changedorder_about",
            )
        ]

    def __str__(self):
        return self.order_number


class GoneOffer(models.Model):
    """
    An offer of ours that was deleted from the shop, and what it had been for.

    Orders name what took something off them for good, by its id.
    """

    class Purpose(models.TextChoices):
        TIER = "tier"
        COUPON = "coupon"
        SALE = "sale"

    offer_id = models.BigIntegerField(unique=True)
    purpose = models.CharField(max_length=8, choices=Purpose.choices)

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()

    def __str__(self):
        return f"{self.offer_id}: {self.purpose}"


class RollUp(models.Model):
    """
    Up to where orders have been counted, and by which currency and time zone.

    `counted_at` is empty until all have been counted once; the row is the lock of whoever counts.
    """

    singleton = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    currency = models.CharField(max_length=12)
    time_zone = models.CharField(max_length=63)
    counted_to = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField(null=True)
    swept_on = models.DateField(null=True)

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()

    def __str__(self):
        return str(self.counted_at)


class LifetimeModel(models.Model):
    """
    What was learned of customers' pasts on a day: the parameters, none where there was too little.

    `expected` says for each month in which customers first ordered how many of them there are, and
    how many orders and how much money are expected of them, in the twelve months from that day.
    """

    fitted_at = models.DateTimeField(unique=True)
    parameters = models.JSONField(default=dict)
    expected = models.JSONField(default=dict)

    class Meta:
        app_label = "oscar_loyalty"
        default_permissions = ()

    def __str__(self):
        return str(self.fitted_at)
