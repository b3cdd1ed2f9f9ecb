"""Points expire, as the terms of the day have it: the chunks of a sweep, soonest first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from django.db.models import Q, Subquery

from oscar_loyalty.flows import one_by_one
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Ending, Life
from oscar_loyalty.program.ledger.queries import Lapsing
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import POINTS_EXPIRING, POINTS_EXPIRING_SOON
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers.models import Standing, Tier
from oscar_loyalty.signals import announce, points_expired

CHUNK = 2000

#: What members are told before points expire.
WARNINGS = (POINTS_EXPIRING, POINTS_EXPIRING_SOON)
#: So late a sweep may take what was warned of.
LATE = timedelta(days=7)
#: Entries that show a member to be active, by the term that says so.
EARNING = ("earn", "bonus")
SPENDING = ("redeem",)


def run(*, at: datetime) -> int:
    """
    Expire what is due and say how many members lost points.

    While the programme is switched off nothing expires.
    """
    terms = terms_queries.current()
    return sum(one_by_one.run(expirings(terms, at), _expire)) if terms else 0


def expirings(terms: Terms, at: datetime) -> Iterator[Lapsing]:
    """What is taken at `at` of what has lapsed: after a warning, where the shop promises that."""
    warned = Q()
    if terms.expiry_after_warning:
        since = warned_since(terms, at)
        unsettled = messages_queries.unsettled([kind.code for kind in WARNINGS], since)
        warned = ledger_queries.warned(since) & ~Q(unsettled)
    for lapsing in lapsings(terms, at):
        yield replace(lapsing, members=lapsing.members & warned)


def lapsings(terms: Terms, at: datetime) -> Iterator[Lapsing]:
    """What has lapsed by `at`: of members of each tier with months of its own, and of the rest."""
    own = Tier.objects.expiry_months() if terms.counts_expiry_in_months else {}
    if not own:
        yield _lapsing(terms, at, Q(), Q())
        return
    grace = terms.grace_since(at)
    # Who came to a tier, or what came to a member by a merge, may have had more months before.
    settled = ~Q(Standing.objects.moved_since(grace)) & ~Q(ledger_queries.arrived_since(grace))
    yield _lapsing(terms, at, ~Q(Standing.objects.on_one_of(own)), settled)
    for tier_id, months in own.items():
        yield _lapsing(terms, at, Q(Standing.objects.on_one_of([tier_id])), settled, months=months)


def warned_since(terms: Terms, at: datetime) -> date:
    """A warning of a lapse before this day was of another lapse: sweeps may be some days late."""
    return terms.local_date(at) - LATE


def last_acts(terms: Terms, account_id: int) -> list[Subquery]:
    """When the member last did what keeps points alive; empty where that does not matter."""
    if terms.expiry != "inactivity":
        return []
    kinds = _kinds(terms)
    acts = [ledger_queries.last_moved_at(account_id, kinds)] if kinds else []
    return [*acts, earning_queries.last_order_at(account_id)] if terms.active_by_orders else acts


def ending(terms: Terms, account_id: int) -> Ending:
    """When a member's points expire that have no day of their own, if nothing more happens."""
    by_tier = terms.counts_expiry_in_months and bool(Tier.objects.expiry_months())
    standings = Standing.objects.filter(account_id=account_id)
    acts = last_acts(terms, account_id)
    standing = standings.values_list("tier__expiry_months", "since", *acts).first()
    months, since, *moments = standing or (None, None)

    def ends_at(life: Life) -> datetime | None:
        if life.earned_at is None:
            return None
        last = terms.good_until(
            life.earned_at,
            spendable_since=life.matured_at,
            months=months,
            active_at=max(filter(None, moments), default=None),
            changed_at=since if by_tier else None,
        )
        return terms.end_of(last) if last else None

    return ends_at


def _lapsing(
    terms: Terms, at: datetime, members: Q, settled: Q, *, months: int | None = None
) -> Lapsing:
    before = terms.lapsed_before(at, months=months)
    if before and terms.expiry == "inactivity":
        settled &= _dormant(terms, before)
    if before and terms.counts_expiry_from_spendable:
        settled &= ledger_queries.spendable_before(before)
    return Lapsing(at, before, terms.spared_before(at), members=members, aged=settled)


def _dormant(terms: Terms, since: datetime) -> Q:
    """Nothing of what counts as activity has happened since then."""
    kinds, dormant = _kinds(terms), Q()
    if kinds:
        dormant &= ~ledger_queries.moved_since(kinds, since)
    if terms.active_by_orders:
        dormant &= ~Q(earning_queries.ordered_since(since))
    return dormant


def _kinds(terms: Terms) -> tuple[str, ...]:
    earning = EARNING if terms.active_by_earning else ()
    return earning + (SPENDING if terms.active_by_spending else ())


def _expire(lapsing: Lapsing) -> int:
    return one_by_one.run_chunks(chunks(lapsing), partial(_expire_chunk, lapsing))


def chunks(lapsing: Lapsing) -> Iterator[list[int]]:
    """Some accounts for each transaction, in the order of their ids."""
    last = 0
    while chunk := ledger_queries.accounts_with_lapsed(lapsing, after=last, limit=CHUNK):
        last = chunk[-1]
        yield chunk


def _expire_chunk(lapsing: Lapsing, account_ids: list[int]) -> int:
    lost = ledger.expire_due(account_ids, lapsing)
    for account_id, points in lost.items():
        announce(points_expired, account_id=account_id, points=points)
    return len(lost)
