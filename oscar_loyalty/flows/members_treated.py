"""Members are told something that brings them a present: told and given together, or neither."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.flows import message_queued, presents_given
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.coupons.models import Present
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages import policy
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import Kind
from oscar_loyalty.program.terms.policy import Terms


@transaction.atomic
def run(
    kind: Kind,
    present: Present,
    causes: Mapping[int, str],
    *,
    about: str,
    terms: Terms,
    at: datetime,
) -> list[int]:
    """
    Treat every account once for its cause, and return those that were treated now.

    Left out is who was merged, erased or blocked by the time their account is locked.
    """
    presents_given.lock(present, causes)
    free = sorted(ledger_queries.at_liberty(causes))
    # Whoever did this before us may have given another present, or told it another way.
    ways = {
        pk: {policy.key_of(kind, causes[pk], channel=channel) for channel in conf.CHANNELS()}
        for pk in free
    }
    done = messages_queries.queued({key for keys in ways.values() for key in keys})
    keys = {pk: policy.key_of(kind, causes[pk]) for pk in free if done.isdisjoint(ways[pk])}
    presents_given.run(present, keys, action=kind.code, terms=terms, at=at)
    message_queued.run(News(kind, pk, causes[pk], at, about=about) for pk in keys)
    return list(keys)
