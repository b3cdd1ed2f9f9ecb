"""An occasion is near: the members it is for are wished well, once each."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from oscar_loyalty.flows import (
    audience,
    campaign_drawn,
    members_treated,
    message_queued,
    one_by_one,
)
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.policy import OCCASION
from oscar_loyalty.program.occasions import queries as occasions_queries
from oscar_loyalty.program.occasions.models import Occasion
from oscar_loyalty.program.occasions.policy import Occurrence, due
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.shop import mails


def run(*, at: datetime) -> int:
    """
    Greet on every occasion that is near, each year once; how many were greeted.

    From its first day until the occasion itself: a worker that sleeps on that day is late, not
    silent. An occasion that is set up when it is near already is greeted on, too.
    """
    terms = terms_queries.current()
    if terms is None or not message_queued.is_on(OCCASION):
        return 0
    return sum(one_by_one.run(_near(terms, at), partial(_greet, terms=terms, at=at)))


def _near(terms: Terms, at: datetime) -> Iterator[tuple[Occasion, Occurrence]]:
    today = terms.local_date(at)
    for occasion in occasions_queries.active():
        near = due(occasion.feast, days_ahead=occasion.days_ahead, today=today)
        # By the day of the calendar: one that is announced otherwise later is the same.
        if near and not messages_queries.is_searched(_search(occasion), near.calendar_date):
            yield occasion, near


def _greet(near: tuple[Occasion, Occurrence], *, terms: Terms, at: datetime) -> int:
    occasion, day = near[0], near[1].calendar_date
    about = f"{occasion.pk}:{day}"

    def treat(account_ids: list[int]) -> int:
        chosen = campaign_drawn.run(OCCASION, about, account_ids, per_cent=occasion.hold_out, at=at)
        causes = {account_id: f"{about}:{account_id}" for account_id in chosen}
        treated = members_treated.run(OCCASION, occasion, causes, about=about, terms=terms, at=at)
        return len(treated)

    chunks = (_meant(occasion, chunk) for chunk in audience.willing(OCCASION))
    greeted = one_by_one.run_chunks(filter(None, chunks), treat)
    messages.finish_search(_search(occasion), day, found=greeted, at=at)
    return greeted


def _meant(occasion: Occasion, account_ids: list[int]) -> list[int]:
    """Those of the members whose tier and language the occasion is for."""
    if occasion.tier_id is not None:
        tiers = tiers_queries.tiers_of(account_ids)
        account_ids = [pk for pk in account_ids if tiers.get(pk) == occasion.tier_id]
    if occasion.language:
        languages = messages_queries.last_languages(account_ids)
        account_ids = [
            pk for pk in account_ids if mails.supported(languages.get(pk, "")) == occasion.language
        ]
    return account_ids


def _search(occasion: Occasion) -> str:
    return f"{OCCASION.code}:{occasion.pk}"
