"""Members are warned before points expire: in time, once; where promised, or nothing expires."""

from datetime import timedelta

import pytest
from django.core import mail

from oscar_loyalty.flows import (
    books_audited,
    due_jobs,
    expiry_foreseen,
    messages_delivered,
    points_expired,
    preferences_chosen,
)
from oscar_loyalty.models import (
    DailySearch,
    Entry,
    Lot,
    Message,
    MessageKind,
    Programme,
    Standing,
    Tier,
)
from oscar_loyalty.program.messages import queries as messages_queries
from tests import world
from tests.integration.ageing import earn, left, on, spend, terms
from tests.mailing import switch_on

DAY = timedelta(days=1)


@pytest.fixture
def programme(db):
    """Points are good for twelve months; members are warned a month and a week before."""
    made = world.programme(expiry="after-earning", expiry_months=12, time_zone="UTC")
    switch_on("points-expiring", days=30)
    switch_on("points-expiring-soon", days=7)
    return terms(made, expiry_tightened_at=None)


@pytest.fixture
def dora(programme):
    return world.member("dora")


def warned(kind="points-expiring"):
    """Until when the members were warned, in order."""
    found = Message.objects.filter(kind=kind).order_by("pk")
    return list(found.values_list("account__user__username", "about"))


def test_the_first_warning_comes_so_many_days_before(dora):
    earn(dora, 30, at=on("2025-02-10"))
    assert expiry_foreseen.run(at=on("2026-01-10")) == 0
    assert expiry_foreseen.run(at=on("2026-01-11")) == 1
    assert warned() == [("dora", "2026-02-17")]
    assert messages_delivered.run(at=on("2026-01-11")) == 1
    (sent,) = mail.outbox
    assert sent.subject == "30 points at Larkfield expire soon"
    assert "30 points expire at the end of Feb. 10, 2026." in sent.body
    assert "Use them before that day, and nothing is lost." in sent.body


def test_the_last_warning_comes_once_more(dora):
    earn(dora, 30, at=on("2025-02-10"))
    for day in range(45):
        expiry_foreseen.run(at=on("2026-01-01") + day * DAY)
    assert warned() == [("dora", "2026-02-17")]
    assert warned("points-expiring-soon") == [("dora", "2026-02-17")]
    first, last = Message.objects.order_by("pk")
    assert (first.planned_at, last.planned_at) == (on("2026-01-11"), on("2026-02-03"))


def test_a_search_is_finished_once_a_day(dora):
    earn(dora, 30, at=on("2025-02-10"))
    assert [expiry_foreseen.run(at=on("2026-01-11")) for _time in range(2)] == [1, 0]
    assert list(DailySearch.objects.order_by("name").values_list("name", "found")) == [
        ("points-expiring", 1),
        ("points-expiring-soon", 0),
    ]


def test_one_that_broke_off_goes_on_where_it_was(dora, monkeypatch):
    earn(dora, 30, at=on("2025-02-10"))
    earn(world.member("eve"), 40, at=on("2025-02-10"))
    monkeypatch.setattr(points_expired, "CHUNK", 1)
    queue = expiry_foreseen.message_queued.run

    def fail_for_dora(news):
        told = list(news)
        if told[0].account_id == dora.pk:
            raise RuntimeError
        queue(told)

    with monkeypatch.context() as broken:
        broken.setattr(expiry_foreseen.message_queued, "run", fail_for_dora)
        with pytest.raises(RuntimeError):
            expiry_foreseen.run(at=on("2026-01-11"))
    assert warned() == [("eve", "2026-02-17")]
    assert Lot.objects.get(account=dora).warned_days is None
    assert expiry_foreseen.run(at=on("2026-01-11")) == 1
    assert warned() == [("eve", "2026-02-17"), ("dora", "2026-02-17")]


def test_who_buys_often_is_warned_once_a_week_at_most(dora):
    for day in range(28):
        earn(dora, 10, at=on("2025-02-01") + day * DAY)
    for day in range(60):
        expiry_foreseen.run(at=on("2026-01-01") + day * DAY)
        points_expired.run(at=on("2026-01-01") + day * DAY)
    planned = Message.objects.filter(kind="points-expiring").order_by("pk")
    assert [message.planned_at.date().isoformat() for message in planned] == [
        "2026-01-02",
        "2026-01-10",
        "2026-01-18",
        "2026-01-26",
    ]
    # Everything that expires was told of in time.
    assert Lot.objects.filter(warned_days=None).count() == 0


def test_points_that_came_since_are_warned_of_too(dora):
    earn(dora, 30, at=on("2025-02-10"))
    expiry_foreseen.run(at=on("2026-01-11"))
    earn(dora, 5, at=on("2026-01-12"), earned_at=on("2025-02-09"))
    assert expiry_foreseen.run(at=on("2026-01-12")) == 1
    assert len(warned()) == 2


