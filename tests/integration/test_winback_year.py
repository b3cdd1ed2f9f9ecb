"""A year of a shop in which everybody orders as they are used to, and one stays away for gifts."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core import mail

from oscar_loyalty.models import Entry, Lapse, Message, MessageLimits
from tests.mailing import willing
from tests.winback import STEPS, day, deliver, look, open_the_post, order

pytestmark = pytest.mark.django_db

YEAR = range(200, 565)
#: The worker sleeps on these days.
ASLEEP = {*range(250, 257), 300, 301, 330, *range(400, 410), 500}
#: The days on which each of them orders.
HABITS = {
    "every four weeks": [*range(0, 565, 28)],
    "rarely": [*range(0, 565, 90)],
    "irregular": [0, 20, 75, 90, 160, 215, 230, 300, 355, 420, 470, 530],
    "gone": [0, 40, 80, 120, 160, 200],
    "newcomer": [210],
}


@pytest.fixture
def people(programme):
    open_the_post()
    MessageLimits.objects.update(weekly=1)
    made = {name: willing(name) for name in [*HABITS, "idler"]}
    for name, ordered in HABITS.items():
        order(made[name], *(number for number in ordered if number < YEAR.start))
    order(made["idler"], 0, 30, 60, 90, 120, 150, 180)
    return made


def gifts_of(account):
    posted = Entry.objects.filter(account=account, reason="win-back-gift")
    return list(posted.order_by("pk").values_list("posted_at", flat=True))


def sent_on(people):
    """For each of them, the days on which which messages left."""
    days = defaultdict(list)
    names = {account.pk: name for name, account in people.items()}
    for message in Message.objects.filter(state="sent").order_by("settled_at", "pk"):
        number = (message.settled_at - day(0)).days
        days[names[message.account_id]].append((number, message.kind))
    return days


def test_a_year(people):
    idler, gifts = people["idler"], 0
    for number in YEAR:
        for name, ordered in HABITS.items():
            if number in ordered:
                order(people[name], number)
        if len(gifts_of(idler)) > gifts:
            gifts += 1
            order(idler, number)
        if number not in ASLEEP:
            look(number)
            deliver(number)
    sent = sent_on(people)

    # Who keeps to what they are used to hears nothing.
    assert sent["every four weeks"] == sent["rarely"] == []
    # Four of five gaps were no longer than 55 days; after 70 there was an order again.
    assert sent["irregular"] == [(286, "win-back")]
    # Forty days were usual; the search after day 240 found it the next day. Every 14 days after
    # that, or on the first day that the worker is awake again.
    assert sent["gone"] == list(zip((241, 257, 271, 285), STEPS, strict=True))
    # Half of those who ordered twice had done so after 30 days.
    assert sent["newcomer"] == list(zip((241, 257, 271, 285), STEPS, strict=True))
    # The idler bought again with the gift and stayed away again: within a year there is no other.
    first = zip((211, 225, 239), STEPS[:3], strict=True)
    again = zip((271, 285, 299), ("win-back", "win-back-why", "win-back-goodbye"), strict=True)
    assert sent["idler"] == [*first, *again]
    assert len(gifts_of(idler)) == 1

    # Nobody twice about one order, none within a week of another.
    assert len(mail.outbox) == Message.objects.filter(state="sent").count()
    for days in sent.values():
        numbers = [number for number, _kind in days]
        assert all(later - sooner >= 7 for sooner, later in pairwise(numbers))
    for lapse in Lapse.objects.all():
        kinds = Message.objects.filter(about=str(lapse.pk)).values_list("kind", flat=True)
        assert len(kinds) == len(set(kinds)) <= len(STEPS)


def test_an_idler_over_many_years(people):
    """One gift in 365 days at the most, and three in all, whatever they do."""
    idler, number = people["idler"], 200
    given = []
    while number < 3_000:
        look(number)
        if len(gifts_of(idler)) > len(given):
            given = gifts_of(idler)
            order(idler, number)
        elif Lapse.objects.filter(account=idler, ended_at=None, next_step_on=None).exists():
            # Nothing more comes of staying away: another order, to be missed anew.
            order(idler, number)
        number += 14
    assert len(given) == 3
    assert all(later - sooner >= timedelta(days=365) for sooner, later in pairwise(given))
