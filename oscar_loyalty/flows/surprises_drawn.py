"""Every day some members win a surprise, by lot: as many as the month's budget pays."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import transaction

from oscar_loyalty.flows import audience, members_treated, message_queued, one_by_one
from oscar_loyalty.program.messages.policy import SURPRISE
from oscar_loyalty.program.surprises import policy
from oscar_loyalty.program.surprises import queries as surprises_queries
from oscar_loyalty.program.surprises import services as surprises
from oscar_loyalty.program.surprises.policy import Ticket
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms


def run(*, at: datetime) -> int:
    """
    Hold today's draw, unless it was held, and give what was won; how many were surprised.

    A day that a stopped worker missed has no draw.
    """
    terms = terms_queries.current()
    if terms is None or not message_queued.is_on(SURPRISE) or not surprises_queries.chosen():
        return 0
    # Committed before anybody's number is known: whoever broke off a draw cannot have another.
    surprises.open_draw(terms.local_date(at))
    _draw(terms, at)
    won = surprises_queries.not_given()
    chunks = (won[start : start + audience.CHUNK] for start in range(0, len(won), audience.CHUNK))
    return one_by_one.run_chunks(chunks, partial(_give, terms=terms, at=at))


@transaction.atomic
def _draw(terms: Terms, at: datetime) -> None:
    surprises.lock()
    draw, rules = surprises.open_draw(terms.local_date(at)), surprises_queries.chosen()
    if draw.finished_at or rules is None:
        return
    limit = policy.limit(rules.chance, draw.day)
    candidates, tickets = _tickets(draw.seed, limit, draw.day - timedelta(days=rules.least_days))
    cost = rules.cost(terms.value)
    places = policy.affordable(rules.budget, _spent(draw.day), cost)
    surprises.finish(
        draw,
        policy.winners(tickets, places=places),
        chance=rules.chance,
        cost=cost,
        candidates=candidates,
        drawn=len(tickets),
        at=at,
    )


def _tickets(seed: str, limit: int, last_surprise: date) -> tuple[int, list[Ticket]]:
    """How many take part, and the tickets that win."""
    surprised = surprises_queries.surprised_after(last_surprise)
    candidates, winning = 0, []
    for chunk in audience.willing(SURPRISE):
        eligible = [account_id for account_id in chunk if account_id not in surprised]
        candidates += len(eligible)
        tickets = ((policy.number(seed, account_id), account_id) for account_id in eligible)
        winning += [ticket for ticket in tickets if ticket[0] < limit]
    return candidates, winning


def _give(gift_ids: list[int], *, terms: Terms, at: datetime) -> int:
    """Those who cannot be given it any more, or only what costs more by now, leave the budget."""
    rules = surprises_queries.chosen()
    if rules is None:
        return 0
    cost = rules.cost(terms.value)
    causes = {
        gift.account_id: f"{gift.draw.day}:{gift.account_id}"
        for gift in surprises_queries.gifts(gift_ids)
        if gift.draw.cost is not None and gift.draw.cost >= cost
    }
    treated = members_treated.run(SURPRISE, rules, causes, about="", terms=terms, at=at)
    surprises.settle(gift_ids, treated, at=at)
    return len(treated)


def _spent(day: date) -> Decimal:
    return surprises_queries.spent(*policy.month_of(day))
