"""A birthday is celebrated once in a year: on its day, ahead of it, or as soon as it is found."""

from datetime import date, datetime, timedelta, timezone
from random import Random

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from oscar_loyalty.flows import (
    birthday_entered,
    birthdays_found,
    due_jobs,
    letter_tried,
    letter_written,
    member_erased,
    member_exported,
    messages_delivered,
    preferences_chosen,
    spending_blocked,
)
from oscar_loyalty.models import (
    Birthday,
    Coupon,
    DailySearch,
    Entry,
    Message,
    MessageKind,
    Programme,
)
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.policy import MARKETING
from tests import birthdays
from tests.birthdays import celebrated, enter, found_around, noon, search, searches, years
from tests.mailing import states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]

DAY = timedelta(days=1)
LONG_AGO = date(2025, 10, 1)
MARCH_5 = date(2026, 3, 5)


@pytest.fixture
def party(programme):
    celebrated()


@pytest.fixture
def dora(party):
    return birthdays.member(305, on=LONG_AGO, name="dora")


def willing(account):
    preferences_chosen.run(account.pk, {MARKETING: True}, at=noon(LONG_AGO))
    return account


class TestOnTheDay:
    def test_a_coupon_of_her_own_and_a_letter(self, dora):
        assert [search(MARCH_5 - DAY), search(MARCH_5), search(MARCH_5 + DAY)] == [0, 1, 0]
        coupon, message = Coupon.objects.get(), Message.objects.get()
        assert coupon.key == message.key == f"birthday:{dora.pk}:2026"
        assert (coupon.account, coupon.gives.kind, coupon.gives.value) == (dora, "percentage", 10)
        assert coupon.expires_at == datetime(2026, 4, 5, tzinfo=timezone.utc) - timedelta(hours=1)
        assert (message.about, message.marketing) == (str(coupon.pk), True)
        assert message.planned_at == noon(MARCH_5)
        assert Birthday.objects.get().next_date == date(2027, 3, 5)

    def test_once_though_it_is_searched_again(self, dora):
        search(MARCH_5)
        DailySearch.objects.all().delete()
        assert (search(MARCH_5), years(dora)) == (0, [2026])

    def test_every_year(self, dora):
        days = [MARCH_5, date(2027, 3, 5), date(2028, 3, 5)]
        assert found_around(*days) == days
        assert years(dora) == [2026, 2027, 2028]

    def test_29_february_on_the_28th_where_there_is_none(self, party):
        eve = birthdays.member(229, on=LONG_AGO)
        days = [date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]
        assert found_around(*days) == days
        assert years(eve) == [2026, 2027, 2028]

    def test_by_the_due_jobs(self, dora):
        assert due_jobs.run(at=noon(MARCH_5))["birthdays celebrated"] == 1
        assert due_jobs.run(at=noon(MARCH_5))["birthdays celebrated"] == 0

    def test_points(self, dora):
        MessageKind.objects.update(gives="points", value=50)
        search(MARCH_5)
        entry = Entry.objects.get()
        assert (entry.account, entry.points, entry.reason) == (dora, 50, "birthday")
        assert (Coupon.objects.count(), Message.objects.get().about) == (0, "")

    def test_good_wishes_alone(self, dora):
        MessageKind.objects.update(gives="nothing", value=0)
        search(MARCH_5)
        assert (Coupon.objects.count(), Entry.objects.count()) == (0, 0)
        assert Message.objects.get().key == f"birthday:{dora.pk}:2026"

    @pytest.mark.parametrize("switch", [MessageKind, Programme])
    def test_nothing_while_it_is_switched_off(self, dora, switch):
        switch.objects.update(active=False)
        messages_queries.forget_active()
        assert (search(MARCH_5), Coupon.objects.count(), Message.objects.count()) == (0, 0, 0)

    @pytest.mark.parametrize(
        ("zone", "hour", "found"),
        [
            ("Europe/London", 23, 0),
            ("Pacific/Kiritimati", 9, 0),
            ("Pacific/Kiritimati", 10, 1),
            ("Asia/Tehran", 20, 0),
            ("Asia/Tehran", 21, 1),
            ("Pacific/Honolulu", 34 - 1, 0),
            ("Pacific/Honolulu", 34, 1),
        ],
    )
    def test_by_the_clock_of_the_programme(self, dora, zone, hour, found):
        """Hours since the 4th of March began in Greenwich."""
        programme = Programme.objects.get()
        programme.time_zone = zone
        programme.save()
        eve_of_it = datetime(2026, 3, 4, tzinfo=timezone.utc)
        assert birthdays_found.run(at=eve_of_it + timedelta(hours=hour)) == found


