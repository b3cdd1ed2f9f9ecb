"""The only writer of progress and standings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.utils.translation import override

from oscar_loyalty import bulk
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import policy, queries
from oscar_loyalty.program.tiers.models import (
    MadeOffer,
    QualifyingEvent,
    Standing,
    Tier,
    TierBenefit,
    TierChange,
    TierReview,
)
from oscar_loyalty.program.tiers.policy import Career, Holding, Rung

Reason = TierChange.Reason

#: A step along the ladder: from, to, and when.
Move = tuple[Rung | None, Rung | None, datetime]

_NAME_LENGTH = TierChange._meta.get_field("to_name").max_length

#: In one statement where a database can write two tables at once: an order waits for it.
_STEP_AT_ONCE = """
    WITH step AS (
        INSERT INTO oscar_loyalty_tierchange
            (account_id, from_tier_id, to_tier_id, from_name, to_name, reason, threshold, actor,
             changed_at)
        VALUES (%(account_id)s, %(from_tier_id)s, %(to_tier_id)s, %(from_name)s, %(to_name)s,
                %(reason)s, %(threshold)s, %(actor)s, %(changed_at)s)
    )
    UPDATE oscar_loyalty_standing
       SET tier_id = %(to_tier_id)s, since = %(changed_at)s, below_since = %(below_since)s
     WHERE account_id = %(account_id)s
"""


def open_standing(account_id: int, *, at: datetime) -> None:
    """Put a member at the foot of the ladder, unless they stand somewhere."""
    Standing.objects.get_or_create(account_id=account_id, defaults={"since": at})


def count(event: QualifyingEvent) -> None:
    """Count an order, or count it anew, under its key."""
    QualifyingEvent.objects.bulk_create(
        [event],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["spend", "points", "orders", "reduced"],
    )


def event(
    account_id: int,
    *,
    source: str,
    spend: Decimal,
    points: int,
    orders: int,
    reduced: bool,
    at: datetime,
) -> QualifyingEvent:
    """The row, not yet saved, that says what an order counts; `reduced` once counted for more."""
    return QualifyingEvent(
        account_id=account_id,
        key=source,
        spend=spend,
        points=points,
        orders=orders,
        reduced=reduced,
        occurred_at=at,
    )


def climb(account_id: int, terms: Terms, *, at: datetime) -> TierChange | None:
    """Move the member up when their progress reaches a higher tier; the account must be locked."""
    position = queries.position(account_id, terms, at=at)
    before = Holding(position.held)
    after = policy.climb(position.ladder, before, position.progress)
    if after == before:
        return None
    return _move(account_id, before, after, at=_not_before_the_last(position, at))


def catch_up(
    account_id: int, terms: Terms, order: QualifyingEvent, *, at: datetime
) -> TierChange | None:
    """
    Move the member up after an order that counts was decided about on a later day than its own.

    To where today's progress leads, or further if their past with the order leads there today and
    without it would not: who was lowered meanwhile does not come back for any order. The account
    must be locked.
    """
    position = queries.position(account_id, terms, at=at)
    counted = queries.counted_until(account_id, terms, at=at)
    past, lifted = _lived(position, terms, counted, at)
    without, _lifted = _lived(position, terms, [row for row in counted if row[0] != order.key], at)
    after = policy.climb(position.ladder, Holding(position.held), position.progress)
    if policy.rank_of(past.rung) <= policy.rank_of(without.rung):
        lifted = None
    elif policy.rank_of(past.rung) > policy.rank_of(after.rung):
        after = past
    if policy.rank_of(after.rung) <= policy.rank_of(position.held):
        return None
    # Nobody has stood there since before the order, wherever others had led them once.
    stepped_at = at if lifted is None else max(counted[lifted][1], order.occurred_at)
    stepped_at = _not_before_the_last(position, stepped_at)
    return _move(account_id, Holding(position.held), after, at=stepped_at)


def review(
    account_ids: Sequence[int], terms: Terms, today: date, *, at: datetime
) -> list[TierChange]:
    """Apply the daily review to members whose accounts are locked; return the steps taken."""
    changes = []
    for account_id, (before, after) in queries.reviewed(account_ids, terms, today).items():
        if before.rung == after.rung:
            Standing.objects.filter(account_id=account_id).update(below_since=after.below_since)
            continue
        changes.append(_move(account_id, before, after, at=at))
    return changes


def finish_review(day: date, *, changes: int, at: datetime) -> None:
    """Note that every member was reviewed on `day`."""
    TierReview.objects.get_or_create(day=day, defaults={"changes": changes, "finished_at": at})


def assign(account_id: int, tier: Tier | None, *, actor: str, at: datetime) -> TierChange | None:
    """Keep a member on `tier` at least; None gives them back to the rules."""
    standings = Standing.objects.filter(account_id=account_id)
    standings.update(pinned_tier=tier)
    rungs = {rung.tier_id: rung for rung in queries.ladder()}
    held = standings.get().tier_id
    if tier is None or tier.pk == held:
        return None
    before, after = rungs.get(held), rungs[tier.pk]
    return _move(account_id, Holding(before), Holding(after), at=at, actor=actor)


def merge(account_id: int, into_id: int, *, actor: str, at: datetime) -> TierChange | None:
    """
    Let a member take over what another has made towards tiers, and the better tier of the two.

    The other stands nowhere any more; both accounts are locked.
    """
    QualifyingEvent.objects.filter(account_id=account_id).update(account_id=into_id)
    rungs = {rung.tier_id: rung for rung in queries.ladder()}
    gone, stays = (Standing.objects.get(account_id=pk) for pk in (account_id, into_id))
    pins = (rungs.get(gone.pinned_tier_id), rungs.get(stays.pinned_tier_id))
    if policy.rank_of(pins[0]) > policy.rank_of(pins[1]):
        Standing.objects.filter(pk=stays.pk).update(pinned_tier_id=gone.pinned_tier_id)
    gone.delete()
    before, after = rungs.get(stays.tier_id), rungs.get(gone.tier_id)
    if policy.rank_of(after) <= policy.rank_of(before):
        return None
    taken = Holding(after)
    return _move(into_id, Holding(before), taken, at=at, actor=actor, reason=Reason.MERGED)


def place(careers: Mapping[int, Career], terms: Terms, *, at: datetime) -> Counter[int | None]:
    """
    Put members where a replay of their past ends, and keep its steps.

    Who stands somewhere already can only rise: staff may have placed them, or the ladder may have
    been another one then, and falling is the daily review's.

    Returns how many members each tier gained, or lost when negative.
    """
    held = queries.tiers_of(list(careers))
    rungs = {rung.tier_id: rung for rung in queries.ladder()}
    standings: list[Standing] = []
    steps: list[TierChange] = []
    gained: Counter[int | None] = Counter()
    for account_id, career in careers.items():
        tier_id = held.get(account_id)
        before, after = rungs.get(tier_id) if tier_id else None, career.holding.rung
        rises = policy.rank_of(after) > policy.rank_of(before)
        if account_id in held and not rises:
            continue
        gained.update({tier_id: -1})
        gained.update({after.tier_id if after else None: 1})
        moves = [(before, after, at)] if account_id in held else _moves(career, terms)
        steps += [_step(account_id, move) for move in moves]
        standings.append(_standing(account_id, career.holding, moves[-1][2] if moves else at))
    _upsert(standings)
    bulk.insert(TierChange, [bulk.row_of(step) for step in steps])
    return gained


def count_many(events: Sequence[QualifyingEvent]) -> None:
    """Count orders that were not counted before."""
    bulk.insert(QualifyingEvent, [bulk.row_of(event) for event in events])


def tie_offer(benefit: TierBenefit, offer_id: int) -> None:
    """Remember which offer of Oscar's gives the benefit."""
    MadeOffer.objects.create(benefit=benefit, offer_id=offer_id)


