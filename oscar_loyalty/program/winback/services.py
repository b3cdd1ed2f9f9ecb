"""The only writer of rhythms and lapses."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from oscar_loyalty.program.winback import policy, queries
from oscar_loyalty.program.winback.models import Lapse, Rhythm, ShopRhythm

#: A member's last order and how often they order; None where no order of theirs stands.
Followed = tuple[datetime, policy.Rhythm] | None

#: Of a rhythm, all that may change.
_CHANGING = (
    "last_order_at",
    "days",
    "first_gap_days",
    "usual_gap_days",
    "late_on",
    "seen_to",
    "stale",
)


def keep_rhythms(rhythms: Mapping[int, Followed]) -> None:
    """Write down how often these members order, by account."""
    known = queries.rhythms_of(rhythms)
    Rhythm.objects.bulk_create(
        [_row(pk, one, known.get(pk)) for pk, one in rhythms.items()],
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=_CHANGING,
    )


def mark_stale(account_id: int) -> None:
    """Let the member's rhythm be looked at again: an order of theirs stands no more, or again."""
    Rhythm.objects.filter(account_id=account_id).update(stale=True)


def see_to(account_ids: Collection[int]) -> None:
    """Note that the present lateness of these members was found."""
    Rhythm.objects.filter(account_id__in=account_ids).update(seen_to=True)


def note_followed(newest: int, today: date) -> None:
    """Note up to which order rhythms were followed, once a day: the last look's is kept beside."""
    row = queries.shop_rhythm()
    if row.followed_on != today:
        row.followed_before, row.followed_to, row.followed_on = row.followed_to, newest, today
        row.save(update_fields=["followed_before", "followed_to", "followed_on"])


def note_newcomers_gap(days: int | None, today: date) -> None:
    """Note after how many days newcomers order again."""
    ShopRhythm.objects.filter(singleton=1).update(newcomers_gap_days=days, reckoned_on=today)


def begin(late: Iterable[Rhythm], today: date, *, at: datetime) -> None:
    """Let a lapse begin for each of these members, unless there is one about their last order."""
    chosen = queries.settings()
    lapses = []
    for row in late:
        number = policy.drawn(str(chosen.seed), row.account_id, row.last_order_at)
        lapses.append(
            Lapse(
                account_id=row.account_id,
                began_at=row.last_order_at,
                found_at=at,
                drawn=number,
                held_out=policy.is_held_out(number, chosen.hold_out),
                next_step_on=today,
            )
        )
    Lapse.objects.bulk_create(lapses, ignore_conflicts=True)


def take_step(lapses: Sequence[Lapse], step: int, *, next_on: date | None) -> None:
    """Put a step behind these members; without a day for a next one it was the last."""
    rows = Lapse.objects.filter(pk__in=[lapse.pk for lapse in lapses])
    rows.update(step=step + 1, next_step_on=next_on)


def stop(lapses: Sequence[Lapse]) -> None:
    """Let no more steps follow, though the members have not come back."""
    Lapse.objects.filter(pk__in=[lapse.pk for lapse in lapses]).update(next_step_on=None)


def note_gifts(lapses: Iterable[Lapse], today: date) -> None:
    """Note that these lapses brought their members a gift."""
    Lapse.objects.filter(pk__in=[lapse.pk for lapse in lapses]).update(gift_on=today)


def end(lapse_id: int, *, by: str, at: datetime) -> None:
    """The member came back, with that order."""
    open_one = Lapse.objects.filter(pk=lapse_id, ended_at=None)
    open_one.update(ended_at=at, ended_by=by, next_step_on=None)


def move(account_id: int, into_id: int, *, at: datetime) -> None:
    """Make the past of one account another's; what is going on with it goes on no more."""
    gone = list(Rhythm.objects.filter(account_id=account_id))
    forget([account_id], at=at)
    for row in gone:
        row.account_id = into_id
    Rhythm.objects.bulk_create(gone, ignore_conflicts=True)
    mark_stale(into_id)
    there = Lapse.objects.filter(account_id=into_id).values("began_at")
    Lapse.objects.filter(account_id=account_id).exclude(began_at__in=there).update(
        account_id=into_id
    )


def forget(account_ids: Collection[int], *, at: datetime) -> None:
    """Follow these members no more, and let nothing go on with them."""
    Rhythm.objects.filter(account_id__in=account_ids).delete()
    Lapse.objects.filter(account_id__in=account_ids, ended_at=None).update(
        ended_at=at, next_step_on=None
    )


def _row(account_id: int, followed: Followed, known: Rhythm | None) -> Rhythm:
    if followed is None:
        return Rhythm(account_id=account_id, days=0)
    last_order_at, rhythm = followed
    return Rhythm(
        account_id=account_id,
        last_order_at=last_order_at,
        days=rhythm.days,
        first_gap_days=rhythm.first_gap,
        usual_gap_days=rhythm.usual_gap,
        late_on=rhythm.late_on,
        seen_to=known is not None and known.seen_to and known.last_order_at == last_order_at,
    )
