"""Who stays away for longer than they usually do is missed, if they want to hear of it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from oscar_loyalty.flows import (
    accounts_merged,
    due_jobs,
    member_erased,
    member_exported,
    order_recalculated,
    preferences_chosen,
    spending_blocked,
)
from oscar_loyalty.models import (
    DailySearch,
    Entry,
    Lapse,
    Message,
    Programme,
    Rhythm,
    ShopRhythm,
    WinBackSettings,
)
from oscar_loyalty.program.messages.policy import MARKETING
from tests import comebacks, world
from tests.mailing import willing
from tests.winback import (
    EVERY_60_DAYS,
    STEPS,
    day,
    deliver,
    lapse_of,
    look,
    open_the_post,
    order,
    switch_off,
    told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(programme):
    open_the_post()


@pytest.fixture
def dora(post):
    """She orders every 60 days, the last time on day 180."""
    account = willing("dora")
    order(account, *EVERY_60_DAYS)
    return account


class TestLate:
    def test_by_their_own_rhythm(self, dora):
        assert (look(240), Lapse.objects.count()) == (0, 0)
        assert look(241) == 1
        message = Message.objects.get()
        assert (message.key, message.planned_at) == (f"win-back:{lapse_of(dora).pk}", day(241))
        lapse = lapse_of(dora)
        assert (lapse.began_at, lapse.found_at, lapse.step) == (day(180), day(241), 1)
        assert lapse.next_step_on == date(2026, 1, 1) + timedelta(days=255)

    def test_the_row_says_how_often(self, dora):
        look(200)
        rhythm = Rhythm.objects.get(account=dora)
        assert (rhythm.days, rhythm.first_gap_days, rhythm.usual_gap_days) == (4, 60, 60)
        assert rhythm.last_order_at == day(180)

    def test_newcomers_by_the_median_of_the_shop(self, post):
        for name, gap in (("ann", 10), ("ben", 45), ("cleo", 200)):
            order(world.member(name), 0, gap)
        newcomer = willing("eve")
        order(newcomer, 200)
        assert look(245) == 0
        assert ShopRhythm.objects.get().newcomers_gap_days == 45
        assert look(246) == 1
        assert told(newcomer) == ["win-back"]

    def test_where_nobody_has_ordered_twice_newcomers_are_not_late(self, post):
        order(willing("eve"), 0)
        assert look(360) == 0
        assert Lapse.objects.count() == 0

    def test_never_before_the_least_days(self, post):
        weekly = willing("wim")
        order(weekly, 0, 7, 14, 21)
        assert [look(number) for number in (29, 51, 52)] == [0, 0, 1]

    def test_staff_choose_the_least_days(self, post):
        WinBackSettings.objects.update(least_days=10)
        order(willing("wim"), 0, 7, 14, 21)
        assert [look(number) for number in (31, 32)] == [0, 1]

    def test_orders_of_one_day_count_once(self, post):
        account = willing("dora")
        order(account, 0, 0, 0, 0, 60)
        look(61)
        rhythm = Rhythm.objects.get()
        assert (rhythm.days, rhythm.usual_gap_days) == (2, 60)

    def test_an_order_that_came_back_is_no_purchase(self, dora):
        last = order(dora, 235)
        assert look(241) == 0
        comebacks.put(last, "Cancelled")
        order_recalculated.run(last.number, at=day(242))
        assert look(242) == 1
        assert lapse_of(dora).began_at == day(180)

    def test_one_that_stands_again_is(self, post):
        account = willing("dora")
        orders = [order(account, number) for number in (0, 60, 120)]
        last = order(account, 180)
        for placed in (*orders, last):
            comebacks.put(placed, "Cancelled")
            order_recalculated.run(placed.number, at=day(190))
        look(191)
        assert (Rhythm.objects.get().days, Rhythm.objects.get().last_order_at) == (0, None)
        for placed in (*orders, last):
            comebacks.put(placed, "Pending")
            order_recalculated.run(placed.number, at=day(195))
        assert [look(240), look(241)] == [0, 1]

    def test_an_order_that_earns_nothing_is_a_purchase(self, dora):
        Programme.objects.update(minimum_order="50.00")
        order(dora, 238)
        assert look(241) == 0
        assert Rhythm.objects.get().last_order_at == day(238)

    def test_orders_that_were_seen_are_looked_at_no_more(self, dora):
        look(200)
        look(201)
        look(202)
        row = ShopRhythm.objects.get()
        assert row.followed_before == row.followed_to > 0
        Rhythm.objects.update(days=9)
        look(203)
        assert Rhythm.objects.get().days == 9

    def test_one_committed_late_is_found_the_next_day(self, dora):
        """Its number was drawn before a look that could not see it yet."""
        eve = willing("eve")
        order(eve, 190)
        look(200)
        Rhythm.objects.filter(account=eve).delete()
        look(201)
        assert Rhythm.objects.get(account=eve).last_order_at == day(190)


class TestWhoIsLeftAlone:
    def nothing_is_said(self, account):
        assert look(241) == 0
        assert (told(account), Lapse.objects.count()) == ([], 0)

    def test_who_did_not_ask_for_marketing(self, dora):
        preferences_chosen.run(dora.pk, {MARKETING: False}, at=timezone.now())
        self.nothing_is_said(dora)

    def test_who_does_not_want_to_be_missed(self, dora):
        preferences_chosen.run(dora.pk, {"win-back": False}, at=timezone.now())
        self.nothing_is_said(dora)

    def test_who_asks_for_marketing_later_is_not_told_of_the_past(self, dora):
        preferences_chosen.run(dora.pk, {MARKETING: False}, at=timezone.now())
        look(241)
        preferences_chosen.run(dora.pk, {MARKETING: True}, at=timezone.now())
        assert look(242) == 0

    def test_who_is_blocked(self, dora, bob):
        spending_blocked.run(dora.pk, note="-", actor_id=bob.pk, at=timezone.now())
        self.nothing_is_said(dora)

    def test_who_was_erased(self, dora):
        look(200)
        member_erased.run(dora.pk, at=timezone.now())
        assert Rhythm.objects.count() == 0
        self.nothing_is_said(dora)
        assert Rhythm.objects.count() == 0

    def test_everybody_until_it_is_switched_on(self, dora):
        switch_off(*STEPS)
        self.nothing_is_said(dora)
        assert (Rhythm.objects.count(), DailySearch.objects.count()) == (0, 0)


class TestPeople:
    def test_merged_they_are_one(self, dora):
        eve, clerk = willing("eve"), world.customer()
        order(eve, 230)
        look(241)
        accounts_merged.run(dora.pk, eve.pk, note="-", actor_id=clerk.pk, at=day(242))
        deliver(242)
        message = Message.objects.get()
        assert (message.state, message.outcome) == ("dropped", "not-true")
        look(242)
        rhythm = Rhythm.objects.get()
        assert (rhythm.account_id, rhythm.days, rhythm.last_order_at) == (eve.pk, 5, day(230))
        lapse = lapse_of(eve)
        assert (lapse.began_at, lapse.ended_by, lapse.ended_at) == (day(180), "", day(242))
        assert [look(number) for number in (255, 290, 291)] == [0, 0, 1]

    def test_gifts_of_both_count_once_they_are_merged(self, dora):
        for number in (241, 255, 269):
            look(number)
        eve, clerk = willing("eve"), world.customer()
        accounts_merged.run(dora.pk, eve.pk, note="-", actor_id=clerk.pk, at=day(270))
        order(eve, 271)
        for number in range(272, 420, 10):
            look(number)
        assert Entry.objects.filter(kind="bonus").count() == 1
        assert "win-back-goodbye" in told(eve)

    def test_erased_they_are_missed_no_more(self, dora):
        look(241)
        member_erased.run(dora.pk, at=day(242))
        lapse = lapse_of(dora)
        assert (lapse.ended_at, lapse.ended_by, lapse.next_step_on) == (day(242), "", None)
        assert (look(255), Rhythm.objects.count()) == (0, 0)

    def test_what_is_known_of_them_is_theirs_to_see(self, dora):
        look(241)
        exported = member_exported.run(dora.pk)
        assert [row["usual_gap_days"] for row in exported["rhythms"]] == [60]
        assert [row["began_at"] for row in exported["lapses"]] == [day(180)]

    def test_switched_on_late_it_goes_on_from_there(self, dora):
        look(241)
        switch_off(*STEPS)
        assert not due_jobs.run(at=day(255))["members told that they are missed"]
        open_the_post()
        assert look(256) == 1
        assert told(dora) == ["win-back", "win-back-why"]
