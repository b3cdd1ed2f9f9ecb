"""Everything that is due: run it once an hour, a minute, or twice at the same time."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.flows import (
    member_joined,
    offers_in_step,
    order_placed,
    order_status_changed,
)
from oscar_loyalty.flows.tier_progress import announce_change
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers import services as tiers
from oscar_loyalty.shop import orders, people

Thing = TypeVar("Thing")
Answer = TypeVar("Answer")

logger = logging.getLogger("oscar_loyalty")

CHUNK = 2000


def run(*, at: datetime) -> dict[str, int | None]:
    """
    Do every due job and say how much each changed; None where it failed, which stops no other.

    The order is that of a new day: points become spendable, orders are caught up with, tiers are
    reviewed, and the offers follow.
    """
    jobs: dict[str, Callable[..., int]] = {
        "members whose points became spendable": ledger.mature_due,
        "customers enrolled late": enrol_missed,
        "orders awarded late": award_missed,
        "orders brought in line": settle_missed,
        "tier changes": review_tiers,
        "offers kept in step": keep_offers_in_step,
    }
    return {name: _attempt(name, partial(job, at=at)) for name, job in jobs.items()}


def award_missed(*, at: datetime) -> int:
    """Award orders that the signal missed, as far back as the sweep looks."""
    terms = terms_queries.written()
    if terms is None:
        return 0
    since = max(terms.starts_at, at - timedelta(days=conf.SWEEP_DAYS()))
    missed = earning_queries.awaiting_decision(orders.placed(since=since, before=at))
    awarded = _each(list(missed), partial(order_placed.run, at=at))
    return sum(points is not None for points in awarded)


def settle_missed(*, at: datetime) -> int:
    """Bring orders in line whose status changed without a signal, as imports do."""
    since = at - timedelta(days=conf.SWEEP_DAYS())
    cancelled = conf.CANCELLED_STATUSES()
    numbers = earning_queries.out_of_step(
        orders.numbers_in(cancelled, since=since),
        orders.numbers_in(cancelled, since=since, outside=True),
    )
    terms = terms_queries.written()
    if terms and terms.spendable == "on-status":
        reached = orders.numbers_that_passed(terms.spendable_status, since=since)
        numbers += earning_queries.awaiting(reached)
    elif terms:
        numbers += earning_queries.awaiting()
    return len(_each(numbers, partial(order_status_changed.run, at=at)))


def review_tiers(*, at: datetime) -> int:
    """The daily review of every member, unless today's is finished."""
    terms = terms_queries.current()
    if terms is None or tiers_queries.review_finished(terms.local_date(at)):
        return 0
    changes, last = 0, 0
    while chunk := tiers_queries.accounts_after(last, limit=CHUNK):
        last = chunk[-1]
        changes += _review(chunk, terms, at)
    tiers.finish_review(terms.local_date(at), changes=changes, at=at)
    return changes


def keep_offers_in_step(*, at: datetime) -> int:
    """Mend what was changed behind the admin's back, or failed in front of it."""
    return offers_in_step.run(language=settings.LANGUAGE_CODE)


def enrol_missed(*, at: datetime) -> int:
    """Make members of customers whose registration was missed, as far back as the sweep looks."""
    terms = terms_queries.current()
    if terms is None:
        return 0
    since = max(terms.starts_at, at - timedelta(days=conf.SWEEP_DAYS()))
    missed = people.registered_without_account(since=since)
    return len(_each(missed, partial(member_joined.run, at=at)))


def _each(things: Iterable[Thing], run: Callable[[Thing], Answer]) -> list[Answer]:
    """What `run` answers for every one of them; one that fails is logged, and stops no other."""
    answers, failed = [], 0
    for thing in things:
        try:
            answers.append(run(thing))
        except Exception:
            logger.exception("loyalty: %r failed", thing)
            failed += 1
    if failed:
        raise RuntimeError(f"{failed} failed, {len(answers)} done")
    return answers


def _review(account_ids: list[int], terms: Terms, at: datetime) -> int:
    """Only who would move is locked, and then looked at again: an order may have come between."""
    today = terms.local_date(at)
    moving = sorted(tiers_queries.reviewed(account_ids, terms, today))
    if not moving:
        return 0
    with transaction.atomic():
        ledger.lock(moving)
        changes = tiers.review(moving, terms, today, at=at)
        for change in changes:
            announce_change(change)
    return len(changes)


def _attempt(name: str, job: Callable[[], int]) -> int | None:
    try:
        return job()
    except Exception:
        logger.exception("loyalty: the job %r failed", name)
        return None