def test_points_spent_meanwhile_need_no_warning(dora):
    earn(dora, 30, at=on("2025-02-10"))
    expiry_foreseen.run(at=on("2026-01-11"))
    spend(dora, 30, at=on("2026-01-11"))
    messages_delivered.run(at=on("2026-01-11") + DAY)
    assert Message.objects.get().outcome == "not-true"
    assert mail.outbox == []


def test_an_order_keeps_points_alive_and_calls_the_warning_off(dora):
    terms(Programme.objects.get(), expiry="inactivity", expiry_months=12)
    earn(dora, 30, at=on("2025-02-10"))
    assert expiry_foreseen.run(at=on("2026-01-11")) == 1
    world.place(dora.user, "10.00", at=on("2026-01-11"))
    messages_delivered.run(at=on("2026-01-11") + timedelta(hours=1))
    assert Message.objects.get(kind="points-expiring").outcome == "not-true"


def test_a_tier_with_months_of_its_own_is_warned_by_them(dora, ladder):
    Tier.objects.filter(name="Gold").update(expiry_months=24)
    earn(dora, 30, at=on("2025-02-10"))
    Standing.objects.update(tier=Tier.objects.get(name="Gold"), since=on("2024-01-01"))
    assert expiry_foreseen.run(at=on("2026-01-11")) == 0
    assert expiry_foreseen.run(at=on("2027-01-11")) == 1


def test_nobody_is_warned_while_it_is_switched_off(dora):
    MessageKind.objects.update(active=False)
    messages_queries.forget_active()
    earn(dora, 30, at=on("2025-02-10"))
    assert expiry_foreseen.run(at=on("2026-01-11")) == 0
    assert (DailySearch.objects.count(), warned()) == (0, [])


# ---------------------------------------------------------------- nothing expires unwarned


@pytest.fixture
def promised(dora):
    """The shop says that points only expire after a warning."""
    terms(Programme.objects.get(), expiry_after_warning=True)
    earn(dora, 30, at=on("2025-02-10"))
    return dora


def assert_nothing_is_amiss(at):
    assert books_audited.run(at=at).violations == []


def test_without_a_warning_nothing_expires(promised):
    assert points_expired.run(at=on("2026-03-01")) == 0
    assert left(promised) == [30]
    assert_nothing_is_amiss(on("2026-03-10"))


def test_a_warning_that_has_not_left_is_none(promised):
    expiry_foreseen.run(at=on("2026-02-09"))
    assert points_expired.run(at=on("2026-02-11")) == 0
    messages_delivered.run(at=on("2026-02-11"))
    assert [message.to for message in mail.outbox] == [["dora@example.com"]] * 2
    assert points_expired.run(at=on("2026-02-11")) == 1
    assert Entry.objects.filter(kind="expire").get().points == -30


def test_a_warning_that_was_given_up_is_none(promised):
    expiry_foreseen.run(at=on("2026-01-11"))
    Message.objects.update(state="failed", settled_at=on("2026-01-12"))
    assert points_expired.run(at=on("2026-02-11")) == 0


def test_who_wants_no_warning_has_had_it(promised):
    preferences_chosen.run(promised.pk, {"points-expiring": False}, at=on("2026-01-01"))
    expiry_foreseen.run(at=on("2026-01-11"))
    messages_delivered.run(at=on("2026-01-11"))
    assert Message.objects.get().outcome == "unwanted"
    assert points_expired.run(at=on("2026-02-11")) == 1


def test_after_a_long_sleep_they_are_warned_before_they_lose_points(promised):
    """Due jobs that did not run for a year: the warning goes first, whatever came due."""
    late = on("2027-01-11")
    due_jobs.run(at=late)
    assert left(promised) == [30]
    assert messages_delivered.run(at=late) == 2
    assert "30 points expire at the end of Jan. 11, 2027." in mail.outbox[0].body
    due_jobs.run(at=late + timedelta(hours=1))
    assert left(promised) == []


def test_another_lapse_has_another_warning(promised):
    """Warned twice, and then points are good for a year longer."""
    for day in ("2026-01-11", "2026-02-03"):
        expiry_foreseen.run(at=on(day))
        messages_delivered.run(at=on(day))
    terms(Programme.objects.get(), expiry_months=24)
    assert points_expired.run(at=on("2027-02-11")) == 0
    assert expiry_foreseen.run(at=on("2027-02-11")) == 2
    messages_delivered.run(at=on("2027-02-11"))
    assert len(mail.outbox) == 4
    assert points_expired.run(at=on("2027-02-11")) == 1


def test_a_warning_that_staff_switched_off_is_none(promised):
    expiry_foreseen.run(at=on("2026-02-09"))
    MessageKind.objects.update(active=False)
    messages_delivered.run(at=on("2026-02-09"))
    assert set(Message.objects.values_list("outcome", flat=True)) == {"switched-off"}
    assert points_expired.run(at=on("2026-02-11")) == 0
