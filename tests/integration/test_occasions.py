"""Members are wished well on occasions: whom they are for, once a year, with what they bring."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone as django_timezone

from oscar_loyalty.flows import (
    accounts_merged,
    due_jobs,
    member_erased,
    messages_delivered,
    occasions_greeted,
    preferences_chosen,
    spending_blocked,
)
from oscar_loyalty.models import (
    Message,
    MessageKind,
    MessageLimits,
    Occasion,
    Programme,
    Standing,
)
from oscar_loyalty.program.messages.policy import MARKETING
from tests import world
from tests.mailing import post, switch_on, willing
from tests.occasions import greet, greeted, noon, occasion

pytestmark = pytest.mark.django_db

#: Four hundred days with every occasion in them.
YEAR = [date(2026, 12, 24) + timedelta(days=offset) for offset in range(400)]


@pytest.fixture
def wishes(programme):
    switch_on("occasion")
    MessageLimits.objects.update(weekly=50)


class TestWhen:
    def test_so_many_days_ahead_once(self, wishes):
        made, dora = occasion(days_ahead=7), willing()
        assert greet("2027-03-13", "2027-03-14", "2027-03-14", "2027-03-15") == [0, 1, 0, 0]
        message = Message.objects.get()
        assert (message.account, message.kind, message.marketing) == (dora, "occasion", True)
        assert message.key == f"occasion:{made.pk}:2027-03-21:{dora.pk}"
        assert message.planned_at == noon("2027-03-14")

    def test_every_year_again(self, wishes):
        occasion(days_ahead=0)
        willing()
        assert greet("2027-03-21", "2028-03-20", "2029-03-20") == [1, 1, 1]
        assert [day for _name, day in greeted()] == ["2027-03-21", "2028-03-20", "2029-03-20"]

    def test_a_worker_that_slept_is_late_but_not_too_late(self, wishes):
        occasion(days_ahead=3)
        willing()
        assert greet("2027-03-21", "2027-03-22") == [1, 0]
        assert greet("2028-03-21", "2028-03-25") == [0, 0]

    def test_by_the_clock_of_the_programme(self, wishes):
        Programme.objects.update(time_zone="Asia/Tehran")
        occasion(days_ahead=0)
        willing()
        evening = datetime(2027, 3, 20, 20, 29, tzinfo=timezone.utc)
        assert occasions_greeted.run(at=evening) == 0
        assert occasions_greeted.run(at=evening + timedelta(minutes=1)) == 1

    def test_a_whole_year_of_all_of_them(self, wishes):
        """Whatever days the worker sleeps on, as long as it wakes within a week."""
        willing()
        for what in Occasion.What.values[1:]:
            occasion(what, days_ahead=7)
        occasion("fixed", month=2, day=29, days_ahead=7)
        for number, day in enumerate(YEAR):
            if number % 7 == 3:
                occasions_greeted.run(at=noon(day))
        assert sorted(day for _name, day in greeted()) == [
            *("2027-01-01", "2027-02-28", "2027-03-09", "2027-03-21", "2027-03-28"),
            *("2027-05-02", "2027-05-16", "2027-12-21", "2028-01-01"),
        ]

    @pytest.mark.parametrize(
        "off",
        [
            lambda: Programme.objects.update(active=False),
            lambda: Occasion.objects.update(active=False),
            lambda: MessageKind.objects.update(active=False),
        ],
    )
    def test_nothing_while_switched_off(self, wishes, off):
        occasion()
        willing()
        off()
        assert greet("2027-03-20") == [0]
        assert not Message.objects.exists()

    def test_one_set_up_when_it_is_near_is_not_missed(self, wishes):
        willing()
        assert greet("2027-03-20") == [0]
        occasion(days_ahead=7)
        assert greet("2027-03-20") == [1]

    def test_found_by_the_due_jobs(self, wishes):
        occasion()
        willing()
        assert due_jobs.run(at=noon("2027-03-20"))["members greeted on occasions"] == 1


class TestAnnounced:
    def test_the_letter_follows_it(self, wishes):
        occasion("eid-al-fitr", days_ahead=2, announced_date=date(2027, 3, 10))
        willing()
        assert greet("2027-03-07", "2027-03-08") == [0, 1]
        messages_delivered.run(at=noon("2027-03-08"))
        assert "Eid-Al-Fitr is on March 10, 2027." in mail.outbox[0].body

    def test_announced_when_all_are_greeted_nobody_is_greeted_again(self, wishes):
        occasion("eid-al-fitr", days_ahead=2)
        willing()
        assert greet("2027-03-07") == [1]
        Occasion.objects.update(announced_date=date(2027, 3, 10))
        assert greet(*(f"2027-03-{day:02}" for day in range(7, 13))) == [0] * 6

    def test_in_the_next_year_the_calendar_counts(self, wishes):
        occasion("eid-al-fitr", days_ahead=0, announced_date=date(2027, 3, 10))
        willing()
        assert greet("2027-03-09", "2027-03-10", "2028-02-26") == [0, 1, 1]


class TestWhom:
    def test_who_asked_for_marketing(self, wishes):
        occasion()
        dora, eve = willing("dora"), willing("eve")
        world.member("bob")
        preferences_chosen.run(eve.pk, {"occasion": False}, at=django_timezone.now())
        gone = willing("frank")
        preferences_chosen.run(gone.pk, {MARKETING: False}, at=django_timezone.now())
        assert greet("2027-03-20") == [1]
        assert Message.objects.get().account == dora

    def test_members_of_a_tier(self, wishes, ladder):
        silver, gold = ladder
        for name, tier in (("dora", gold), ("eve", silver), ("frank", None)):
            Standing.objects.filter(account=willing(name)).update(tier=tier)
        occasion(tier=gold)
        occasion("eid-al-fitr", tier=silver, days_ahead=12)
        assert greet("2027-03-08", "2027-03-20") == [1, 1]
        assert greeted() == [("eve", "2027-03-09"), ("dora", "2027-03-21")]

    def test_members_who_read_a_language(self, wishes):
        for name, languages in (("dora", ["en", "fa"]), ("eve", ["fa", "en"]), ("frank", [])):
            account = willing(name)
            for number, language in enumerate(languages):
                key = f"{name}{number}"
                post(account, "thank-you", key=key, at=noon("2027-01-01"), language=language)
        occasion("nowruz", language="fa")
        occasion("easter-western", language="en", days_ahead=8)
        assert greet("2027-03-20") == [3]
        assert greeted() == [
            ("dora", "2027-03-21"),
            ("eve", "2027-03-28"),
            # Nobody knows his: the shop's own.
            ("frank", "2027-03-28"),
        ]

    def test_nobody_who_is_restrained(self, wishes, alice):
        at = noon("2027-03-19")
        members = {name: willing(name) for name in ("blocked", "erased", "merged", "into", "gone")}
        note = {"note": "-", "actor_id": alice.pk, "at": at}
        spending_blocked.run(members["blocked"].pk, **note)
        member_erased.run(members["erased"].pk, at=at)
        accounts_merged.run(members["merged"].pk, members["into"].pk, **note)
        members["gone"].user.delete()
        occasion()
        assert greet("2027-03-20") == [1]
        assert greeted() == [("into", "2027-03-21")]

    def test_thousands_in_chunks(self, wishes, monkeypatch):
        monkeypatch.setattr("oscar_loyalty.flows.audience.CHUNK", 3)
        names = [willing(f"member{number}").user.username for number in range(10)]
        occasion()
        assert greet("2027-03-20") == [10]
        assert [name for name, _day in greeted()] == names

    def test_a_tier_that_an_occasion_is_for_stays(self, wishes, silver):
        occasion(tier=silver)
        with pytest.raises(ProtectedError):
            silver.delete()


class TestRow:
    @pytest.mark.parametrize(
        ("fields", "where", "sentence"),
        [
            ({"what": "fixed"}, "day", "Choose a month, and write a day of it."),
            ({"what": "fixed", "month": 4, "day": 31}, "day", "The month has no such day."),
            (
                {"announced_date": date(2027, 4, 1)},
                "announced_date",
                "By the calendar this occasion is next on March 20, 2028. Write a day at most a "
                "week before or after it.",
            ),
            (
                {"what": "eid-al-adha", "announced_date": date(2090, 4, 1)},
                "announced_date",
                "The calendar of this occasion is not known for that year.",
            ),
            ({"gives": "percentage", "value": Decimal(101)}, "value", "A percentage is from 0.01"),
            ({"days_ahead": 61}, "days_ahead", "less than or equal to 60"),
            ({"what": "christmas"}, "what", "is not a valid choice"),
        ],
    )
    def test_what_cannot_be_is_refused(self, programme, fields, where, sentence):
        row = Occasion(**{"name": "x", "what": "nowruz", **fields})
        with pytest.raises(ValidationError) as refused:
            row.full_clean()
        assert sentence in " ".join(refused.value.message_dict[where])

    def test_a_month_says_nothing_where_a_calendar_does(self, programme):
        row = Occasion(name="x", what="nowruz", month=4, day=31)
        row.full_clean()
        assert (row.month, row.day) == (None, None)

    @pytest.mark.parametrize(
        "fields",
        [
            {"what": "fixed"},
            {"what": "fixed", "month": 13, "day": 1},
            {"what": "nowruz", "month": 1, "day": 1},
            {"what": "nowruz", "days_ahead": 61},
        ],
    )
    def test_the_database_sees_to_it(self, programme, fields):
        with pytest.raises(IntegrityError), transaction.atomic():
            Occasion.objects.create(name="x", **fields)
        assert not Occasion.objects.exists()
