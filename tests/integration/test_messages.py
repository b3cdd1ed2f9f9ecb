"""Messages on their way: caused once, sent once, put off, given up, and never a nuisance."""

import re
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty import api
from oscar_loyalty.flows import (
    accounts_merged,
    due_jobs,
    member_erased,
    message_retried,
    messages_delivered,
    order_placed,
    order_recalculated,
    order_status_changed,
    preferences_chosen,
    spending_blocked,
)
from oscar_loyalty.flows.points_told import A_WHILE
from oscar_loyalty.models import Account, Message, MessageKind, Programme
from oscar_loyalty.program.messages import policy
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.policy import WAITS
from oscar_loyalty.shop import mails
from tests import comebacks, world
from tests.mailing import states, switch_on

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def thanks(programme):
    switch_on("thank-you")


class TestCaused:
    def test_nothing_is_said_until_it_is_switched_on(self, programme, bob):
        world.place(bob, "25.00")
        messages_delivered.run(at=timezone.now())
        assert (Message.objects.count(), mail.outbox) == (0, [])

    def test_an_order_causes_its_thanks_once(self, thanks, bob):
        order = world.place(bob, "25.00", number="7")
        order_placed.run("7", at=timezone.now())
        message = Message.objects.get()
        assert (message.key, message.order_number, message.state) == ("thank-you:7", "7", "waiting")
        assert (message.marketing, message.planned_at) == (False, order.date_placed)
        assert message.language == "en"

    def test_an_old_order_that_is_seen_late_causes_none(self, thanks, bob):
        world.unsignalled(bob, "25.00", at=timezone.now() - timedelta(days=5))
        due_jobs.run(at=timezone.now())
        assert Account.objects.get(user=bob).balance == 25
        assert Message.objects.count() == 0

    def test_a_question_comes_days_later(self, programme, bob):
        switch_on("check-in", days=7)
        order = world.place(bob, "25.00")
        message = Message.objects.get()
        assert message.due_at == order.date_placed + timedelta(days=7)
        assert messages_delivered.run(at=message.due_at - MINUTE) == 0
        assert messages_delivered.run(at=message.due_at) == 1
        assert "Is everything as you wished?" in mail.outbox[0].body

    def test_a_step_up_is_told_and_a_step_down_is_not(self, programme, ladder, bob):
        switch_on("tier-reached")
        order = world.place(bob, "150.00", number="1", status="Pending")
        order.set_status("Cancelled")
        due_jobs.run(at=timezone.now() + timedelta(days=1))
        assert [key.split(":")[0] for key, *_rest in states()] == ["tier-reached"]
        messages_delivered.run(at=timezone.now())
        assert [(state, why) for _key, state, why in states()] == [("dropped", "not-true")]

    def test_who_stepped_up_is_welcomed(self, programme, ladder, bob):
        switch_on("tier-reached")
        world.place(bob, "150.00", number="1")
        messages_delivered.run(at=timezone.now())
        assert mail.outbox[0].subject == "Welcome to Silver"
        assert "1.5 times the points for every order" in mail.outbox[0].body

    def test_an_order_that_is_rolled_back_says_nothing(self, thanks, bob):
        with pytest.raises(RuntimeError), transaction.atomic():
            world.place(bob, "25.00")
            raise RuntimeError
        assert Message.objects.count() == 0


