"""Members who stay away longer than they usually do are missed, and told so step by step."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.db.models import QuerySet

from oscar_loyalty.flows import (
    message_queued,
    once_a_day,
    one_by_one,
    presents_given,
    rhythms_followed,
)
from oscar_loyalty.flows.message_queued import News
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.models import MessageKind
from oscar_loyalty.program.messages.policy import WIN_BACK, WIN_BACK_GIFT, WIN_BACK_STEPS, Kind
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.winback import policy
from oscar_loyalty.program.winback import queries as winback_queries
from oscar_loyalty.program.winback import services as winback
from oscar_loyalty.program.winback.models import Lapse, Rhythm, ShopRhythm, WinBackSettings
from oscar_loyalty.program.winback.policy import Gifts, Habits
from oscar_loyalty.program.winback.queries import Late

GIFT = WIN_BACK_STEPS.index(WIN_BACK_GIFT)


#: So many are locked together while they are given something: a shopper among them waits.
AT_ONCE = 100


@dataclass(frozen=True)
class Round:
    """What holds for all steps of one day; `present` is what the gift brings, if there is one."""

    terms: Terms
    at: datetime
    possible: frozenset[int]
    present: MessageKind | None
    step_days: int
    gifts: Gifts

    @property
    def today(self) -> date:
        """The day it is where the programme lives."""
        return self.terms.local_date(self.at)

    def next_on(self, step: int) -> date | None:
        """The day of the step after this one, if there may be one."""
        if policy.next_step(step + 1, self.possible) is None:
            return None
        return self.today + timedelta(days=self.step_days)


def run(*, at: datetime) -> int:
    """
    Look once a day for members who have become late, and go on with those who were found before.

    Returns to how many something was said. Without any step that is switched on nobody is missed.
    """
    first = next(filter(message_queued.is_on, WIN_BACK_STEPS), None)
    return once_a_day.run(first, _search, at=at) if first else 0


def _search(terms: Terms, at: datetime) -> int:
    rhythms_followed.run(terms, at=at)
    chosen = winback_queries.settings()
    habits = Habits(winback_queries.shop_rhythm().newcomers_gap_days, chosen.least_days)
    late = winback_queries.late(_days(habits, terms, at))
    find = partial(_find, habits=habits, terms=terms, at=at)
    one_by_one.run_chunks(one_by_one.chunks_of(late), find)
    days, present = messages_queries.active_days(), messages_queries.kind_row(WIN_BACK_GIFT)
    given = present if present and presents_given.is_possible(present) else None
    possible = {step for step, kind in enumerate(WIN_BACK_STEPS) if kind.code in days}
    if present is None or present.gives == MessageKind.Gives.NOTHING:
        possible.discard(GIFT)
    today = Round(terms, at, frozenset(possible), given, chosen.step_days, chosen.gifts)
    due = one_by_one.chunks_of(winback_queries.due(today.today), size=AT_ONCE)
    return one_by_one.run_chunks(due, partial(_go_on, today=today))


def late_now(terms: Terms, at: datetime) -> QuerySet[Rhythm]:
    """The rhythms of all members who are late at that moment, whether they were missed or not."""
    # Whoever looks writes nothing: neither row is made here.
    chosen = WinBackSettings.objects.first() or WinBackSettings()
    shop = ShopRhythm.objects.first() or ShopRhythm()
    habits = Habits(shop.newcomers_gap_days, chosen.least_days)
    least = terms.midnight(terms.local_date(at) - timedelta(days=habits.least_days))
    return winback_queries.all_late(_days(habits, terms, at), before=least)


def _days(habits: Habits, terms: Terms, at: datetime) -> Late:
    today = terms.local_date(at)
    if habits.newcomers_gap is None:
        return Late(today, None)
    return Late(today, terms.midnight(today - timedelta(days=habits.newcomers_gap)))


def _find(account_ids: list[int], *, habits: Habits, terms: Terms, at: datetime) -> int:
    """Those who are late are seen to; a lapse begins for those who want to hear of it."""
    # Only with the accounts locked are they as we see them: one may be merged or order now.
    ledger.lock(account_ids)
    rows = winback_queries.unseen(account_ids)
    late = [row for row in rows if _is_late(row, habits, terms, at)]
    found = [row.account_id for row in late]
    wanted = messages_queries.willing(WIN_BACK, found) & ledger_queries.at_liberty(found)
    missed = [row for row in late if row.account_id in wanted]
    winback.begin(missed, terms.local_date(at), at=at)
    winback.see_to(found)
    return len(missed)


def _is_late(row: Rhythm, habits: Habits, terms: Terms, at: datetime) -> bool:
    if row.last_order_at is None:
        return False
    rhythm = winback_queries.rhythm(row, terms.local_date(row.last_order_at))
    day = policy.late_on(rhythm, habits)
    return day is not None and day <= terms.local_date(at)


def _go_on(account_ids: list[int], *, today: Round) -> int:
    """Each takes their next step; whoever has ordered takes none."""
    if today.present:
        presents_given.lock(today.present, account_ids)
    else:
        ledger.lock(account_ids)
    rhythms_followed.end_lapses(account_ids, earning_queries.purchases_of(account_ids))
    given = winback_queries.gifts_given(account_ids)
    steps: dict[int | None, list[Lapse]] = defaultdict(list)
    for lapse in winback_queries.due_among(account_ids, today.today):
        may = policy.may_have_gift(given.get(lapse.account_id, ()), today.gifts, today.today)
        possible = today.possible if may else today.possible - {GIFT}
        steps[policy.next_step(lapse.step, possible)].append(lapse)
    winback.stop(steps.pop(None, []))
    if today.present is None:
        # What staff have chosen is gone: they wait until it is there again.
        steps.pop(GIFT, None)
    return sum(_take(step, lapses, today) for step, lapses in steps.items() if step is not None)


def _take(step: int, lapses: Sequence[Lapse], today: Round) -> int:
    kind = WIN_BACK_STEPS[step]
    told = _told(kind, [lapse for lapse in lapses if not lapse.held_out])
    if step == GIFT and today.present:
        _give(today.present, told, today)
    message_queued.run(
        News(kind, lapse.account_id, str(lapse.pk), today.at, about=str(lapse.pk)) for lapse in told
    )
    winback.take_step(lapses, step, next_on=today.next_on(step))
    return len(told)


def _told(kind: Kind, lapses: Sequence[Lapse]) -> list[Lapse]:
    """They may have declined or been blocked since they were missed."""
    account_ids = [lapse.account_id for lapse in lapses]
    wanted = messages_queries.willing(kind, account_ids)
    wanted &= ledger_queries.at_liberty(account_ids)
    return [lapse for lapse in lapses if lapse.account_id in wanted]


def _give(present: MessageKind, lapses: Sequence[Lapse], today: Round) -> None:
    keys = {lapse.account_id: f"{WIN_BACK_GIFT.code}:{lapse.pk}" for lapse in lapses}
    presents_given.run(present, keys, action=WIN_BACK_GIFT.code, terms=today.terms, at=today.at)
    winback.note_gifts(lapses, today.today)
