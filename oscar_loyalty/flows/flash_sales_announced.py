"""A flash sale opens: members hear of it as soon as they may buy, the chosen tiers first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from oscar_loyalty import conf
from oscar_loyalty.flows import audience, campaign_drawn, message_queued, one_by_one
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns.policy import Sale
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.policy import FLASH_SALE, key_of
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.tiers import queries as tiers_queries


def run(*, at: datetime) -> int:
    """Tell of every sale that has opened, each member once; how many were told."""
    if terms_queries.current() is None or not message_queued.is_on(FLASH_SALE):
        return 0
    return sum(one_by_one.run(_opened(at), partial(_tell, at=at)))


def _opened(at: datetime) -> Iterator[tuple[Sale, datetime]]:
    """Sales, with the last moment at which somebody's turn came, that was not told of yet."""
    for sale in campaigns_queries.announced(at=at):
        turns = [sale.opens_at(rank) for rank in (None, *(rank for rank, _hours in sale.early))]
        come = [turn for turn in turns if turn and turn <= at]
        if come and not messages_queries.is_searched(_search(sale, max(come)), max(come).date()):
            yield sale, max(come)


def _tell(opened: tuple[Sale, datetime], *, at: datetime) -> int:
    sale, turn = opened

    def tell(account_ids: Sequence[int]) -> int:
        ranks = tiers_queries.ranks_of(account_ids)
        able = [pk for pk in account_ids if sale.is_open(ranks.get(pk), at)]
        about, untold = str(sale.sale_id), _untold(sale, able)
        news = campaign_drawn.run(FLASH_SALE, about, untold, per_cent=sale.hold_out, at=at)
        message_queued.run(News(FLASH_SALE, pk, _cause(sale, pk), at, about=about) for pk in news)
        return len(news)

    told = one_by_one.run_chunks(audience.willing(FLASH_SALE), tell)
    messages.finish_search(_search(sale, turn), turn.date(), found=told, at=at)
    return told


def _untold(sale: Sale, account_ids: Sequence[int]) -> list[int]:
    """Those who were not told by any channel when it was the turn of others."""
    ways = {
        pk: {key_of(FLASH_SALE, _cause(sale, pk), channel=channel) for channel in conf.CHANNELS()}
        for pk in account_ids
    }
    done = messages_queries.queued({key for keys in ways.values() for key in keys})
    return [pk for pk in account_ids if done.isdisjoint(ways[pk])]


def _cause(sale: Sale, account_id: int) -> str:
    return f"{sale.sale_id}:{account_id}"


def _search(sale: Sale, turn: datetime) -> str:
    return f"{FLASH_SALE.code}:{sale.sale_id}:{turn:%H%M}"
