"""Reads of the ladder and of who stands where."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import (
    Count,
    Min,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from oscar_loyalty import bulk
from oscar_loyalty.program.ledger import policy as ledger_policy
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import policy
from oscar_loyalty.program.tiers.models import (
    MadeOffer,
    QualifyingEvent,
    Standing,
    Tier,
    TierBenefit,
    TierChange,
    TierReview,
)
from oscar_loyalty.program.tiers.policy import Holding, Rung
from oscar_loyalty.program.tiers.queries.made import (
    AMOUNT,
    exact,
    made_by,
    progress_of,
    rules_of,
    summed,
)
from oscar_loyalty.program.tiers.queries.steps import broken_standings, last_step

__all__ = ["broken_standings", "rules_of"]

_MEMO = "_loyalty_membership"
_DISPLAYED = "oscar_loyalty.tier_discounts"

#: How long pages may show benefits that have changed behind the admin's back.
DISPLAY_SECONDS = 60


@dataclass(frozen=True)
class Membership:
    """What every page of a signed-in member shows, and what offers ask."""

    account_id: int
    balance: int
    pending: int
    spendable: int
    tier_id: int | None
    tier: Tier | None
    since: datetime
    multiplier: Decimal
    user_id: int
    restraint: ledger_policy.Restraint = ledger_policy.UNRESTRAINED


@dataclass(frozen=True)
class Position:
    """The ladder, what a member has made towards it, and where they stand."""

    ladder: tuple[Rung, ...]
    progress: Decimal
    held: Rung | None
    stepped_at: datetime | None

    @property
    def next_rung(self) -> Rung | None:
        """The rung above; None at the top."""
        return next((rung for rung in self.ladder if rung.rank > policy.rank_of(self.held)), None)


def membership_for(user: Any) -> Membership | None:
    """
    The membership of a visitor, remembered on the user for as long as the request holds them.

    One query for a page, however many offers, tags and views ask; none for anonymous visitors.
    """
    if user.pk is None:
        return None
    if not hasattr(user, _MEMO):
        setattr(user, _MEMO, membership_of(user.pk))
    remembered: Membership | None = getattr(user, _MEMO)
    return remembered


def forget_membership(user: Any) -> None:
    """Read the visitor's membership anew when it is asked for again."""
    if hasattr(user, _MEMO):
        delattr(user, _MEMO)


def rung_at(account_id: int, at: datetime) -> Rung | None:
    """The tier that a member stood on at some time; None for none, or one that is gone."""
    steps = last_step(account_id).filter(changed_at__lte=at)
    last = steps.values_list("to_tier_id", flat=True).first()
    return next((rung for rung in ladder() if rung.tier_id == last), None)


def membership_of(user_id: int) -> Membership | None:
    """The customer's membership in one query; None for one who is no member."""
    standing = (
        Standing.objects.filter(account_id__in=ledger_queries.belonging_to(user_id))
        .select_related("account", "tier")
        .annotate(multiplier=_multiplier_of(OuterRef("tier_id")))
        .first()
    )
    if standing is None:
        return None
    account = standing.account
    return Membership(
        account_id=account.pk,
        balance=account.balance,
        pending=account.pending,
        spendable=ledger_policy.spendable(account.balance, account.pending, account.held),
        tier_id=standing.tier_id,
        tier=standing.tier,
        since=standing.since,
        multiplier=standing.multiplier,
        user_id=user_id,
        restraint=account.restraint,
    )


def ladder() -> tuple[Rung, ...]:
    """The rungs, lowest first."""
    return tuple(_rung(tier) for tier in _tiers())


def position(account_id: int, terms: Terms, *, at: datetime) -> Position:
    """Where a member stands and what they have made in the window of `at`, in one query."""
    tiers = list(
        _tiers().annotate(
            progress=_progress(account_id, terms, at),
            held_id=Subquery(Standing.objects.filter(account_id=account_id).values("tier_id")),
            stepped_at=Subquery(last_step(account_id).values("changed_at")[:1]),
        )
    )
    if not tiers:
        return Position((), Decimal(0), held=None, stepped_at=None)
    rungs, same = tuple(_rung(tier) for tier in tiers), tiers[0]
    held = next((rung for rung in rungs if rung.tier_id == same.held_id), None)
    return Position(rungs, exact(same.progress), held, same.stepped_at)


def counted_until(account_id: int, terms: Terms, *, at: datetime) -> list[policy.Counted]:
    """What the member has had counted by then: key, moment and amount, oldest first."""
    rows = QualifyingEvent.objects.filter(account_id=account_id, occurred_at__lte=at)
    named = rows.order_by("occurred_at", "pk").values_list("key", "occurred_at", terms.measure)
    return [(key, moment, Decimal(amount)) for key, moment, amount in named]


