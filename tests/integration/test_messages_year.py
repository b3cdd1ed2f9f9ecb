"""
A simulated year of a shop with real customers: every mail, counted and checked.

The worker sleeps on random days, comes late in the evening on some, and works twice on others. All
that the shop told anybody, or did not, is compared with the calendar of `year_calendar`; what no
customer must ever see is looked for once more in the plain records.
"""

import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import groupby, pairwise

import pytest
from django.core import mail
from django.db.models import Count

from oscar_loyalty.flows import books_audited
from oscar_loyalty.models import (
    Coupon,
    Lapse,
    Message,
    SurpriseDraw,
    SurpriseGift,
    Tier,
    WinBackSettings,
)
from tests import cdnow
from tests.conftest import missing
from tests.sampling import THOROUGH
from tests.shop_year import (
    FIRST,
    LAST,
    WIN_BACK,
    Person,
    Shop,
    Worker,
    customers_of,
    live,
    moment,
    person,
    worker,
)
from tests.year_calendar import KINDS, LONDON, Calendar, birthday

pytestmark = [pytest.mark.django_db, pytest.mark.sampled, pytest.mark.timeout(3600)]

DAY = timedelta(days=1)
MARKETING = {code for code, kind in KINDS.items() if kind.rank}
PROMPT = {code for code, kind in KINDS.items() if kind.prompt}


@pytest.fixture
def people() -> list[Person]:
    """A part of the file's customers: for all of them a year takes too long even at night."""
    file = cdnow.file("CDNOW_sample.txt") or missing(cdnow.MISSING)
    return [person(*one) for one in customers_of(file)[:: 5 if THOROUGH else 71]]


def test_a_year(people, monkeypatch):
    working = worker("four")
    shop = Shop(people, monkeypatch)
    live(people, working, shop)
    calendar = calendar_of(people, working, shop)

    assert told() == expected(calendar)
    assert mails() == letters(calendar)
    no_birthday_is_missed_or_doubled(people, working, shop)
    nobody_is_bothered(people)
    nobody_is_missed_in_vain(people)
    surprises_keep_to_their_budget()
    assert books_audited.run(at=moment(LAST, 23)).violations == []
    something_of_everything_happened(people, calendar)


def calendar_of(people: list[Person], working: Worker, shop: Shop) -> Calendar:
    """The same year, lived by the calendar with the lots that the shop drew."""
    seed = str(WinBackSettings.objects.get().seed)
    draws = dict(SurpriseDraw.objects.values_list("day", "seed"))
    assert set(draws) == working.awake
    calendar = Calendar(people, shop.accounts, seed=seed, draws=draws)
    live(people, working, calendar)
    return calendar


def told() -> Counter[tuple]:
    """Whom the shop meant to tell what about what, and what became of it, when, and why."""
    tiers = dict(Tier.objects.values_list("pk", "name"))
    lapses = dict(Lapse.objects.values_list("pk", "began_at"))

    def about(message: Message) -> str:
        if message.kind == "tier-reached":
            return str(tiers[int(message.about)])
        if message.kind in WIN_BACK:
            return lapses[int(message.about)].isoformat()
        by_key = {"birthday": 2, "surprise": 1, "occasion": 2}
        if message.kind in by_key:
            return message.key.split(":")[by_key[message.kind]]
        return message.order_number or message.about

    return Counter(
        (
            message.account.user.username,
            message.kind,
            about(message),
            message.state,
            message.outcome,
            message.settled_at,
        )
        for message in Message.objects.select_related("account__user")
    )


def expected(calendar: Calendar) -> Counter[tuple]:
    """The same by the calendar."""
    return Counter(
        (name, one.kind, one.about, one.state, one.why, one.settled)
        for name, customer in calendar.customers.items()
        for one in customer.mails
    )


def mails() -> Counter[tuple[str, str]]:
    """How many letters arrived at which address in which language."""
    assert len({letter.extra_headers["Message-ID"] for letter in mail.outbox}) == len(mail.outbox)
    return Counter((*letter.to, language_of(letter)) for letter in mail.outbox)


def language_of(letter) -> str:
    ((html, _type),) = letter.alternatives
    return re.search(r'<html lang="(\w+)"', html)[1]


def letters(calendar: Calendar) -> Counter[tuple[str, str]]:
    return Counter(
        (f"{name}@example.com", one.language)
        for name, customer in calendar.customers.items()
        for one in customer.mails
        if one.state == "sent"
    )


