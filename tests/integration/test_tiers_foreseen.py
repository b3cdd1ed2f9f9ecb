"""Members hear that a tier is near, or at risk, while they can do something about it."""

from datetime import timedelta

import pytest
from django.core import mail

from oscar_loyalty.flows import due_jobs, messages_delivered, preferences_chosen, tiers_foreseen
from oscar_loyalty.models import AuditReport, Message, Programme, Tier
from oscar_loyalty.program.messages.policy import MARKETING
from tests import world
from tests.integration.ageing import on
from tests.mailing import switch_on

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def programme(db):
    """What counts is spent in the last twelve months, and a tier is lost at once."""
    return world.programme(
        time_zone="UTC", window="rolling", window_months=12, downgrade="to-qualified", grace_days=0
    )


@pytest.fixture
def dora(programme, ladder):
    return world.customer("dora")


def live(days, *, since):
    """The due jobs and the post of some days, without the audits, which would take most of it."""
    AuditReport.objects.update_or_create(defaults={"finished_at": since + days * DAY})
    for day in range(days):
        due_jobs.run(at=since + day * DAY)
        messages_delivered.run(at=since + day * DAY)


def told():
    found = Message.objects.order_by("pk")
    return [(one.kind, one.planned_at.date().isoformat(), one.outcome) for one in found]


class TestAtRisk:
    @pytest.fixture
    def dora(self, dora):
        """Gold by an order of March, and £262 of it still count in a year."""
        switch_on("tier-at-risk", days=30)
        world.place(dora, "38.00", at=on("2025-03-10"))
        world.place(dora, "262.00", at=on("2025-06-10"))
        return dora

    def test_what_is_missing_until_when_is_said_once(self, dora):
        live(40, since=on("2026-02-01"))
        assert told() == [("tier-at-risk", "2026-02-09", "")]
        (sent,) = mail.outbox
        assert sent.subject == "Keep Gold at Larkfield"
        assert "£38 more by March 10, 2026 keeps Gold." in sent.body
        assert "This is what Gold gives you: 2 times the points for every order" in sent.body
        assert world.tier_of(dora) == "Silver"

    def test_it_is_true(self, dora):
        live(20, since=on("2026-02-01"))
        world.place(dora, "38.00", at=on("2026-03-10"))
        live(40, since=on("2026-03-11"))
        assert world.tier_of(dora) == "Gold"

    def test_an_order_between_calls_it_off(self, dora):
        due_jobs.run(at=on("2026-02-09"))
        world.place(dora, "38.00", at=on("2026-02-09"))
        messages_delivered.run(at=on("2026-02-09"))
        assert told() == [("tier-at-risk", "2026-02-09", "not-true")]

    def test_days_of_grace_are_counted(self, dora):
        Programme.objects.update(grace_days=14)
        live(60, since=on("2026-02-01"))
        (sent,) = mail.outbox
        assert told()[0][:2] == ("tier-at-risk", "2026-02-23")
        assert "£38 more by March 24, 2026 keeps Gold." in sent.body
        assert world.tier_of(dora) == "Silver"

    def test_a_tier_that_nothing_can_keep_is_not_spoken_of(self, dora):
        """On 1 January nothing counts that was spent before."""
        Programme.objects.update(window="calendar-year")
        live(40, since=on("2025-12-01"))
        assert [message for message in told() if message[2] != "not-true"] == []
        assert mail.outbox == []

    def test_what_is_kept_for_ever_is_not_at_risk(self, dora):
        Tier.objects.filter(name="Gold").update(kept_for_ever=True)
        live(50, since=on("2026-02-01"))
        assert told() == []
        assert world.tier_of(dora) == "Gold"

    def test_nor_is_any_where_nobody_falls(self, dora):
        Programme.objects.update(downgrade="never")
        live(50, since=on("2026-02-01"))
        assert told() == []


class TestNear:
    @pytest.fixture
    def dora(self, dora):
        switch_on("tier-near")
        preferences_chosen.run(dora.loyalty_account.pk, {MARKETING: True}, at=on("2026-01-01"))
        return dora

    def test_who_is_near_hears_it_twice_a_year_at_most(self, dora):
        world.place(dora, "90.00", at=on("2026-01-10"))
        live(200, since=on("2026-01-10"))
        assert told() == [("tier-near", "2026-01-10", ""), ("tier-near", "2026-07-10", "")]
        assert mail.outbox[0].subject == "Silver is near"
        assert "You are almost there: £10 more to reach Silver." in mail.outbox[0].body

    @pytest.mark.parametrize(("spent", "times"), [("79.99", 0), ("80.00", 1), ("100.00", 0)])
    def test_near_is_four_fifths(self, dora, spent, times):
        world.place(dora, spent, at=on("2026-01-10"))
        assert tiers_foreseen.run(at=on("2026-01-10")) == times

    def test_only_who_asked_for_offers_hears_it(self, dora):
        preferences_chosen.run(dora.loyalty_account.pk, {MARKETING: False}, at=on("2026-01-02"))
        world.place(dora, "90.00", at=on("2026-01-10"))
        assert tiers_foreseen.run(at=on("2026-01-10")) == 0
        assert told() == []

    def test_who_has_arrived_meanwhile_does_not(self, dora):
        world.place(dora, "90.00", at=on("2026-01-10"))
        tiers_foreseen.run(at=on("2026-01-10"))
        world.place(dora, "10.00", at=on("2026-01-10"))
        messages_delivered.run(at=on("2026-01-10"))
        assert told() == [("tier-near", "2026-01-10", "not-true")]