def reviewed(
    account_ids: Sequence[int], terms: Terms, today: date
) -> dict[int, tuple[Holding, Holding]]:
    """Members whose holding a review on `today` changes: what it is, and what it becomes."""
    rungs = ladder()
    by_id = {rung.tier_id: rung for rung in rungs}
    progress = progress_of(account_ids, terms, today)
    standings = list(Standing.objects.filter(account_id__in=account_ids))
    earned = _earned(standings, progress, rungs, terms)
    changes = {}
    for standing in standings:
        rung = by_id.get(standing.tier_id)
        before = Holding(rung, standing.below_since, by_id.get(standing.pinned_tier_id))
        after = policy.review(
            rungs,
            before,
            progress.get(standing.account_id, Decimal(0)),
            earned=earned.get(standing.account_id, rung),
            rules=rules_of(terms),
            today=today,
        )
        if after != before:
            changes[standing.account_id] = (before, after)
    return changes


def _earned(
    standings: Sequence[Standing],
    progress: Mapping[int, Decimal],
    rungs: Sequence[Rung],
    terms: Terms,
) -> dict[int, Rung | None]:
    """
    The rungs that orders which stand have reached, for members who had others that came back and
    are below their rung, where something would keep them on it.

    A step from before the first of these was reached without them, whatever the terms are by now.
    """
    if terms.downgrade != "never" and not any(rung.kept_for_ever for rung in rungs):
        return {}
    by_id = {rung.tier_id: rung for rung in rungs}
    below = [
        one.account_id
        for one in standings
        if one.tier_id and progress.get(one.account_id, 0) < by_id[one.tier_id].threshold
    ]
    reduced = QualifyingEvent.objects.filter(account_id__in=below, reduced=True).order_by()
    firsts = reduced.values_list("account_id").annotate(first=Min("occurred_at"))
    # Days: orders of one count together, whichever of them came first.
    missing_since = {account_id: terms.local_date(first) for account_id, first in firsts}
    counted: dict[int, list[tuple[date, Decimal]]] = {pk: [] for pk in missing_since}
    for account_id, at, amount in counted_by(list(missing_since), terms):
        counted[account_id].append((terms.local_date(at), amount))
    peaks = {key: policy.peak(amounts, rules_of(terms)) for key, amounts in counted.items()}
    # A leap over rungs has left no step to them.
    earned = {key: policy.qualified(rungs, amount) for key, amount in peaks.items()}
    steps = TierChange.objects.filter(account_id__in=missing_since)
    steps = steps.exclude(reason=TierChange.Reason.NO_LONGER_QUALIFIED)
    said = ("account_id", "to_tier_id", "threshold", "changed_at")
    for account_id, tier_id, threshold, at in steps.values_list(*said):
        without = terms.local_date(at) < missing_since[account_id]
        if threshold is None or without or threshold <= peaks[account_id]:
            earned[account_id] = max(earned[account_id], by_id.get(tier_id), key=policy.rank_of)
    return earned


def accounts_after(account_id: int, *, limit: int) -> list[int]:
    """The next members in order of account, for work in chunks."""
    rows = Standing.objects.filter(account_id__gt=account_id).order_by("account_id")
    return list(rows.values_list("account_id", flat=True)[:limit])


def review_finished(day: date) -> bool:
    """Whether the review of `day` is done."""
    return TierReview.objects.filter(day=day).exists()


def members_per_tier() -> dict[int | None, int]:
    """How many members stand on each tier, and on none."""
    rows = Standing.objects.order_by().values("tier_id").annotate(members=Count("pk"))
    return dict(rows.values_list("tier_id", "members"))


def counted_keys(*, account_id: int | None = None) -> Iterator[str]:
    """Keys of everything that was counted."""
    of_one = {"account_id": account_id} if account_id else {}
    events = QualifyingEvent.objects.filter(**of_one).order_by("pk")
    return events.values_list("key", flat=True).iterator()


def counted_orders(keys: Sequence[str]) -> dict[str, tuple[int, Decimal, int, int, bool, datetime]]:
    """What the orders count, by key: account, spend, points, orders, whether reduced, and when."""
    rows = QualifyingEvent.objects.filter(key__in=keys)
    said = ("account_id", "spend", "points", "orders", "reduced", "occurred_at")
    return {key: tuple(figures) for key, *figures in rows.values_list("key", *said)}


def named(members: Mapping[int | None, int]) -> dict[str, int]:
    """Counts by the names of tiers, lowest first, those on no tier under ""."""
    counts = {"": members.get(None, 0)}
    return counts | {str(tier.name): members.get(tier.pk, 0) for tier in Tier.objects.all()}


def tier_ids() -> list[int]:
    """The ladder, lowest first."""
    return list(Tier.objects.order_by("rank").values_list("pk", flat=True))


def benefits_of(tier_id: int, kinds: Collection[str]) -> list[TierBenefit]:
    """What the tier gives of these kinds, with the offers we have made of it."""
    rows = TierBenefit.objects.select_related("tier", "range", "made").order_by("pk")
    return list(rows.filter(tier_id=tier_id, kind__in=list(kinds)))


