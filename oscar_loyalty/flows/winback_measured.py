"""What writing to members who stayed away has brought, beside those who were held out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.winback import policy
from oscar_loyalty.program.winback import queries as winback_queries
from oscar_loyalty.program.winback.models import Lapse
from oscar_loyalty.program.winback.policy import Gain, Group

#: What members order in so many days after they were missed is counted.
DAYS = 60


@dataclass(frozen=True)
class Measured:
    """
    The two groups, and what is gained; None where they are too small to say.

    Lapses that are still `running` are left out: of these, not all orders have come yet.
    """

    written: Group
    held_out: Group
    gain: Gain | None
    running: int
    currency: str


def run(lapses: QuerySet[Lapse], *, at: datetime) -> Measured:
    """
    Compare the members of these lapses: all that were to be written to, with all held out by lot.

    Whoever got none of the messages counts with those who did: the lot has chosen them all alike,
    and only so nothing but the messages makes the difference.
    """
    over = lapses.filter(found_at__lte=at - timedelta(days=DAYS))
    revenue = earning_queries.revenue_within(DAYS, since="found_at")
    outcomes = over.order_by().annotate(revenue=revenue).values_list("held_out", "revenue")
    written, held_out = winback_queries.groups(outcomes)
    terms = terms_queries.written()
    return Measured(
        written,
        held_out,
        policy.gain(written, held_out),
        running=lapses.count() - written.members - held_out.members,
        currency=terms.currency if terms else "",
    )