class TestAhead:
    def test_of_the_turn_of_the_year(self, party):
        celebrated(days=7)
        eve = birthdays.member(102, on=LONG_AGO)
        days = [date(2025, 12, 26), date(2026, 12, 26), date(2027, 12, 26)]
        assert found_around(*days) == days
        assert found_around(date(2028, 1, 2)) == []
        assert years(eve) == [2026, 2027, 2028]

    def test_days_that_staff_change_double_nothing(self, dora):
        celebrated(days=0)
        assert search(date(2026, 3, 1)) == 0
        celebrated(days=20)
        assert search(date(2026, 3, 2)) == 1
        celebrated(days=0)
        assert (found_around(MARCH_5 + 3 * DAY), years(dora)) == ([], [2026])

    def test_the_most_days_there_can_be(self, dora):
        """A year ahead it is the next one that is near as soon as one is over."""
        celebrated(days=365)
        found = found_around(date(2026, 1, 1), MARCH_5, date(2027, 3, 6))
        assert found == [date(2025, 12, 27), MARCH_5, date(2027, 3, 6)]
        assert years(dora) == [2026, 2027, 2028]


class TestWaiting:
    @pytest.mark.parametrize(
        ("entered_on", "found_on", "year"),
        [
            (date(2026, 2, 3), date(2026, 3, 5), 2026),
            (date(2026, 2, 4), date(2026, 3, 6), 2026),
            (date(2026, 3, 4), date(2026, 4, 3), 2026),
            (date(2026, 3, 5), date(2026, 4, 4), 2026),
            (date(2026, 3, 6), date(2027, 3, 5), 2027),
        ],
    )
    def test_thirty_days_after_it_was_entered(self, party, entered_on, found_on, year):
        eve = birthdays.member(305, on=entered_on)
        assert searches(entered_on, date(2026, 4, 15)) + found_around(date(2027, 3, 5)) == (
            [found_on, date(2027, 3, 5)] if year == 2026 else [found_on]
        )
        assert years(eve)[0] == year

    def test_ahead_too(self, party):
        celebrated(days=20)
        birthdays.member(305, on=date(2026, 2, 10))
        assert searches(date(2026, 2, 10), MARCH_5 + 30 * DAY) == [date(2026, 3, 12)]

    def test_thirty_days_after_it_was_changed(self, dora):
        enter(dora, 310, on=date(2026, 3, 1))
        assert searches(date(2026, 3, 1), date(2026, 4, 3)) == [date(2026, 3, 31)]
        assert years(dora) == [2026]

    def test_another_day_is_no_second_present(self, dora):
        search(MARCH_5)
        enter(dora, 901, on=date(2026, 4, 1))
        assert found_around(date(2026, 9, 1), date(2027, 9, 1)) == [date(2027, 9, 1)]
        assert years(dora) == [2026, 2027]

    def test_a_day_soon_after_the_turn_of_the_year_is_no_second_present(self, party):
        eve = birthdays.member(1220, on=date(2026, 1, 1))
        search(date(2026, 12, 20))
        enter(eve, 125, on=date(2026, 12, 21))
        assert found_around(date(2027, 1, 25), date(2028, 1, 25)) == [date(2028, 1, 25)]
        assert years(eve) == [2026, 2028]


class TestCatchingUp:
    @pytest.mark.parametrize(("late", "found"), [(1, 1), (5, 1), (14, 1), (15, 0), (300, 0)])
    def test_two_weeks(self, dora, late, found):
        assert search(MARCH_5 + late * DAY) == found
        assert years(dora) == [2026] * found
        assert search(date(2027, 3, 5)) == 1
        assert years(dora) == [2026] * found + [2027]

    def test_years_later_there_is_one(self, dora):
        assert search(date(2030, 3, 10)) == 1
        assert years(dora) == [2030]

    def test_no_birthday_is_missed_or_doubled_though_the_worker_sleeps(self, party):
        luck = Random(4)
        first, last = date(2027, 1, 1), date(2028, 12, 31)
        born = [101, 102, 227, 228, 229, 301, 1230, 1231]
        born += [luck.randint(1, 12) * 100 + luck.randint(1, 28) for _member in range(12)]
        everybody = [birthdays.member(day, on=first) for day in born]
        asleep = set()
        for _nap in range(60):
            start = first + luck.randrange(725) * DAY
            asleep |= {start + day * DAY for day in range(luck.randint(1, 5))}
        asleep -= {last - day * DAY for day in range(3)}
        assert len(asleep) > 100
        searches(first, last, asleep=asleep)
        assert {account.pk: years(account) for account in everybody} == {
            account.pk: [2027, 2028] for account in everybody
        }

    def test_a_search_that_fails_is_done_again(self, dora):
        eve = birthdays.member(305, on=LONG_AGO)
        MessageKind.objects.update(range_id=10**9)
        with pytest.raises(RuntimeError):
            search(MARCH_5)
        assert (Coupon.objects.count(), Message.objects.count()) == (0, 0)
        MessageKind.objects.update(range_id=None)
        assert search(MARCH_5) == 2
        assert (years(dora), years(eve)) == ([2026], [2026])

    def test_in_chunks(self, party, monkeypatch):
        monkeypatch.setattr(birthdays_found, "CHUNK", 2)
        everybody = [birthdays.member(305, on=LONG_AGO) for _member in range(5)]
        assert search(MARCH_5) == 5
        assert [years(account) for account in everybody] == [[2026]] * 5