class TestSent:
    def test_the_thanks_say_what_was_earned(self, thanks, ladder, bob):
        bob.first_name = "Bob <b>"
        bob.save()
        world.place(bob, "25.00", number="7")
        assert messages_delivered.run(at=timezone.now()) == 1
        (sent,) = mail.outbox
        assert (sent.to, sent.subject) == (
            ["bob@example.com"],
            "Thank you for your order at Larkfield",
        )
        assert "Hello Bob <b>,\n\nThank you for your order 7." in sent.body
        assert "It earned you 25 points." in sent.body
        assert "£75 more to reach Silver" in sent.body
        ((html, kind),) = sent.alternatives
        assert kind == "text/html"
        assert "Hello <bdi>Bob &lt;b&gt;</bdi>," in html
        assert '<html lang="en" dir="ltr">' in html
        assert 'href="https://example.com/accounts/loyalty/"' in html
        assert Message.objects.get().state == "sent"
        assert messages_delivered.run(at=timezone.now()) == 0
        assert len(mail.outbox) == 1

    def test_in_the_language_of_the_order(self, thanks, bob):
        order_placed.run(
            world.unsignalled(bob, "25.00", at=timezone.now()).number,
            at=timezone.now(),
            language="ar",
        )
        messages_delivered.run(at=timezone.now())
        ((html, _kind),) = mail.outbox[0].alternatives
        assert '<html lang="ar" dir="rtl">' in html

    def test_its_headers(self, thanks, bob):
        world.place(bob, "25.00", number="7")
        messages_delivered.run(at=timezone.now())
        headers = mail.outbox[0].message()
        assert headers["List-Unsubscribe"].startswith("<https://example.com/loyalty/unsubscribe/")
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert headers["Auto-Submitted"] == "auto-generated"
        assert headers["Message-ID"].endswith("@example.com>")
        # As it leaves: mail programs do not decode this one.
        assert re.search(rb"List-Unsubscribe:\s+<https://example.com/", headers.as_bytes())

    def test_it_stands_in_the_customers_history(self, thanks, bob):
        world.place(bob, "25.00")
        messages_delivered.run(at=timezone.now())
        kept = get_model("communication", "Email").objects.get(user=bob)
        assert (kept.subject, kept.body_text) == (mail.outbox[0].subject, mail.outbox[0].body)

    def test_a_history_that_fails_sends_nothing_again(self, thanks, bob, monkeypatch):
        def fail(*args):
            raise RuntimeError

        monkeypatch.setattr(mails, "record", fail)
        world.place(bob, "25.00")
        messages_delivered.run(at=timezone.now())
        assert messages_delivered.run(at=timezone.now() + timedelta(days=1)) == 0
        assert (len(mail.outbox), Message.objects.get().state) == (1, "sent")

    def test_so_many_at_a_time(self, thanks, bob):
        for _order in range(3):
            world.place(bob, "5.00")
        at = timezone.now()
        assert [messages_delivered.run(at=at, limit=2) for _round in range(3)] == [2, 1, 0]
        assert len(mail.outbox) == 3


class TestHeldBack:
    @pytest.fixture
    def message(self, thanks, bob):
        world.place(bob, "25.00", number="7", status="Pending")
        return Message.objects.get()

    def assert_dropped(self, reason):
        assert messages_delivered.run(at=timezone.now()) == 1
        assert [(state, outcome) for _key, state, outcome in states()] == [("dropped", reason)]
        assert mail.outbox == []

    def test_switched_off_meanwhile(self, message):
        MessageKind.objects.update(active=False)
        self.assert_dropped("switched-off")

    def test_for_an_order_cancelled_meanwhile(self, message):
        order = get_model("order", "Order").objects.get(number="7")
        comebacks.put(order, "Cancelled")
        due_jobs.run(at=timezone.now())
        self.assert_dropped("order-gone")

    def test_to_a_member_blocked_meanwhile(self, message, alice):
        at = timezone.now()
        spending_blocked.run(message.account_id, note="-", actor_id=alice.pk, at=at)
        Message.objects.exclude(pk=message.pk).delete()
        self.assert_dropped("restrained")

    def test_to_a_member_who_declined(self, message):
        preferences_chosen.run(message.account_id, {"thank-you": False}, at=timezone.now())
        self.assert_dropped("unwanted")

    def test_to_a_member_without_an_address(self, message, bob):
        type(bob).objects.update(email="")
        self.assert_dropped("unreachable")

    def test_to_a_member_who_may_not_sign_in(self, message, bob):
        type(bob).objects.update(is_active=False)
        self.assert_dropped("unreachable")

    def test_to_a_member_who_was_erased(self, message):
        member_erased.run(message.account_id, at=timezone.now())
        assert [state for _key, state, _why in states()] == ["dropped"]
        assert messages_delivered.run(at=timezone.now()) == 0

    def test_to_a_profile_that_was_deleted(self, message, bob):
        bob.delete()
        assert [state for _key, state, _why in states()] == ["dropped"]

    def test_too_late(self, message):
        late = message.planned_at + timedelta(days=3, seconds=1)
        assert messages_delivered.run(at=late) == 1
        assert states() == [("thank-you:7", "dropped", "too-late")]

    def test_merged_it_goes_to_the_member_who_goes_on(self, message):
        eve, clerk = world.member("eve"), world.customer()
        at = timezone.now()
        accounts_merged.run(message.account_id, eve.pk, note="-", actor_id=clerk.pk, at=at)
        messages_delivered.run(at=at)
        assert [sent.to for sent in mail.outbox] == [["eve@example.com"]]


