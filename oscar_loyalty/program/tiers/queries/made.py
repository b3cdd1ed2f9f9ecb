"""What members have made towards tiers."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, QuerySet, Sum
from django.db.models.functions import Cast

from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import policy
from oscar_loyalty.program.tiers.models import QualifyingEvent

AMOUNT = DecimalField(max_digits=20, decimal_places=2)


def rules_of(terms: Terms) -> policy.Rules:
    """How the ladder is climbed and left under `terms`."""
    return policy.Rules(terms.window, terms.window_months, terms.downgrade, terms.grace_days)


def made_by(terms: Terms, day: date) -> QuerySet[QualifyingEvent]:
    """What counts on `day`: from the beginning of its window to its own end."""
    start = policy.window_starts_on(rules_of(terms), day)
    events = QualifyingEvent.objects.filter(occurred_at__lt=terms.midnight(day + timedelta(days=1)))
    return events.filter(occurred_at__gte=terms.midnight(start)) if start else events


def progress_of(account_ids: Collection[int], terms: Terms, day: date) -> dict[int, Decimal]:
    """What each of the members has made that counts on `day`; those with nothing are not there."""
    made = made_by(terms, day).filter(account_id__in=account_ids)
    sums = made.order_by().values("account_id").annotate(made=summed(terms))
    return {pk: exact(amount) for pk, amount in sums.values_list("account_id", "made")}


def exact(amount: Any) -> Decimal:
    """A sum to the hundredth: SQLite adds decimals as binary fractions."""
    return Decimal(amount).quantize(Decimal("0.01"))


def summed(terms: Terms) -> Sum:
    """The sum of what the programme measures."""
    return Sum(Cast(terms.measure, AMOUNT))