class TestWhoGetsNothing:
    def test_who_is_blocked_until_they_are_not(self, dora, bob):
        at = noon(MARCH_5)
        spending_blocked.run(dora.pk, note="-", actor_id=bob.pk, at=at)
        assert search(MARCH_5) == 0
        spending_blocked.lift(dora.pk, note="-", actor_id=bob.pk, at=at)
        assert search(MARCH_5 + DAY) == 1

    def test_who_is_blocked_for_longer(self, dora, bob):
        spending_blocked.run(dora.pk, note="-", actor_id=bob.pk, at=noon(MARCH_5))
        assert searches(MARCH_5, MARCH_5 + 20 * DAY) == []
        spending_blocked.lift(dora.pk, note="-", actor_id=bob.pk, at=noon(MARCH_5))
        assert searches(MARCH_5 + 21 * DAY, MARCH_5 + 30 * DAY) == []
        assert found_around(date(2027, 3, 5)) == [date(2027, 3, 5)]

    @pytest.mark.parametrize("how", ["erased", "deleted", "removed"])
    def test_who_is_gone_or_took_it_back(self, dora, how):
        gone = {
            "erased": lambda: member_erased.run(dora.pk, at=noon(LONG_AGO)),
            "deleted": lambda: dora.user.delete(),
            "removed": lambda: birthday_entered.remove(dora.pk),
        }
        gone[how]()
        row = Birthday.objects.get()
        assert (row.month_day, row.year, row.next_date) == (None, None, None)
        assert searches(MARCH_5, MARCH_5 + DAY) == []
        assert (Coupon.objects.count(), Message.objects.count()) == (0, 0)


class TestTheLetter:
    def test_tells_what_she_gets(self, dora):
        willing(dora)
        MessageKind.objects.update(minimum="20.00")
        search(MARCH_5)
        messages_delivered.run(at=noon(MARCH_5))
        (sent,) = mail.outbox
        assert sent.subject == "All the best for your birthday from Larkfield"
        assert "Here is a present for you: 10% off your order\n" in sent.body
        assert "From £20 spent, before discounts" in sent.body
        code = Coupon.objects.get().voucher.code
        assert f"Your code for the basket is {code}. It is good until April 4, 2026." in sent.body

    def test_tells_of_points(self, dora):
        willing(dora)
        MessageKind.objects.update(gives="points", value=1)
        search(MARCH_5)
        messages_delivered.run(at=noon(MARCH_5))
        assert "Here is a present for you: 1 point\n" in mail.outbox[0].body
        assert "Your code" not in mail.outbox[0].body

    def test_the_present_is_hers_though_she_wants_no_letter(self, dora):
        search(MARCH_5)
        messages_delivered.run(at=noon(MARCH_5))
        assert states() == [(f"birthday:{dora.pk}:2026", "dropped", "unwanted")]
        assert (years(dora), mail.outbox) == ([2026], [])

    def test_is_not_sent_about_a_coupon_that_was_used(self, dora):
        willing(dora)
        search(MARCH_5)
        Coupon.objects.update(order_number="7", claimed_at=noon(MARCH_5))
        messages_delivered.run(at=noon(MARCH_5))
        assert [(state, why) for _key, state, why in states()] == [("dropped", "not-true")]

    def test_can_be_tried_before_anybody_has_one(self, dora):
        source = letter_written.text_of("birthday", "en")
        at = noon(MARCH_5)
        letter = letter_tried.run("birthday", source, language="en", member="dora", at=at)
        assert "We wish you a very happy birthday!" in letter.text
        assert "present" not in letter.text


def test_a_member_is_told_what_is_known(dora):
    enter(dora, 305, year=1990, on=MARCH_5)
    (row,) = member_exported.run(dora.pk)["birthdays"]
    assert (row["month_day"], row["year"], row["entered_date"]) == (305, 1990, LONG_AGO)


@pytest.mark.parametrize(
    "change",
    [
        {"month_day": 230},
        {"month_day": 0},
        {"month_day": 431},
        {"month_day": 1301},
        {"month_day": None},
        {"next_date": None},
        {"year": 1799},
    ],
)
def test_the_database_refuses_what_cannot_be(dora, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        Birthday.objects.update(**change)
