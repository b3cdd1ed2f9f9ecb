"""Marketing goes to who asked for it, so often, by day, and the more important first."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from oscar_loyalty.flows import blanks, messages_delivered, preferences_chosen
from oscar_loyalty.flows.blanks.topic import Topic
from oscar_loyalty.models import Consent, Message, MessageLimits
from oscar_loyalty.program.messages import policy
from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.policy import MARKETING, Kind
from oscar_loyalty.words.letters import TEXTS
from tests import world
from tests.mailing import post, switch_on, willing

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
OFFER = Kind("offer", marketing=True, rank=90, fresh_for=timedelta(days=3))
BETTER = Kind("better", marketing=True, rank=80, fresh_for=timedelta(days=3))


@pytest.fixture
def offers(programme, monkeypatch):
    """Two kinds of marketing, sent at any hour, two a week."""
    for kind in (OFFER, BETTER):
        monkeypatch.setitem(policy.KINDS, kind.code, kind)
        monkeypatch.setitem(TEXTS, kind.code, replace(TEXTS["tier-reached"], subject=kind.code))
        monkeypatch.setitem(blanks.TOPICS, kind.code, Topic(lambda telling: {"benefits": ""}))
    switch_on("offer", "better")
    MessageLimits.objects.update(weekly=2)


class TestMarketing:
    def test_only_to_who_asked(self, offers):
        post(world.member("eve"), key="eve")
        post(willing("dora"), key="dora")
        assert messages_delivered.run(at=timezone.now()) == 2
        assert [sent.to for sent in mail.outbox] == [["dora@example.com"]]

    def test_two_a_week_and_the_third_when_a_place_is_free(self, offers):
        dora, at = willing(), timezone.now()
        for number in "123":
            post(dora, key=number, at=at)
        assert messages_delivered.run(at=at) == 3
        third = Message.objects.get(key="offer:3")
        assert (len(mail.outbox), third.state, third.attempts) == (2, "waiting", 0)
        assert third.due_at == at + policy.WEEK
        # Too late by then, for it was only good for three days.
        messages_delivered.run(at=third.due_at)
        third.refresh_from_db()
        assert (third.state, third.outcome, len(mail.outbox)) == ("dropped", "too-late", 2)

    def test_what_is_more_important_takes_the_place(self, offers):
        MessageLimits.objects.update(weekly=1)
        dora, at = willing(), timezone.now()
        post(dora, "offer", at=at - MINUTE)
        post(dora, "better", at=at)
        messages_delivered.run(at=at)
        assert [sent.subject for sent in mail.outbox] == ["better"]
        assert Message.objects.get(kind="offer").state == "waiting"

    def test_one_of_a_members_at_a_time(self, offers):
        dora, at = willing(), timezone.now()
        post(dora, key="1", at=at)
        post(dora, key="2", at=at)
        post(willing("eve"), key="3", at=at)
        taken = [messages.claim(at=at) for _try in range(3)]
        assert [one and one.key for one in taken] == ["offer:1", "offer:3", None]
        messages.mark_sent(taken[0], at=at)
        assert messages.claim(at=at).key == "offer:2"

    def test_the_database_sees_to_it(self, offers):
        dora = willing()
        post(dora, key="1")
        post(dora, key="2")
        messages.claim(at=timezone.now())
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.update(state="sending", claim="0" * 32)

    def test_at_night_it_waits_for_the_morning(self, offers):
        MessageLimits.objects.update(quiet_from="00:00", quiet_until="23:59")
        dora = willing()
        night = timezone.now().replace(hour=3)
        message = post(dora, at=night)
        messages_delivered.run(at=night)
        message.refresh_from_db()
        assert (message.state, mail.outbox) == ("waiting", [])
        assert message.due_at > night


class TestConsent:
    def test_what_is_said_is_kept_with_time_and_source(self, programme):
        dora, at = world.member("dora"), timezone.now()
        assert preferences_chosen.run(dora.pk, {MARKETING: True, "nonsense": True}, at=at)
        assert not preferences_chosen.run(dora.pk, {MARKETING: True}, at=at)
        preferences_chosen.run(dora.pk, {MARKETING: False}, at=at + MINUTE)
        assert list(Consent.objects.order_by("pk").values_list("about", "wanted", "source")) == [
            (MARKETING, True, "preferences"),
            (MARKETING, False, "preferences"),
        ]
        assert list(Consent.objects.order_by("pk").values_list("given_at", flat=True)) == [
            at,
            at + MINUTE,
        ]