def offer_of(benefit: TierBenefit) -> int | None:
    """The offer we have made of the benefit; None before there is one."""
    made: MadeOffer | None = getattr(benefit, "made", None)
    return made.offer_id if made else None


def offers_without_benefit(kinds: Collection[str]) -> list[int]:
    """The offers we have made whose benefit is gone, or of another kind than `kinds` by now."""
    made = MadeOffer.objects.exclude(benefit__kind__in=list(kinds))
    return list(made.values_list("offer_id", flat=True))


def ladder_in_words() -> list[Tier]:
    """The ladder, lowest first, with what each tier gives, in two queries."""
    return list(_in_words())


def ladder_of(account_id: int, terms: Terms, *, at: datetime) -> tuple[list[Tier], Decimal]:
    """`ladder_in_words`, and what a member has made in the window of `at`, in the same queries."""
    tiers: list[Any] = list(_in_words().annotate(progress=_progress(account_id, terms, at)))
    return tiers, exact(tiers[0].progress) if tiers else Decimal(0)


def display_discounts(tier_id: int | None) -> tuple[tuple[int, Decimal], ...]:
    """Ranges and percentages off for members of a tier, from the cache, at most a minute old."""
    if tier_id is None:
        return ()
    cached: dict[int, list[tuple[int, Decimal]]] | None = cache.get(_DISPLAYED)
    if cached is None:
        cached = {}
        rows = TierBenefit.objects.filter(kind=TierBenefit.Kind.PERCENTAGE).order_by("pk")
        for holder, range_id, value in rows.values_list("tier_id", "range_id", "value"):
            cached.setdefault(holder, []).append((range_id, value))
        cache.set(_DISPLAYED, cached, DISPLAY_SECONDS)
    return tuple(cached.get(tier_id, ()))


def forget_display() -> None:
    """Show changed benefits at once."""
    cache.delete(_DISPLAYED)


def tiers_of(account_ids: Sequence[int]) -> dict[int, int | None]:
    """The tier that each of the members stands on."""
    rows = Standing.objects.filter(account_id__in=account_ids)
    return dict(rows.values_list("account_id", "tier_id"))


def ranks_of(account_ids: Sequence[int]) -> dict[int, int]:
    """The rank of the tier that each of the members stands on; left out who stands on none."""
    rows = Standing.objects.filter(account_id__in=account_ids, tier__isnull=False)
    return dict(rows.values_list("account_id", "tier__rank"))


def counted_by(account_ids: Sequence[int], terms: Terms) -> list[tuple[int, datetime, Decimal]]:
    """Everything the members have had counted: account, moment and amount, oldest first."""
    rows = QualifyingEvent.objects.filter(account_id__in=account_ids).order_by("occurred_at")
    return [
        (account_id, at, Decimal(amount))
        for account_id, at, amount in rows.values_list("account_id", "occurred_at", terms.measure)
    ]


def rows_about(account_ids: Collection[int]) -> dict[str, list[bulk.Row]]:
    """Where these members stand, how they came there, what counts, and the names of the tiers."""
    about = {"account_id__in": account_ids}
    return {
        "standings": bulk.rows_in(Standing.objects.filter(**about)),
        "tier_changes": bulk.rows_in(TierChange.objects.filter(**about)),
        "counted_orders": bulk.rows_in(QualifyingEvent.objects.filter(**about)),
        "tiers": [{"id": tier.pk, "name": str(tier)} for tier in Tier.objects.order_by("rank")],
    }


def _in_words() -> QuerySet[Tier]:
    benefits = TierBenefit.objects.select_related("range").order_by("pk")
    return Tier.objects.order_by("rank").prefetch_related(Prefetch("benefits", benefits))


def _progress(account_id: int, terms: Terms, at: datetime) -> Coalesce:
    made = made_by(terms, terms.local_date(at)).filter(account_id=account_id)
    total = made.order_by().values("account_id").annotate(made=summed(terms)).values("made")
    return Coalesce(Subquery(total), Value(Decimal(0)), output_field=AMOUNT)


def _tiers() -> QuerySet[Any]:
    return Tier.objects.order_by("rank").annotate(multiplier=_multiplier_of(OuterRef("pk")))


def _multiplier_of(tier: OuterRef) -> Coalesce:
    found = TierBenefit.objects.filter(tier=tier, kind=TierBenefit.Kind.MULTIPLIER).values("value")
    return Coalesce(Subquery(found), Value(Decimal(1)), output_field=AMOUNT)


def _rung(tier: Any) -> Rung:
    return Rung(
        tier_id=tier.pk,
        rank=tier.rank,
        threshold=tier.threshold,
        kept_for_ever=tier.kept_for_ever,
        multiplier=tier.multiplier,
        name=tier.name,
    )
