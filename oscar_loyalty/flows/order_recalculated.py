"""Something of an order came back, or was kept after all: its points follow, whatever it was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from oscar_loyalty.flows import (
    coupons_returned,
    order_kept,
    order_placed,
    points_expired,
    points_told,
    review_rewarded,
    tier_progress,
)
from oscar_loyalty.flows.order_kept import Target
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.earning.policy.stored import Kept
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.redemption import services as redemption
from oscar_loyalty.program.redemption.models import Hold
from oscar_loyalty.program.reports import services as reports
from oscar_loyalty.program.reviews import queries as reviews_queries
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.winback import services as winback
from oscar_loyalty.shop import returns
from oscar_loyalty.signals import announce, points_clawed_back, points_earned, points_returned


@dataclass(frozen=True)
class Recalculated:
    """Points given (negative: taken back) and spent points returned (negative: taken again)."""

    points: int = 0
    returned: int = 0


@transaction.atomic
def run(order_number: str, *, at: datetime) -> Recalculated:
    """
    Bring the books in line with what is kept of the order by now, and say what was posted.

    It looks at all that has come back so far and posts the difference: call it on any event, twice,
    or late.
    """
    # Before the account is locked, as an order does that uses a coupon and points.
    coupons_returned.run(order_number, at=at)
    return run_points(order_number, at=at)


@transaction.atomic
def run_points(order_number: str, *, at: datetime) -> Recalculated:
    """Bring the points of the order in line, and leave its coupons alone."""
    reports.note_changed(order_number)
    posted = _run_own(order_number, at=at)
    # Points that return first can pay for what is taken.
    review_rewarded.follow(order_number, at=at)
    return posted


def _run_own(order_number: str, *, at: datetime) -> Recalculated:
    award, hold = _locked_books_of(order_number)
    books = award or hold
    if books is None:
        return Recalculated()
    order = returns.returns_of([order_number]).get(order_number)
    if order is None:
        return Recalculated()
    target = order_kept.of(order, award, hold)
    if order_kept.is_met(target, award, hold):
        return Recalculated()
    terms = terms_queries.written()
    before = points_told.standing_of(award, hold)
    # What comes back first, so that a member who has spent it all can pay what is taken.
    returned = _give_back(hold, target.returned, terms, at) if hold else 0
    points = _carry(award, target, returned, terms, at) if award else 0
    if points or returned:
        points_told.run(order_number, books.account_id, before, at=at)
    return Recalculated(points, returned)


def out_of_step(order_numbers: Iterable[str]) -> list[str]:
    """Those of the orders whose books do not say what is kept of them."""
    numbers = list(order_numbers)
    awards = {award.order_number: award for award in earning_queries.decided(numbers)}
    holds = redemption_queries.spending_on(numbers)
    found = returns.returns_of(sorted({*awards, *holds}))
    wrong = []
    for number, order in found.items():
        award, hold = awards.get(number), holds.get(number)
        if not order_kept.is_met(order_kept.of(order, award, hold), award, hold):
            wrong.append(number)
    wrong += coupons_returned.out_of_step(numbers)
    rewards = review_rewarded.out_of_step(reviews_queries.resting_on(numbers))
    return list(dict.fromkeys([*wrong, *(reward.order_number for reward in rewards)]))


def _locked_books_of(order_number: str) -> tuple[Award | None, Hold | None]:
    """The books of an order about which nobody else posts, nor has posted what we do not see."""
    locked: set[int] = set()
    while True:
        books = _books_of(order_number)
        accounts = {one.account_id for one in books if one}
        # While we waited, the account may have been merged into another.
        if accounts <= locked:
            return books
        ledger.lock(accounts)
        locked = accounts


def _books_of(order_number: str) -> tuple[Award | None, Hold | None]:
    hold = redemption_queries.spending_on([order_number]).get(order_number)
    return earning_queries.award_of(order_number), hold


def _give_back(hold: Hold, target: int | None, terms: Terms | None, at: datetime) -> int:
    if target is None or target == hold.returned:
        return 0
    returned = redemption.give_back(
        hold.order_number,
        target,
        at=at,
        least=coupons_returned.good_at_least_until(terms, at),
        ending=points_expired.ending(terms, hold.account_id) if terms else lambda _life: None,
    )
    announce(
        points_returned,
        account_id=hold.account_id,
        points=returned,
        order_number=hold.order_number,
    )
    return returned


def _carry(award: Award, target: Target, returned: int, terms: Terms | None, at: datetime) -> int:
    """Take points of the order back, or give them again, and count it accordingly."""
    if target.kept is None:
        return 0
    rises = target.kept.points > award.carried or target.kept.base > award.kept_base
    may_owe = terms is None or terms.clawback == "debt"
    posted = _settle(award, target.kept, returned, at, may_owe=may_owe) if award.points else 0
    award.carried, award.kept_base = target.kept.points, target.kept.base
    award.cancelled = target.cancelled
    earning.carry(award)
    earning.recount_uses(award, target.shares)
    winback.mark_stale(award.account_id)
    if award.qualifies:
        # Only an order that counts for more than before may have lifted the member.
        tier_progress.count(award, terms if rises else None, at=at)
    return posted


def _settle(award: Award, kept: Kept, returned: int, at: datetime, *, may_owe: bool) -> int:
    """
    Post the difference; what a member cannot pay and need not owe is forgiven for good.

    The books carry what was forgiven beside what should be carried, so that a later look at the
    order takes neither again; when points are due again they count first.
    """
    before = award.booked
    goal = kept.points + _forgiven(award, kept, returned)
    if returned < 0 and not may_owe:
        # Goods that are kept after all are paid for, but what was taken back is not owed for that.
        owed = min(ledger_queries.debt_of(award.account_id), -returned)
        goal = max(goal, min(before + owed, award.points)) if owed else goal
    posted = 0
    if goal != before:
        first = order_placed.accruals_of(award)
        posted = ledger.settle_order(award.account_id, first, goal, at=at, may_owe=may_owe)
    award.forgiven = before + posted - kept.points
    if posted:
        _announce(award, posted)
    return posted


def _forgiven(award: Award, kept: Kept, returned: int) -> int:
    """
    How much of what is taken back the order need not give, or not any more.

    What has expired is gone and not taken twice. What else was forgiven is paid out of spent points
    that return: together they would have been no loss.
    """
    expired = ledger_queries.expired_of(award.order_number)
    rises = kept.points - award.carried
    if rises < 0:
        forgiven = min(award.forgiven - rises, max(award.forgiven, expired))
    else:
        forgiven = max(award.forgiven - rises, 0)
    return max(forgiven - max(returned, 0), min(forgiven, expired))


def _announce(award: Award, difference: int) -> None:
    announce(
        points_earned if difference > 0 else points_clawed_back,
        account_id=award.account_id,
        points=abs(difference),
        source=f"order:{award.order_number}",
        order_number=award.order_number,
    )
