"""A member asks what the shop holds about them."""

from django.db import transaction

from oscar_loyalty import bulk
from oscar_loyalty.program.apologies import queries as apologies_queries
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.members import queries as members_queries
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.oversight import queries as oversight_queries
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.reports.queries import counting
from oscar_loyalty.program.reviews import queries as reviews_queries
from oscar_loyalty.program.surprises import queries as surprises_queries
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.winback import queries as winback_queries

ROOMS = (
    ledger_queries,
    members_queries,
    oversight_queries,
    earning_queries,
    redemption_queries,
    coupons_queries,
    campaigns_queries,
    surprises_queries,
    apologies_queries,
    tiers_queries,
    reviews_queries,
    messages_queries,
    winback_queries,
    counting,
)


@transaction.atomic
def run(account_id: int) -> dict[str, list[bulk.Row]]:
    """
    Every row of ours about the member, by what it is; those of merged accounts too.

    Beside them are the names of all tiers.
    """
    family = ledger_queries.family_of(account_id)
    rows: dict[str, list[bulk.Row]] = {}
    for room in ROOMS:
        rows |= room.rows_about(family)
    return rows
