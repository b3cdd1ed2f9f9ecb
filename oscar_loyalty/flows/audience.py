"""Whom marketing may be sent to: the members who asked for it, some at a time."""

from collections.abc import Iterator

from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import Kind

#: So many are locked together while they are given something: a shopper among them waits.
CHUNK = 100


def willing(kind: Kind) -> Iterator[list[int]]:
    """Everybody who is not restrained and wants such messages, in order of account."""
    last = 0
    while found := ledger_queries.at_liberty_after(last, limit=CHUNK):
        last = found[-1]
        yield sorted(messages_queries.willing(kind, found))
