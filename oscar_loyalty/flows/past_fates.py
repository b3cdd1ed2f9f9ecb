"""What becomes of the points that a replayed past has earned."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from oscar_loyalty.flows import order_placed
from oscar_loyalty.flows.customer_past import Past
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.ledger.policy import in_proportion
from oscar_loyalty.program.reports.policy.periods import month_of
from oscar_loyalty.program.simulation.policy import (
    ALWAYS,
    Arrival,
    Assumptions,
    Leave,
    Outcome,
    Turn,
    gone_on,
    spent_on,
)
from oscar_loyalty.program.simulation.queries.documents import Scheme


def add(outcome: Outcome, past: Past, scheme: Scheme, assumed: Assumptions) -> None:
    """Count in one member."""
    terms, turns, leave = scheme.terms, _turns(past, scheme), _leave(past, scheme)
    rung = past.career.holding.rung
    outcome.tiers[rung.tier_id if rung else 0] += 1
    for decision in past.decisions:
        if not decision.carried:
            continue
        outcome.awards += 1
        outcome.points += decision.carried
        for arrival in _arrivals(decision):
            gone = gone_on(arrival, terms, turns)
            spent = spent_on(arrival, gone, terms, assumed, leave)
            came = terms.local_date(arrival.earned_at)
            outcome.fates[month_of(came), _month(spent), _month(gone)] += arrival.points


def _arrivals(decision: Award) -> Iterator[Arrival]:
    """What it carries by now, by when it expires."""
    accruals = order_placed.accruals_of(decision)
    shares = in_proportion(decision.carried, [accrual.points for accrual in accruals])
    for accrual, points in zip(accruals, shares, strict=True):
        # One that waits for a status has no date of its own, nor has one that has reached it.
        spendable_at = accrual.available_at or (accrual.at if decision.matured else None)
        yield Arrival(points, accrual.at, spendable_at, accrual.expires_at)


def _turns(past: Past, scheme: Scheme) -> Sequence[Turn]:
    """When something changed by which this member's points expire."""
    terms = scheme.terms
    by_tier = terms.counts_expiry_in_months and bool(scheme.months)
    acts = _acts(past, scheme)
    if not (by_tier or acts):
        return ALWAYS
    moments: list[tuple[date, datetime | None, int | None]] = []
    moments += [(terms.local_date(at), at, None) for at in acts]
    if by_tier:
        moments += [
            (day, None, rung.tier_id if rung else 0) for day, _, rung in past.career.changes
        ]
    turns = [Turn(date.min)]
    for day, active_at, tier_id in sorted(moments, key=lambda moment: moment[0]):
        held = turns[-1]
        if tier_id is None:
            turns.append(Turn(day, held.months, held.changed_at, active_at))
        else:
            own = scheme.months.get(tier_id)
            turns.append(Turn(day, own, terms.midnight(day), held.active_at))
    return turns


def _leave(past: Past, scheme: Scheme) -> Sequence[Leave]:
    """When the tiers that this member came to let points be spent."""
    tiers = [(day, rung.tier_id if rung else 0) for day, _, rung in past.career.changes]
    return [(day, tier_id in scheme.spenders) for day, tier_id in [(date.min, 0), *tiers]]


def _acts(past: Past, scheme: Scheme) -> list[datetime]:
    """When the member did what keeps points alive; spending, which is only assumed, is none."""
    terms = scheme.terms
    if terms.expiry != "inactivity":
        return []
    return [
        decision.placed_at
        for decision in past.decisions
        if terms.active_by_orders or (terms.active_by_earning and decision.carried)
    ]


def _month(day: date | None) -> int | None:
    return month_of(day) if day else None
