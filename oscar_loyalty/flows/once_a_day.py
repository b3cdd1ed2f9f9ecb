"""Somebody is to be written to on a certain day: who, is searched for once a day."""

from collections.abc import Callable
from datetime import datetime

from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.policy import Kind
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms

#: Finds members and queues what they are told; how many.
Search = Callable[[Terms, datetime], int]


def run(kind: Kind, search: Search, *, at: datetime) -> int:
    """
    Search, unless today's search is finished or such messages are not sent; how many were found.

    One that is broken off is done again from its beginning: what it had queued has its key.
    """
    terms = terms_queries.current()
    if terms is None or kind.code not in messages_queries.active_days():
        return 0
    day = terms.local_date(at)
    if messages_queries.is_searched(kind.code, day):
        return 0
    found = search(terms, at)
    messages.finish_search(kind.code, day, found=found, at=at)
    return found
