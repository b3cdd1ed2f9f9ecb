"""Who is missed is told so step by step, until they order: each step once, some with a gift."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from oscar_loyalty.flows import (
    due_jobs,
    letter_tried,
    letter_written,
    messages_delivered,
    order_recalculated,
    preferences_chosen,
)
from oscar_loyalty.models import (
    Account,
    Coupon,
    DailySearch,
    Entry,
    Lapse,
    Message,
    MessageKind,
)
from tests import comebacks
from tests.mailing import willing
from tests.winback import (
    EVERY_60_DAYS,
    STEPS,
    day,
    deliver,
    lapse_of,
    look,
    lots_for,
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


class TestSteps:
    def test_four_in_their_time_and_then_silence(self, dora):
        found = {number: said for number in range(238, 600) if (said := look(number))}
        assert found == {241: 1, 255: 1, 269: 1, 283: 1}
        assert told(dora) == STEPS
        lapse = lapse_of(dora)
        assert (lapse.step, lapse.next_step_on, lapse.ended_at) == (4, None, None)

    def test_what_is_switched_off_is_passed_over(self, dora):
        switch_off("win-back-why", "win-back-goodbye")
        found = [number for number in range(238, 320) if look(number)]
        assert found == [241, 255]
        assert told(dora) == ["win-back", "win-back-gift"]
        assert lapse_of(dora).next_step_on is None

    def test_without_the_first_step_it_begins_with_the_next(self, dora):
        switch_off("win-back")
        look(241)
        assert told(dora) == ["win-back-why"]

    def test_who_declines_one_gets_the_others(self, dora):
        preferences_chosen.run(dora.pk, {"win-back-gift": False}, at=timezone.now())
        for number in (241, 255, 269, 283):
            look(number)
        assert told(dora) == ["win-back", "win-back-why", "win-back-goodbye"]
        assert not Entry.objects.filter(reason="win-back-gift").exists()

    def test_an_order_between_two_steps_stops_them(self, dora):
        look(241)
        placed = order(dora, 250)
        assert [look(number) for number in (255, 269, 283)] == [0, 0, 0]
        lapse = lapse_of(dora)
        assert (lapse.ended_at, lapse.ended_by) == (day(250), placed.number)
        assert lapse.next_step_on is None

    def test_an_order_between_queueing_and_sending_stops_the_message(self, dora):
        look(241)
        order(dora, 241)
        deliver(242)
        message = Message.objects.get()
        assert (message.state, message.outcome, mail.outbox) == ("dropped", "not-true", [])

    def test_one_that_was_cancelled_meanwhile_stops_nothing(self, dora):
        look(241)
        placed = order(dora, 242)
        comebacks.put(placed, "Cancelled")
        order_recalculated.run(placed.number, at=day(242))
        deliver(242)
        assert Message.objects.get().state == "sent"

    def test_who_is_late_again_is_missed_again(self, dora):
        look(241)
        order(dora, 250)
        assert [look(310), look(311), look(312)] == [0, 0, 0]
        # The usual gap of 60, 60, 60 and 70 days is 70.
        assert [look(320), look(321)] == [0, 1]
        assert told(dora) == ["win-back", "win-back"]

    def test_once_about_the_same_order(self, dora):
        look(241)
        placed = order(dora, 250)
        look(251)
        comebacks.put(placed, "Cancelled")
        order_recalculated.run(placed.number, at=day(252))
        assert [look(number) for number in range(252, 330, 7)] == [0] * 12
        assert (Lapse.objects.count(), told(dora)) == (1, ["win-back"])

    def test_a_worker_that_slept_takes_one_step_at_a_time(self, dora):
        assert [look(number) for number in (300, 313, 314, 380, 393, 394)] == [1, 0, 1, 1, 0, 1]
        assert told(dora) == STEPS

    def test_a_search_that_was_broken_off_doubles_nothing(self, dora):
        for number in (241, 255, 269, 283):
            look(number)
            before = list(Lapse.objects.values())
            assert look(number) == 0
            DailySearch.objects.all().delete()
            assert look(number) == 0
            assert list(Lapse.objects.values()) == before
        assert told(dora) == STEPS
        assert Entry.objects.filter(reason="win-back-gift").count() == 1

    def test_the_due_jobs_do_it(self, dora):
        assert due_jobs.run(at=day(241))["members told that they are missed"] == 1


class TestLetters:
    def test_each_can_be_read(self, dora):
        for number in (241, 255, 269, 283):
            look(number)
            assert deliver(number) == 1
        assert [sent.subject for sent in mail.outbox] == [
            "We miss you at Larkfield",
            "Is there a reason why we have not seen you?",
            "A present for you from Larkfield",
            "Thank you for the time with Larkfield",
        ]
        assert "Your last order was on June 30, 2026." in mail.outbox[0].body
        assert "Answer this message" in mail.outbox[1].body
        assert "Here is a present for you: 50 points" in mail.outbox[2].body
        assert "Your code" not in mail.outbox[2].body
        assert "the last time that we write" in mail.outbox[3].body
        assert "List-Unsubscribe" in mail.outbox[0].message()

    def test_a_coupon_is_named_with_its_code_and_its_terms(self, dora):
        MessageKind.objects.filter(code="win-back-gift").update(
            gives="amount", value=5, minimum=20, valid_days=10
        )
        for number in (241, 255, 269):
            look(number)
        # What staff choose later changes nothing of what was given.
        MessageKind.objects.filter(code="win-back-gift").update(gives="points", value=1)
        messages_delivered.run(at=day(269))
        coupon = Coupon.objects.get()
        assert coupon.key == f"win-back-gift:{lapse_of(dora).pk}"
        body = mail.outbox[-1].body
        assert "Here is a present for you: £5 off your order" in body
        code = coupon.voucher.code
        assert f"Your code for the basket is {code}. It is good until Oct. 7, 2026." in body
        assert "From £20 spent, before discounts" in body

    @pytest.mark.parametrize("kind", STEPS)
    def test_a_text_can_be_tried_before_anybody_was_missed(self, dora, kind):
        source = letter_written.text_of(kind, "en")
        letter = letter_tried.run(
            kind, source, language="en", member="dora@example.com", at=timezone.now()
        )
        assert letter.subject
        assert "Your last order" not in letter.text


class TestGifts:
    def gifts(self, account):
        posted = Entry.objects.filter(account=account, reason="win-back-gift")
        return list(posted.order_by("pk").values_list("key", "points"))

    def test_points_once_for_the_lapse(self, dora):
        for number in (241, 255, 269):
            look(number)
        lapse = lapse_of(dora)
        assert self.gifts(dora) == [(f"bonus:win-back-gift:{lapse.pk}", 50)]
        assert lapse.gift_on == date(2026, 1, 1) + timedelta(days=269)
        assert Account.objects.get(pk=dora.pk).balance == 90

    def test_a_gift_that_brings_nothing_is_passed_over(self, dora):
        MessageKind.objects.update(gives="nothing", value=0)
        for number in (241, 255, 269):
            look(number)
        assert told(dora) == ["win-back", "win-back-why", "win-back-goodbye"]
        assert lapse_of(dora).gift_on is None

    def test_another_within_a_year_is_passed_over(self, dora):
        for number in (241, 255, 269):
            look(number)
        order(dora, 270)
        found = [number for number in range(271, 420) if look(number)]
        # The usual gap is the longest of four now: 90 days.
        assert found == [361, 375, 389]
        assert told(dora)[3:] == ["win-back", "win-back-why", "win-back-goodbye"]
        assert len(self.gifts(dora)) == 1

    def test_a_range_that_is_gone_gives_nothing_and_loses_no_step(self, dora):
        for number in (241, 255):
            look(number)
        MessageKind.objects.filter(code="win-back-gift").update(
            gives="amount", value=5, range_id=404
        )
        assert look(269) == 0
        assert (lapse_of(dora).step, told(dora)) == (2, ["win-back", "win-back-why"])
        MessageKind.objects.filter(code="win-back-gift").update(range_id=None)
        assert look(270) == 1
        assert Coupon.objects.count() == 1


class TestHeldOut:
    def test_they_get_nothing_though_they_are_on_the_books(self, dora):
        eve = willing("eve")
        order(eve, *EVERY_60_DAYS)
        lots_for({dora: False, eve: True}, 180)
        for number in (241, 255, 269, 283):
            assert look(number) == 1
        assert (told(dora), told(eve)) == (STEPS, [])
        held_out, written = lapse_of(eve), lapse_of(dora)
        assert (held_out.held_out, written.held_out) == (True, False)
        assert (held_out.step, held_out.next_step_on) == (4, None)
        assert (held_out.gift_on, written.gift_on is None) == (None, False)
        assert not Entry.objects.filter(account=eve).exclude(kind="earn").exists()
        back = order(eve, 290)
        look(291)
        assert lapse_of(eve).ended_by == back.number

    def test_the_lot_is_drawn_anew_with_each_lapse(self, dora):
        lots_for({dora: True}, 180)
        look(241)
        order(dora, 250)
        look(251)
        lots_for({dora: False}, 250)
        look(321)
        assert list(Lapse.objects.order_by("pk").values_list("held_out", flat=True)) == [
            True,
            False,
        ]
