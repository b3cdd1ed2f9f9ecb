"""Everything that is due: run it once an hour, a minute, or twice at the same time."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice

from django.conf import settings
from django.db import transaction

from oscar_loyalty import conf
from oscar_loyalty.flows import (
    apology_sent,
    audit_kept,
    birthdays_found,
    coupon_given,
    coupon_used,
    coupons_pruned,
    expiry_foreseen,
    flash_sales_announced,
    flash_sales_kept,
    flash_units_claimed,
    flash_units_sold,
    lifetime_fitted,
    member_joined,
    members_missed,
    occasions_greeted,
    offers_in_step,
    one_by_one,
    order_placed,
    order_recalculated,
    order_status_changed,
    payment_begins,
    points_expired,
    points_matured,
    points_spent,
    points_taken_off,
    profile_deleted,
    programme_simulated,
    review_rewarded,
    sales_counted,
    surprises_drawn,
    tiers_foreseen,
)
from oscar_loyalty.flows.tier_progress import announce_change
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.members import queries as members_queries
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers import services as tiers
from oscar_loyalty.shop import orders, people, returns

logger = logging.getLogger("oscar_loyalty")

CHUNK = 2000


def run(*, at: datetime) -> dict[str, int | None]:
    """Do every due job; how much each changed, None where it failed, which stops no other."""
    return {name: _attempt(name, partial(job, at=at)) for name, job in _jobs().items()}


def _jobs() -> dict[str, Callable[..., int]]:
    """
    Every job, by what its figure counts.

    The order is that of a new day: points become spendable, orders are caught up with, points
    expire, tiers are reviewed, the offers follow, and then members are written to.
    """
    return {
        "members whose points became spendable": points_matured.run,
        "customers enrolled late": enrol_missed,
        "baskets whose points were spent late": points_spent.run_missed,
        "baskets whose points were let go": points_taken_off.run_expired,
        # An order that nobody has seen yet may be what keeps points alive.
        "orders awarded late": award_missed,
        "members warned before points expire": expiry_foreseen.run,
        "members whose points expired": points_expired.run,
        "coupons claimed late": coupon_used.run_missed,
        "coupons whose offer was deleted": coupon_given.tie_again,
        "coupons that expired after all": payment_begins.expire_given_up,
        "codes that expired long ago": coupons_pruned.run,
        "flash sale units sold late, or back from an order": flash_units_sold.run_missed,
        "baskets whose flash sale units came back": flash_units_claimed.run_expired,
        "flash sales kept in step": flash_sales_kept.run,
        "orders brought in line": settle_missed,
        "reviews brought in line": review_rewarded.run_missed,
        "tier changes": review_tiers,
        "members told about the next tier, or their own": tiers_foreseen.run,
        "birthdays celebrated": birthdays_found.run,
        "members told of an apology": apology_sent.run,
        "offers kept in step": keep_offers_in_step,
        "deleted profiles forgotten late": profile_deleted.run_missed,
        # After all orders are known: whoever has come back is missed no more.
        "members told that they are missed": members_missed.run,
        "members told of a flash sale": flash_sales_announced.run,
        "members greeted on occasions": occasions_greeted.run,
        "members surprised": surprises_drawn.run,
        # Behind all that may still bring an order in line.
        "orders counted for the reports": sales_counted.run,
        "customers whose value was estimated": lifetime_fitted.run,
        # Behind the others: what they have just mended is no fault any more.
        "faults found in the books": audit_kept.run,
        # Last: with all orders of a shop it takes its time, and nobody waits for it but staff.
        "simulations": programme_simulated.run_due,
    }


def award_missed(*, at: datetime) -> int:
    """Award orders that the signal missed, as far back as the sweep looks."""
    terms = terms_queries.written()
    if terms is None:
        return 0
    since = max(terms.starts_at, at - timedelta(days=conf.SWEEP_DAYS()))
    missed = earning_queries.awaiting_decision(orders.placed(since=since, before=at))
    awarded = one_by_one.run(list(missed), partial(order_placed.run, at=at))
    return sum(points is not None for points in awarded)


def settle_missed(*, at: datetime) -> int:
    """Bring orders in line that changed, or came back, without a signal, as imports do."""
    since = at - timedelta(days=conf.SWEEP_DAYS())
    numbers = _out_of_step(since)
    terms = terms_queries.written()
    if terms and terms.spendable == "on-status":
        reached = orders.numbers_that_passed(terms.spendable_status, since=since)
        numbers += earning_queries.awaiting(reached)
    elif terms:
        numbers += earning_queries.awaiting()
    return len(one_by_one.run(numbers, partial(order_status_changed.run, at=at)))


def _out_of_step(since: datetime) -> list[str]:
    """
    Orders whose books do not say what is kept of them.

    By what they say and not by when they were written: an event may be dated before the last look
    at its order, and have been committed after it.
    """
    moved = orders.numbers_moved(since=since)
    suspects = chain(
        returns.touched(since=since),
        earning_queries.reduced(moved).iterator(),
        redemption_queries.with_returns(moved).iterator(),
        coupons_queries.replaced(moved).iterator(),
    )
    wrong: list[str] = []
    while chunk := list(islice(suspects, CHUNK)):
        wrong += order_recalculated.out_of_step(dict.fromkeys(chunk))
    return wrong


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
    """
    Make members of customers whose registration was missed, as far back as the sweep looks.

    Whoever was erased is left alone, until a new order makes them a member again.
    """
    terms = terms_queries.current()
    if terms is None:
        return 0
    since = max(terms.starts_at, at - timedelta(days=conf.SWEEP_DAYS()))
    erased = members_queries.erased_profiles()
    missed = [
        user_id
        for user_id in people.registered_besides(ledger_queries.owners(), since=since)
        if erased.keys().isdisjoint(people.profile_keys(user_id))
    ]
    return len(one_by_one.run(missed, partial(member_joined.run, at=at)))


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
