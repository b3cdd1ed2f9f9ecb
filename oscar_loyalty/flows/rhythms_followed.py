"""How often each member orders is followed, order by order, and how soon newcomers come again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain

from oscar_loyalty.flows import one_by_one
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.winback import policy
from oscar_loyalty.program.winback import queries as winback_queries
from oscar_loyalty.program.winback import services as winback
from oscar_loyalty.program.winback.models import Lapse
from oscar_loyalty.program.winback.services import Followed

#: What newcomers of the whole shop do changes slowly.
RECKONED_EVERY = timedelta(days=7)

#: When orders that stand were placed, and their numbers.
Placed = Sequence[tuple[datetime, str]]


def run(terms: Terms, *, at: datetime) -> None:
    """
    Look at members with new orders, or with orders that came back, and at nobody else.

    A checkout writes nothing for it. Done again, it finds the same.
    """
    shop, newest, today = (
        winback_queries.shop_rhythm(),
        earning_queries.newest(),
        terms.local_date(at),
    )
    buyers = earning_queries.customers_since(shop.followed_before)
    changed = chain(winback_queries.stale(), buyers)
    one_by_one.run_chunks(one_by_one.chunks_of(changed), partial(_follow, terms=terms))
    winback.note_followed(newest, today)
    if shop.reckoned_on is None or today >= shop.reckoned_on + RECKONED_EVERY:
        _reckon_newcomers(today)


def end_lapses(account_ids: Collection[int], placed: Mapping[int, Placed]) -> None:
    """Whoever has ordered since they were missed is missed no more."""
    for lapse in winback_queries.open_lapses(account_ids):
        back = _first_after(lapse, placed.get(lapse.account_id, ()))
        if back:
            winback.end(lapse.pk, at=back[0], by=back[1])


def _follow(account_ids: list[int], *, terms: Terms) -> int:
    # An order that comes back meanwhile waits, and marks the rhythm as stale after us.
    ledger.lock(account_ids)
    owned = ledger_queries.owned_among(account_ids)
    placed = earning_queries.purchases_of(owned)
    winback.keep_rhythms({pk: _followed(placed.get(pk, ()), terms) for pk in sorted(owned)})
    end_lapses(owned, placed)
    return len(owned)


def _followed(placed: Placed, terms: Terms) -> Followed:
    rhythm = policy.rhythm_of(terms.local_date(moment) for moment, _number in placed)
    return (placed[-1][0], rhythm) if rhythm else None


def _first_after(lapse: Lapse, placed: Placed) -> tuple[datetime, str] | None:
    return next((order for order in placed if order[0] > lapse.began_at), None)


def _reckon_newcomers(today: date) -> None:
    gaps = winback_queries.first_gaps()
    days = policy.gap_covering(policy.NEWCOMERS_PER_CENT, gaps)
    winback.note_newcomers_gap(days, today)
