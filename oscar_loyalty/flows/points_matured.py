"""Points that waited for a day become spendable."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from oscar_loyalty.flows import one_by_one
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger

CHUNK = 2000


def run(*, at: datetime) -> int:
    """Make spendable what is due and say how many members gained."""
    return one_by_one.run_chunks(_chunks(at), partial(ledger.mature_due, at=at))


def _chunks(at: datetime) -> Iterator[list[int]]:
    last = 0
    while chunk := ledger_queries.accounts_with_due_lots(at, after=last, limit=CHUNK):
        last = chunk[-1]
        yield chunk
