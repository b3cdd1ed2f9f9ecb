"""A message goes by every channel that staff have chosen: once by each, each for itself."""

import os
import signal
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context

import pytest
from django.core import mail
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty.flows import (
    blanks,
    member_exported,
    messages_delivered,
    order_placed,
    preferences_chosen,
)
from oscar_loyalty.flows.blanks.topic import Topic
from oscar_loyalty.models import Message, MessageKind, MessageLimits
from oscar_loyalty.program.messages import policy
from oscar_loyalty.program.messages.policy import MARKETING, WAITS, Kind
from oscar_loyalty.shop import channels, mails
from oscar_loyalty.shop.mails import Correspondent, Letter
from oscar_loyalty.words.letters import TEXTS
from tests import world
from tests.mailing import post, states, switch_on, willing
from tests.texting import Sms, give_phone, sms_service

pytestmark = pytest.mark.django_db

ALL = ("email", "site", "sms")
OFFER = Kind("offer", marketing=True, rank=90, fresh_for=timedelta(days=3))
LINK = "https://example.com/accounts/loyalty/"


@pytest.fixture
def service(settings):
    with sms_service(settings) as running:
        yield running


@pytest.fixture
def thanks(programme, service):
    switch_on("thank-you", channels=ALL)


@pytest.fixture
def offers(programme, service, monkeypatch):
    """A kind of marketing that goes by all channels, at any hour, two a week."""
    monkeypatch.setitem(policy.KINDS, "offer", OFFER)
    monkeypatch.setitem(TEXTS, "offer", replace(TEXTS["tier-reached"], subject="An offer"))
    monkeypatch.setitem(blanks.TOPICS, "offer", Topic(lambda telling: {"benefits": ""}))
    switch_on("offer", channels=ALL)
    MessageLimits.objects.update(weekly=2)


@pytest.fixture
def reachable(bob):
    give_phone(bob)
    return bob


def notifications():
    return get_model("communication", "Notification").objects.order_by("pk")


def row(channel):
    return Message.objects.get(channel=channel)


def offered(account, *ways, key="1", at):
    return [post(account, key=f"{key}@{way}", at=at, channel=way) for way in ways]


class TestEachOnce:
    def test_an_order_is_thanked_for_by_all_that_are_chosen(self, thanks, service, reachable):
        world.place(reachable, "25.00", number="7")
        order_placed.run("7", at=timezone.now())
        assert [key for key, *_rest in states()] == [
            "thank-you:7",
            "thank-you:7@site",
            "thank-you:7@sms",
        ]
        assert messages_delivered.run(at=timezone.now()) == 3
        assert messages_delivered.run(at=timezone.now() + timedelta(days=1)) == 0
        assert [sent.to for sent in mail.outbox] == [["bob@example.com"]]
        assert list(notifications().values_list("recipient", "subject")) == [
            (reachable.pk, "<bdi>Thank you for your order at Larkfield</bdi>")
        ]
        assert service.texts() == [
            ("+442083661177", f"Thank you for your order at Larkfield {LINK}")
        ]
        assert {state for _key, state, _why in states()} == {"sent"}

    def test_only_mails_stand_in_the_mail_history(self, thanks, reachable):
        world.place(reachable, "25.00")
        messages_delivered.run(at=timezone.now())
        assert get_model("communication", "Email").objects.count() == 1

    def test_until_staff_choose_it_goes_by_mail_alone(self, programme, bob):
        MessageKind.objects.create(code="thank-you", active=True)
        world.place(bob, "25.00", number="7")
        assert [key for key, *_rest in states()] == ["thank-you:7"]
        assert row("email").channel == "email"

    def test_by_no_channel_at_all_is_no_choice(self, programme):
        with pytest.raises(IntegrityError), transaction.atomic():
            MessageKind.objects.create(code="thank-you", channels=[])

    def test_a_member_sees_in_the_export_which_way_each_went(self, thanks, reachable):
        world.place(reachable, "25.00")
        told = member_exported.run(reachable.loyalty_account.pk)
        assert [one["channel"] for one in told["messages"]] == list(ALL)