def lock(tier_id: int) -> bool:
    """Keep others off the tier's offers until the transaction ends; False when it is gone."""
    # Orders go on meanwhile: their standings may point at the tier.
    return Tier.objects.select_for_update(no_key=True).filter(pk=tier_id).first() is not None


def _not_before_the_last(position: queries.Position, at: datetime) -> datetime:
    """When a step counts as taken: an order seen late comes after those that went before it."""
    return max(at, position.stepped_at or at)


def _lived(
    position: queries.Position,
    terms: Terms,
    counted: Sequence[policy.Counted],
    at: datetime,
) -> tuple[Holding, int | None]:
    days = [(terms.local_date(moment), amount) for _key, moment, amount in counted]
    return policy.lived(position.ladder, queries.rules_of(terms), days, terms.local_date(at))


def _moves(career: Career, terms: Terms) -> list[Move]:
    """The steps of a replayed past."""
    return [(before, after, terms.midnight(day)) for day, before, after in career.changes]


def _step(account_id: int, move: Move) -> TierChange:
    before, after, at = move
    climbed = after is not None and policy.rank_of(after) > policy.rank_of(before)
    return TierChange(
        account_id=account_id,
        from_tier_id=before.tier_id if before else None,
        to_tier_id=after.tier_id if after else None,
        from_name=_name(before),
        to_name=_name(after),
        reason=Reason.QUALIFIED if climbed else Reason.NO_LONGER_QUALIFIED,
        threshold=after.threshold if after and climbed else None,
        changed_at=at,
    )


def _name(rung: Rung | None) -> str:
    """In the shop's language, whoever's order led to the step."""
    with override(settings.LANGUAGE_CODE):
        return str(rung.name)[:_NAME_LENGTH] if rung else ""


def _standing(account_id: int, holding: Holding, since: datetime) -> Standing:
    return Standing(
        account_id=account_id,
        tier_id=holding.rung.tier_id if holding.rung else None,
        since=since,
        below_since=holding.below_since,
    )


def _upsert(standings: Sequence[Standing]) -> None:
    Standing.objects.bulk_create(
        standings,
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=["tier", "since", "below_since"],
    )


def _move(
    account_id: int,
    before: Holding,
    after: Holding,
    *,
    at: datetime,
    actor: str = "",
    reason: Reason = Reason.STAFF,
) -> TierChange:
    step = _step(account_id, (before.rung, after.rung, at))
    if actor:
        step.reason, step.threshold, step.actor = reason, None, actor
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                _STEP_AT_ONCE,
                {**bulk.row_of(step), "reason": str(step.reason), "below_since": after.below_since},
            )
        return step
    Standing.objects.filter(account_id=account_id).update(
        tier_id=step.to_tier_id, since=at, below_since=after.below_since
    )
    step.save()
    return step
