"""A member's word on their birthday: kept, changed once a year, taken back, and merged."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.db import transaction

from oscar_loyalty.errors import BirthdayRefused, InvalidDate
from oscar_loyalty.flows import accounts_merged, birthday_entered
from oscar_loyalty.models import Birthday, MessageKind
from oscar_loyalty.program.messages import queries as messages_queries
from tests import birthdays, world
from tests.birthdays import celebrated, enter, found_around, known, noon, search, years

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


class TestMerging:
    def merge(self, gone, stays):
        accounts_merged.run(
            gone.pk, stays.pk, note="One person", actor_id=world.customer().pk, at=noon(MARCH_5)
        )

    def test_the_birthday_moves_along(self, dora):
        eve = world.member("eve")
        self.merge(dora, eve)
        assert (known(eve), Birthday.objects.count()) == (305, 1)
        assert (search(MARCH_5), years(eve)) == (1, [2026])

    def test_of_two_the_one_of_who_goes_on_is_kept(self, dora):
        eve = birthdays.member(901, on=LONG_AGO)
        self.merge(dora, eve)
        assert (known(eve), Birthday.objects.count()) == (901, 1)

    def test_one_person_has_one_present_a_year(self, dora):
        """Either account's present was the person's."""
        eve = birthdays.member(901, on=LONG_AGO)
        search(MARCH_5)
        self.merge(dora, eve)
        assert found_around(date(2026, 9, 1), date(2027, 9, 1)) == [date(2027, 9, 1)]

    def test_one_person_has_one_present_though_the_day_comes_from_the_other(self, dora):
        eve = birthdays.member(110, on=LONG_AGO)
        search(date(2026, 1, 10))
        birthday_entered.remove(eve.pk)
        self.merge(dora, eve)
        assert known(eve) == 305
        assert found_around(MARCH_5, date(2027, 3, 5)) == [date(2027, 3, 5)]

    def test_a_change_of_either_counts(self, dora):
        eve = birthdays.member(901, on=LONG_AGO)
        enter(dora, 306, on=date(2026, 1, 1))
        self.merge(dora, eve)
        with pytest.raises(BirthdayRefused):
            enter(eve, 902, on=MARCH_5)


class TestEntering:
    def test_the_first_is_no_change(self, dora):
        row = Birthday.objects.get()
        assert (row.entered_date, row.changed_date) == (LONG_AGO, None)
        enter(dora, 306, on=LONG_AGO)
        assert Birthday.objects.get().changed_date == LONG_AGO

    def test_one_change_a_year(self, dora):
        enter(dora, 306, on=MARCH_5)
        for later in (0, 1, 364):
            with pytest.raises(BirthdayRefused, match="yours from March 5, 2027 on"):
                enter(dora, 307, on=MARCH_5 + later * DAY)
        assert known(dora) == 306
        enter(dora, 307, on=date(2027, 3, 5))
        assert known(dora) == 307

    def test_the_same_day_is_no_change(self, dora):
        enter(dora, 305, year=1990, on=MARCH_5)
        enter(dora, 305, on=MARCH_5)
        enter(dora, 305, year=1991, on=MARCH_5)
        row = Birthday.objects.get()
        assert (row.year, row.entered_date, row.changed_date) == (1991, LONG_AGO, None)

    def test_to_remove_it_and_enter_one_again_is_a_change(self, dora):
        birthday_entered.remove(dora.pk)
        enter(dora, 305, on=MARCH_5)
        assert Birthday.objects.get().changed_date == MARCH_5
        birthday_entered.remove(dora.pk)
        with pytest.raises(BirthdayRefused):
            enter(dora, 305, on=MARCH_5 + DAY)
        assert known(dora) is None

    def test_what_was_celebrated_is_remembered_though_it_was_removed(self, dora):
        search(MARCH_5)
        birthday_entered.remove(dora.pk)
        enter(dora, 501, on=MARCH_5)
        assert found_around(date(2026, 5, 1)) == []
        assert found_around(date(2027, 5, 1)) == [date(2027, 5, 1)]

    @pytest.mark.parametrize(("month_day", "year"), [(431, None), (229, 2025), (305, 2027)])
    def test_a_day_that_cannot_be_is_refused(self, dora, month_day, year):
        with pytest.raises(InvalidDate):
            enter(dora, month_day, year=year, on=MARCH_5)
        assert known(dora) == 305

    def test_where_none_is_celebrated_none_is_asked_for(self, dora):
        MessageKind.objects.update(active=False)
        messages_queries.forget_active()
        with pytest.raises(BirthdayRefused, match="The shop celebrates no birthdays"):
            enter(dora, 306, on=MARCH_5)
        birthday_entered.remove(dora.pk)
        assert known(dora) is None

    def test_to_remove_what_was_never_entered_changes_nothing(self, party):
        birthday_entered.remove(world.member().pk)
        assert Birthday.objects.count() == 0

    @pytest.mark.parametrize(
        ("taken_away_first", "presents"), [(False, [2028, 2029]), (True, [2028])]
    )
    def test_whoever_changes_it_every_day_has_one_present_a_year(
        self, party, taken_away_first, presents
    ):
        """It is always tomorrow. Of a day that was taken away the latest it can be counts."""
        eve, day, changes = world.member("eve"), date(2028, 1, 1), []
        while day < date(2030, 1, 1):
            tomorrow = day + DAY
            with suppress(BirthdayRefused), transaction.atomic():
                if taken_away_first:
                    birthday_entered.remove(eve.pk)
                enter(eve, tomorrow.month * 100 + tomorrow.day, on=day)
                changes.append(day)
            search(day)
            day = tomorrow
        assert years(eve) == presents
        assert changes[:2] == [date(2028, 1, 1), date(2028, 1, 2)]
        assert {change.year for change in changes[2:]} == {2029}