class TestFailing:
    def test_a_service_that_is_broken_holds_up_no_other(self, thanks, service, reachable):
        service.status = 500
        world.place(reachable, "25.00")
        at = timezone.now()
        assert messages_delivered.run(at=at) == 3
        assert (len(mail.outbox), notifications().count()) == (1, 1)
        text = row("sms")
        assert (text.state, text.attempts, text.outcome) == ("waiting", 1, "HTTPError 500")
        assert text.due_at == at + WAITS[0]
        assert messages_delivered.run(at=text.due_at) == 1
        assert row("sms").due_at == text.due_at + WAITS[1]
        service.status = 200
        assert messages_delivered.run(at=row("sms").due_at) == 1
        assert (row("sms").state, len(service.asked), len(mail.outbox)) == ("sent", 3, 1)
        # The service can tell that it is one and the same.
        assert len({one["identity"] for one in service.asked}) == 1

    def test_one_that_never_answers_is_left(self, thanks, service, reachable, settings):
        service.may_answer.clear()
        settings.SMS_SECONDS = 0.3
        world.place(reachable, "25.00")
        assert messages_delivered.run(at=timezone.now()) == 3
        text = row("sms")
        assert (text.state, text.outcome) == ("waiting", "TimeoutError")
        assert (len(mail.outbox), notifications().count()) == (1, 1)

    def test_one_that_is_not_there_is_tried_and_given_up(self, thanks, reachable, settings):
        settings.SMS_URL = "http://127.0.0.1:9/"
        world.place(reachable, "25.00")
        at = timezone.now()
        for wait in (*WAITS, timedelta()):
            messages_delivered.run(at=at)
            at += wait
        text = row("sms")
        assert (text.state, text.outcome, text.attempts) == ("failed", "URLError", policy.TRIES)
        assert (row("email").state, len(mail.outbox)) == ("sent", 1)

    def test_a_path_that_leads_nowhere_waits_for_who_mends_it(self, thanks, reachable, settings):
        good = settings.OSCAR_LOYALTY_CHANNELS
        settings.OSCAR_LOYALTY_CHANNELS = {**good, "sms": "shop.no_such.Sms"}
        world.place(reachable, "25.00")
        messages_delivered.run(at=timezone.now())
        text = row("sms")
        assert (text.state, text.outcome) == ("waiting", "ModuleNotFoundError")
        assert len(mail.outbox) == 1
        settings.OSCAR_LOYALTY_CHANNELS = good
        messages_delivered.run(at=text.due_at)
        assert row("sms").state == "sent"


@pytest.mark.django_db(transaction=True)
def test_who_dies_after_sending_sends_it_once_more_and_no_oftener(thanks, service, reachable):
    world.place(reachable, "25.00")
    at = timezone.now()
    connections.close_all()
    sender = get_context("fork").Process(target=_die_after_texting, args=(at,))
    sender.start()
    sender.join(60)
    assert sender.exitcode == -signal.SIGKILL
    assert (row("sms").state, len(service.asked)) == ("sending", 1)
    assert messages_delivered.run(at=at + policy.LEASE - timedelta(seconds=1)) == 0
    assert messages_delivered.run(at=at + policy.LEASE) == 1
    assert messages_delivered.run(at=at + 2 * policy.LEASE) == 0
    assert (row("sms").state, len(service.asked)) == ("sent", 2)
    assert len({one["identity"] for one in service.asked}) == 1
    assert notifications().count() == 1


