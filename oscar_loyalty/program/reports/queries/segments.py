"""Parts of the customers that a report can be asked about, as they are today."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.program.reports.policy.tables import ALL
from oscar_loyalty.program.tiers.models import Standing, Tier

MEMBERS, OTHERS, NO_TIER = "members", "non-members", "no-tier"
_TIER = "tier-"


def choices() -> list[tuple[str, str]]:
    """Every segment there is: its code, and what it is called."""
    tiers = [(f"{_TIER}{tier.rank}", str(tier)) for tier in Tier.objects.all()]
    return [
        (ALL, _("All customers")),
        (MEMBERS, _("Members")),
        (OTHERS, _("Customers who are no members")),
        *tiers,
        (NO_TIER, _("Members without a tier")),
    ]


def of(segment: str, customer: str = "customer_id") -> Q:
    """The customers of a segment, where the column `customer` says who a row is about."""
    if segment == ALL:
        return Q()
    if segment == OTHERS:
        # Not by "not in", for which PostgreSQL goes through all members for every row.
        return Q(~Exists(_members().filter(user_id=OuterRef(customer))))
    return Q(**{f"{customer}__in": _members() if segment == MEMBERS else _on_tier(segment)})


def _members() -> QuerySet[Any]:
    return Account.objects.filter(user__isnull=False).values("user_id")


def _on_tier(segment: str) -> QuerySet[Any]:
    standings = Standing.objects.filter(account__user__isnull=False)
    if segment == NO_TIER:
        standings = standings.filter(tier=None)
    else:
        standings = standings.filter(tier__rank=segment.removeprefix(_TIER))
    return standings.values("account__user_id")