class TestFailing:
    @pytest.fixture
    def message(self, thanks, bob):
        world.place(bob, "25.00", number="7")
        return Message.objects.get()

    @pytest.fixture
    def broken(self, monkeypatch):
        """A mail server that hangs up, as often as it is asked."""
        asked = []

        def refuse(letter):
            asked.append(letter)
            raise SMTPServerDisconnected("bob@example.com is nobody")

        monkeypatch.setattr(mails, "send", refuse)
        return asked

    def test_tried_again_further_and_further_apart_and_given_up(self, message, broken):
        at = message.due_at
        for number, wait in enumerate(WAITS, 1):
            assert messages_delivered.run(at=at) == 1
            message.refresh_from_db()
            assert (message.state, message.attempts) == ("waiting", number)
            assert message.due_at == at + wait
            assert messages_delivered.run(at=message.due_at - MINUTE / 2) == 0
            at = message.due_at
        assert messages_delivered.run(at=at) == 1
        message.refresh_from_db()
        assert (message.state, message.outcome) == ("failed", "SMTPServerDisconnected")
        assert len(broken) == policy.TRIES == 8
        assert messages_delivered.run(at=at + timedelta(days=9)) == 0

    def test_what_was_given_up_is_sent_when_staff_say_so(self, message):
        Message.objects.update(state="failed", settled_at=timezone.now(), attempts=8)
        at = timezone.now()
        assert message_retried.run(message.pk, at=at)
        assert not message_retried.run(message.pk, at=at)
        assert messages_delivered.run(at=at) == 1
        assert len(mail.outbox) == 1

    def test_a_text_that_cannot_be_filled_in_waits_for_staff(self, message):
        types = get_model("communication", "CommunicationEventType").objects
        types.create(
            code="LOYALTY_THANK_YOU_EN",
            name="-",
            email_subject_template="Hello",
            email_body_template="{{ user.password }}",
        )
        messages_delivered.run(at=message.due_at)
        message.refresh_from_db()
        assert message.state == "waiting"
        assert message.outcome.startswith("text: “user.password” cannot be used here.")
        types.update(email_body_template="Dear {{ first_name }}, all is well.")
        messages_delivered.run(at=message.due_at)
        assert "all is well." in mail.outbox[0].body

    def test_whoever_dies_leaves_it_to_the_next(self, message):
        at = message.due_at
        assert messages.claim(at=at).pk == message.pk
        assert messages_delivered.run(at=at + policy.LEASE - MINUTE) == 0
        assert messages_delivered.run(at=at + policy.LEASE) == 1
        assert len(mail.outbox) == 1

    def test_who_was_taken_for_dead_settles_nothing(self, message):
        at = message.due_at
        slow = messages.claim(at=at)
        quick = messages.claim(at=at + policy.LEASE)
        assert not messages.drop(slow, "unwanted", at=at)
        assert not messages.try_later(slow, "slow", at=at)
        assert messages.mark_sent(quick, at=at)
        assert not messages.mark_sent(slow, at=at)
        message.refresh_from_db()
        assert (message.state, message.attempts) == ("sent", 2)

    def test_what_kills_every_sender_is_given_up(self, message):
        at = message.due_at
        for _death in range(policy.TRIES):
            assert messages.claim(at=at)
            at += policy.LEASE
        assert messages.claim(at=at) is None
        message.refresh_from_db()
        assert (message.state, message.outcome) == ("failed", "its senders died")