def _die_after_texting(at):
    texting = Sms.deliver

    def deliver(*args, **kwargs):
        texting(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    Sms.deliver = deliver
    messages_delivered.run(at=at)


class TestHeldBack:
    def assert_dropped(self, channel, reason):
        messages_delivered.run(at=timezone.now())
        assert (row(channel).state, row(channel).outcome) == ("dropped", reason)

    def test_to_who_has_no_phone(self, thanks, service, bob):
        world.place(bob, "25.00")
        self.assert_dropped("sms", "unreachable")
        assert (len(mail.outbox), service.asked) == (1, [])

    def test_by_a_channel_that_was_taken_off_meanwhile(self, thanks, service, reachable):
        world.place(reachable, "25.00")
        MessageKind.objects.update(channels=["site"])
        self.assert_dropped("sms", "switched-off")
        self.assert_dropped("email", "switched-off")
        assert (mail.outbox, service.asked, notifications().count()) == ([], [], 1)

    def test_by_a_channel_that_the_shop_has_no_more(self, thanks, reachable, settings):
        world.place(reachable, "25.00")
        del settings.OSCAR_LOYALTY_CHANNELS
        self.assert_dropped("sms", "unreachable")
        assert len(mail.outbox) == 1

    def test_to_who_declined_any_way(self, thanks, service, reachable):
        world.place(reachable, "25.00")
        preferences_chosen.run(
            reachable.loyalty_account.pk, {"thank-you": False}, at=timezone.now()
        )
        messages_delivered.run(at=timezone.now())
        assert {why for _key, _state, why in states()} == {"unwanted"}
        assert (mail.outbox, service.asked, notifications().count()) == ([], [], 0)

    def test_what_is_about_security_goes_to_the_former_address_alone(
        self, programme, service, reachable
    ):
        switch_on("sign-in-changed", channels=("site", "sms"))
        reachable.email = "thief@example.com"
        reachable.save()
        messages_delivered.run(at=timezone.now())
        assert [sent.to for sent in mail.outbox] == [["bob@example.com"]]
        assert (service.asked, notifications().count()) == ([], 0)


class TestMarketing:
    def test_a_mail_and_a_text_are_two_and_a_notification_is_none(self, offers, service):
        dora, at = willing(), timezone.now()
        give_phone(dora.user)
        offered(dora, *ALL, at=at)
        offered(dora, *ALL, key="2", at=at)
        messages_delivered.run(at=at)
        assert (len(mail.outbox), len(service.asked), notifications().count()) == (1, 1, 2)
        waiting = Message.objects.filter(state="waiting")
        assert set(waiting.values_list("due_at", flat=True)) == {at + policy.WEEK}

    def test_a_notification_disturbs_nobody_at_night(self, offers):
        MessageLimits.objects.update(quiet_from="00:00", quiet_until="23:59", weekly=0)
        night = timezone.now().replace(hour=3)
        offered(willing(), *ALL[:2], at=night)
        messages_delivered.run(at=night)
        assert (len(mail.outbox), notifications().count()) == (0, 1)

    def test_but_only_who_asked_gets_it(self, offers):
        dora = willing()
        preferences_chosen.run(dora.pk, {MARKETING: False}, at=timezone.now())
        offered(dora, "site", at=timezone.now())
        messages_delivered.run(at=timezone.now())
        assert (row("site").outcome, notifications().count()) == ("unwanted", 0)


class TestNotifications:
    def shown(self, client, user):
        client.force_login(user)
        (one,) = notifications().filter(recipient=user)
        page = client.get(f"/accounts/notifications/{one.pk}/").content.decode()
        assert one.subject in client.get("/accounts/notifications/inbox/").content.decode()
        return page

    def test_is_read_in_the_account(self, thanks, client, ladder, bob):
        world.place(bob, "25.00", number="7")
        messages_delivered.run(at=timezone.now())
        page = self.shown(client, bob)
        assert '<div lang="en" dir="ltr" ' in page
        assert "<p>Thank you for your order <bdi>7</bdi>.</p>" in page
        assert f'<a href="{LINK}"><bdi>{LINK}</bdi></a>' in page
        assert "unsubscribe" not in page

    def test_in_the_language_of_the_order(self, thanks, client, bob):
        order = world.unsignalled(bob, "25.00", at=timezone.now())
        order_placed.run(order.number, at=timezone.now(), language="fa")
        messages_delivered.run(at=timezone.now())
        assert '<div lang="fa" dir="rtl" ' in self.shown(client, bob)

    def test_no_tag_of_staff_or_members_reaches_the_page(self, thanks, client, bob):
        evil = "<script>alert(1)</script>"
        bob.first_name = evil[:30]
        bob.save()
        get_model("communication", "CommunicationEventType").objects.create(
            code="LOYALTY_THANK_YOU_EN",
            name="-",
            email_subject_template=f"Tom & {evil}",
            email_body_template=f"Dear {{{{ first_name }}}},\n\n{evil}",
            email_body_html_template=f"<p>{evil}</p>",
        )
        world.place(bob, "25.00")
        messages_delivered.run(at=timezone.now())
        page = self.shown(client, bob)
        assert "<script>alert" not in page
        assert "Tom &amp; &lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>" in page

    @pytest.mark.parametrize("sign", ["x", "&", "<", "ش"])
    def test_a_subject_is_cut_where_oscar_has_no_room(self, bob, sign):
        letter = Letter("en", "ltr", sign * 300, "", "", "", LINK, "")
        reader = Correspondent(bob.pk, "", str(bob.pk))
        channels.Notifications().deliver(letter, reader, identity="1")
        subject = notifications().get().subject
        assert len(subject) <= 255
        assert subject.count(escaped(sign)) == 244 // len(escaped(sign))
        assert subject.endswith(f"{escaped(sign)}</bdi>")


def escaped(sign):
    return {"&": "&amp;", "<": "&lt;"}.get(sign, sign)


@pytest.mark.parametrize(
    ("subject", "longest", "short"),
    [
        ("Welcome", 160, f"Welcome {LINK}"),
        ("Welcome to Gold", len(LINK) + 8, f"Welcome {LINK}"),
        ("Welcome", len(LINK) + 1, LINK),
        ("Welcome", 5, LINK),
    ],
)
def test_a_short_text_keeps_its_link(subject, longest, short):
    letter = Letter("en", "ltr", subject, "", "", "", LINK, "")
    assert letter.short(longest) == short


def test_an_error_says_its_number_and_nothing_of_the_member(thanks, reachable, monkeypatch):
    class Refused(Exception):
        code = "bob@example.com"

    def refuse(letter):
        raise Refused("bob@example.com")

    monkeypatch.setattr(mails, "send", refuse)
    world.place(reachable, "25.00")
    messages_delivered.run(at=timezone.now())
    assert row("email").outcome == "Refused"
