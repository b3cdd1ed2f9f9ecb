"""What sets members apart, as conditions on their accounts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.flows import members_missed, points_expired
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.terms.policy import Terms

#: "Soon", of points that expire.
EXPIRING_DAYS = 30
NOBODY = Q(pk__in=[])


def _born_this_month(terms: Terms, at: datetime) -> Q:
    month = terms.local_date(at).month
    return Q(birthday__month_day__range=(month * 100 + 1, month * 100 + 31))


def _late(terms: Terms, at: datetime) -> Q:
    return Q(pk__in=members_missed.late_now(terms, at).values("account_id"))


def _expiring(terms: Terms, at: datetime) -> Q:
    """While the programme is switched off nothing expires."""
    if not terms.active:
        return NOBODY
    soon = points_expired.lapsings(terms, at + timedelta(days=EXPIRING_DAYS))
    lots = (ledger_queries.lapsed_lots(lapsing) for lapsing in soon)
    return reduce(or_, (Q(pk__in=found.values("account_id")) for found in lots), NOBODY)


#: By the value in the address: what it is called, and whom it finds by the terms at a moment.
SEGMENTS: dict[str, tuple[Any, Callable[[Terms, datetime], Q]]] = {
    "debt": (_("Owe points"), lambda terms, at: Q(balance__lt=0)),
    "blocked": (_("Blocked from spending"), lambda terms, at: Q(blocked_at__isnull=False)),
    "birthday": (_("Birthday this month"), _born_this_month),
    "late": (_("Longer away than usual"), _late),
    "expiring": (_("Points expire within 30 days"), _expiring),
}


def condition(segment: str, terms: Terms | None, *, at: datetime) -> Q:
    """Whom the segment finds; nobody without a programme to go by."""
    return SEGMENTS[segment][1](terms, at) if terms else NOBODY
