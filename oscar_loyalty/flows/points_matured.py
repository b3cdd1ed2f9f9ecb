"""Points that waited for a day become spendable."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from oscar_loyalty.flows import message_queued, one_by_one
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.messages.policy import POINTS_SPENDABLE

CHUNK = 2000


def run(*, at: datetime) -> int:
    """Make spendable what is due and say how many members gained."""
    return one_by_one.run_chunks(_chunks(at), partial(_mature, at=at))


def tell(account_ids: Iterable[int], *, at: datetime) -> None:
    """Let members know that they have more to spend, once on a day."""
    day = at.date()
    message_queued.run(News(POINTS_SPENDABLE, pk, f"{pk}:{day}", at) for pk in account_ids)


def _mature(account_ids: list[int], *, at: datetime) -> int:
    members = ledger.mature_due(account_ids, at=at)
    tell(account_ids, at=at)
    return members


def _chunks(at: datetime) -> Iterator[list[int]]:
    last = 0
    while chunk := ledger_queries.accounts_with_due_lots(at, after=last, limit=CHUNK):
        last = chunk[-1]
        yield chunk