def no_birthday_is_missed_or_doubled(people: list[Person], working: Worker, shop: Shop) -> None:
    """One coupon for every birthday near which the worker was awake, and it was near all."""
    due = {
        f"birthday:{shop.accounts[one.name]}:{year}": day
        for one in people
        for year in (FIRST.year - 1, FIRST.year, LAST.year)
        for day in [birthday(one, year)]
        if any(day - 3 * DAY <= awake <= day + 14 * DAY for awake in working.awake)
    }
    within = {
        f"birthday:{shop.accounts[one.name]}:{day.year}"
        for one in people
        for day in (birthday(one, FIRST.year), birthday(one, LAST.year))
        if FIRST <= day <= LAST
    }
    given = Coupon.objects.filter(key__startswith="birthday:").values_list("key", flat=True)
    sent = Message.objects.filter(kind="birthday").values_list("key", flat=True)
    assert sorted(given) == sorted(sent) == sorted(due)
    assert within <= set(due)
    assert len(within) >= len(people)


def nobody_is_bothered(people: list[Person]) -> None:
    """Two offers in any seven days at the most, none at night, none to who had not asked."""
    said = {one.name: one.said for one in people}
    offers = defaultdict(list)
    for message in Message.objects.filter(state="sent").select_related("account__user"):
        at, name = message.settled_at, message.account.user.username
        assert message.kind in PROMPT or 8 <= at.astimezone(LONDON).hour < 21
        assert message.marketing == (message.kind in MARKETING)
        if message.marketing:
            offers[name].append(at)
        wanted = {one.about: one.wanted for one in said[name] if one.at <= at}
        assert wanted.get(message.kind, True)
        assert wanted.get("marketing", False) or not message.marketing
    for moments in offers.values():
        moments.sort()
        pairs = zip(moments, moments[2:], strict=False)
        assert all(third - first >= 7 * DAY for first, third in pairs)


def nobody_is_missed_in_vain(people: list[Person]) -> None:
    """Each step once a lapse, only to who has not ordered since, and none to who is held out."""
    orders = {one.name: [order.at for order in one.orders] for one in people}
    lapses = {str(lapse.pk): lapse for lapse in Lapse.objects.select_related("account__user")}
    steps = Message.objects.filter(kind__in=WIN_BACK)
    for message in steps.filter(state="sent"):
        lapse = lapses[message.about]
        theirs = orders[lapse.account.user.username]
        assert lapse.began_at == max(at for at in theirs if at < message.settled_at)
        assert message.settled_at - lapse.began_at > 30 * DAY
    held_out = {pk for pk, lapse in lapses.items() if lapse.held_out}
    assert 0 < len(held_out) < len(lapses)
    assert held_out.isdisjoint(steps.values_list("about", flat=True))
    assert not steps.values("about", "kind").annotate(times=Count("pk")).filter(times__gt=1)


def surprises_keep_to_their_budget() -> None:
    """£4 a month at £1 each, and nobody twice within 90 days; each with its coupon."""
    won = SurpriseGift.objects.order_by("account_id", "draw__day")
    rows = list(won.values_list("account_id", "draw__day"))
    months = Counter((day.year, day.month) for _account, day in rows)
    assert max(months.values()) == 4
    for _account, days in groupby(rows, key=lambda row: row[0]):
        dates = [day for _same, day in days]
        assert all(later - day >= 90 * DAY for day, later in pairwise(dates))
    assert won.filter(given_at=None).count() == 0
    given = Coupon.objects.filter(key__startswith="surprise:").values_list("key", flat=True)
    assert sorted(given) == sorted(f"surprise:{day}:{account}" for account, day in rows)


def something_of_everything_happened(people: list[Person], calendar: Calendar) -> None:
    """A year in which nothing was held up would prove little."""
    all_mails = [one for customer in calendar.customers.values() for one in customer.mails]
    assert {one.kind for one in all_mails if one.state == "sent"} == set(KINDS)
    assert {"not-true", "unwanted", "too-late"} == {one.why for one in all_mails if one.why}
    assert {(2, 29), (1, 1), (12, 31)} <= {one.born for one in people}
    assert any(held_by_the_week(one) for one in all_mails)
    assert any(late_at_night(one.settled) for one in all_mails if one.state == "sent")


def held_by_the_week(one) -> bool:
    return one.kind in MARKETING and one.due - one.planned > 2 * DAY


def late_at_night(at: datetime) -> bool:
    return at.astimezone(LONDON).hour >= 21