class TestPoints:
    """What is said when points come and go."""

    def test_points_that_waited_can_be_spent(self, programme, bob):
        Programme.objects.update(spendable="after-days", spendable_after_days=14)
        switch_on("points-spendable")
        order = world.place(bob, "25.00")
        assert Message.objects.count() == 0
        at = order.date_placed + timedelta(days=15)
        due_jobs.run(at=at)
        due_jobs.run(at=at)
        messages_delivered.run(at=at)
        (sent,) = mail.outbox
        assert sent.subject == "You can spend your points at Larkfield now"
        assert "You have 25 points to spend, worth £0.25" in sent.body

    def test_points_that_a_status_set_free_too(self, programme, bob):
        Programme.objects.update(spendable="on-status", spendable_status="Being processed")
        switch_on("points-spendable")
        order = world.place(bob, "25.00", status="Pending")
        order.set_status("Being processed")
        assert [key.split(":")[0] for key, *_rest in states()] == ["points-spendable"]

    def test_points_spent_meanwhile_are_not_offered(self, programme, bob):
        Programme.objects.update(spendable="after-days", spendable_after_days=14)
        switch_on("points-spendable")
        order = world.place(bob, "25.00", status="Pending")
        due_jobs.run(at=order.date_placed + timedelta(days=15))
        order.set_status("Cancelled")
        messages_delivered.run(at=order.date_placed + timedelta(days=15))
        assert [(state, why) for _key, state, why in states()] == [("dropped", "not-true")]

    def test_what_a_cancelled_order_takes_and_gives_back_is_explained(self, programme, bob):
        programme.redeemable = True
        programme.save()
        switch_on("points-returned")
        world.place(bob, "500.00")
        order = world.place(bob, "25.00", number="7", points=200, status="Pending")
        order.set_status("Cancelled")
        order_status_changed.run("7", at=timezone.now())
        assert messages_delivered.run(at=timezone.now()) == 0
        messages_delivered.run(at=timezone.now() + A_WHILE)
        (sent,) = mail.outbox
        assert sent.subject == "Your points for order 7"
        assert "You paid with points for what came back: 200 points are yours again." in sent.body
        assert "What came back had earned 23 points; they were taken back." in sent.body
        assert "owe" not in sent.body

    def test_a_debt_is_said_plainly(self, programme, bob):
        switch_on("points-returned")
        order = world.place(bob, "25.00", status="Pending")
        api.adjust(bob, -20, reason="other", note="spent elsewhere", actor=world.customer("clerk"))
        order.set_status("Cancelled")
        messages_delivered.run(at=timezone.now() + A_WHILE)
        assert (
            "you owe 20 points, which the next points you earn make up for" in mail.outbox[0].body
        )

    def test_lines_that_come_back_one_by_one_are_told_together(self, programme, bob):
        switch_on("points-returned")
        order = world.place(bob, "25.00", "10.00", "5.00", number="7", status="Pending")
        for position in range(3):
            comebacks.put_line(order, position, "Returned")
            order_recalculated.run("7", at=timezone.now())
        assert Message.objects.count() == 1
        messages_delivered.run(at=timezone.now() + A_WHILE)
        assert "What came back had earned 40 points" in mail.outbox[0].body

    def test_what_was_undone_at_once_is_not_told(self, programme, bob):
        switch_on("points-returned")
        order = world.place(bob, "25.00", number="7", status="Pending")
        for status in ("Cancelled", "Pending"):
            comebacks.put(order, status)
            order_recalculated.run("7", at=timezone.now())
        messages_delivered.run(at=timezone.now() + A_WHILE)
        assert [(state, why) for _key, state, why in states()] == [("dropped", "not-true")]
