"""Points expire by the terms of the day: what is due, what stays, and what the books say of it."""

import re
from datetime import datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, connection, transaction

from oscar_loyalty import signals
from oscar_loyalty.flows import books_audited, due_jobs, order_status_changed, points_expired
from oscar_loyalty.models import Draw, Entry, Lot, Programme, Standing, Tier
from oscar_loyalty.program.ledger import queries, services
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.ledger.queries import Lapsing
from oscar_loyalty.program.terms import queries as terms_queries
from tests import world
from tests.integration.ageing import CHECKED, change, earn, left, on, spend, terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme(db):
    """Points are good for twelve months, and nothing was changed lately."""
    made = world.programme(expiry="after-earning", expiry_months=12, time_zone="UTC")
    return terms(made, expiry_tightened_at=None)


@pytest.fixture
def dora(programme):
    return world.member("dora")


def assert_nothing_is_amiss(at):
    assert books_audited.run(at=at).violations == []


# ---------------------------------------------------------------- what is taken


def test_old_points_expire_in_one_entry_that_names_its_lots(dora):
    for day, points in (("2025-01-10", 30), ("2025-01-20", 20), ("2025-03-01", 50)):
        earn(dora, points, at=on(day))
    spend(dora, 10, at=on("2025-03-02"))
    assert points_expired.run(at=on("2026-01-21")) == 1
    entry = Entry.objects.get(kind="expire")
    assert (entry.key, entry.points) == (f"expire:{dora.pk}:5", -40)
    assert (entry.seq, entry.balance_after, entry.posted_at) == (5, 50, on("2026-01-21"))
    taken = Draw.objects.filter(entry=entry).order_by("pk")
    assert list(taken.values_list("lot__earned_at", "points")) == [
        (on("2025-01-10"), 20),
        (on("2025-01-20"), 20),
    ]
    assert left(dora) == [50]
    assert_nothing_is_amiss(on("2026-01-21"))


def test_a_lot_is_good_to_the_end_of_its_last_day(dora):
    earn(dora, 30, at=on("2025-01-31"))
    terms(Programme.objects.get(), expiry_months=1)
    midnight = datetime(2025, 3, 1, tzinfo=timezone.utc)
    assert points_expired.run(at=midnight - timedelta(seconds=1)) == 0
    assert points_expired.run(at=midnight) == 1


def test_running_again_changes_nothing(dora):
    earn(dora, 30, at=on("2025-01-10"))
    assert [points_expired.run(at=on("2026-02-01")) for _time in range(3)] == [1, 0, 0]
    assert Entry.objects.filter(kind="expire").count() == 1


def test_strangers_are_told_once(dora, django_capture_on_commit_callbacks):
    told = []

    def listen(account_id, points, **kwargs):
        told.append((account_id, points))

    signals.points_expired.connect(listen)
    earn(dora, 30, at=on("2025-01-10"))
    try:
        with django_capture_on_commit_callbacks(execute=True):
            done = due_jobs.run(at=on("2026-02-01"))
            again = due_jobs.run(at=on("2026-02-01"))
    finally:
        signals.points_expired.disconnect(listen)
    assert told == [(dora.pk, 30)]
    job = "members whose points expired"
    assert (done[job], again[job]) == (1, 0)


@pytest.mark.parametrize("changes", [{"expiry": "never"}, {"active": False}])
def test_nothing_expires_without_terms_that_say_so(dora, changes):
    earn(dora, 30, at=on("2020-01-10"))
    terms(Programme.objects.get(), **changes)
    assert points_expired.run(at=on("2026-02-01")) == 0
    assert left(dora) == [30]


def test_fixed_days(dora):
    terms(Programme.objects.get(), expiry="fixed-dates", expiry_dates="12-31, 06-30")
    for day, points in (("2025-06-30", 10), ("2025-07-01", 20), ("2025-12-31", 30)):
        earn(dora, points, at=on(day))
    assert points_expired.run(at=on("2025-06-30")) == 0
    points_expired.run(at=on("2025-07-01"))
    assert left(dora) == [20, 30]
    points_expired.run(at=on("2026-01-01"))
    assert left(dora) == []


def test_points_with_a_day_of_their_own_keep_it(dora):
    earn(dora, 10, at=on("2025-12-01"), expires_at=on("2026-01-05"))
    earn(dora, 20, at=on("2020-01-01"), expires_at=on("2027-01-01"))
    points_expired.run(at=on("2026-01-05") - timedelta(seconds=1))
    assert left(dora) == [10, 20]
    points_expired.run(at=on("2026-01-05"))
    assert left(dora) == [20]


def test_points_of_a_reinstated_order_have_the_age_they_had(programme):
    eve = world.customer("eve")
    order = world.place(eve, "10.00", at=on("2025-01-10"))
    for status in ("Cancelled", "Pending"):
        order.status = status
        order.save()
        order_status_changed.run(order.number, at=on("2025-06-01"))
    assert list(Lot.objects.order_by("pk").values_list("earned_at", flat=True)) == [
        on("2025-01-10"),
        on("2025-01-10"),
    ]
    points_expired.run(at=on("2026-01-11"))
    assert left(eve.loyalty_account) == []
    assert_nothing_is_amiss(CHECKED)


def test_the_age_of_points_cannot_be_changed(dora, require_postgres):
    earn(dora, 10, at=on("2025-01-10"))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Lot.objects.update(earned_at=on("2026-01-10"))


# ---------------------------------------------------------------- what stays


def test_held_points_stay_until_the_hold_ends(dora):
    for day, points in (("2025-01-10", 30), ("2025-01-20", 20), ("2025-12-01", 50)):
        earn(dora, points, at=on(day))
    services.reserve(dora.pk, 40)
    points_expired.run(at=on("2026-02-01"))
    assert left(dora) == [30, 10, 50]
    dora.refresh_from_db()
    assert (dora.balance, dora.held, dora.spendable) == (90, 40, 50)
    services.let_go(dora.pk, 40)
    points_expired.run(at=on("2026-02-01"))
    assert left(dora) == [50]
    assert_nothing_is_amiss(on("2026-02-01"))


def test_what_one_holds_is_counted_from_their_own_points(programme):
    alice, bob = world.member("alice"), world.member("bob")
    for account in (alice, bob):
        earn(account, 30, at=on("2025-01-10"))
        services.reserve(account.pk, 20)
    assert points_expired.run(at=on("2026-02-01")) == 2
    assert (left(alice), left(bob)) == ([20], [20])


def test_a_checkout_pays_with_what_it_held(dora):
    earn(dora, 30, at=on("2025-01-10"))
    services.reserve(dora.pk, 30)
    assert points_expired.run(at=on("2026-02-01")) == 0
    cause = Cause("redeem", "redeem:1", "1")
    services.redeem(dora.pk, 30, cause, kept=30, at=on("2026-02-01"))
    dora.refresh_from_db()
    assert (dora.balance, dora.held) == (0, 0)


def test_pending_points_stay_until_they_can_be_spent(dora):
    earn(dora, 30, at=on("2025-01-10"), pending=True, available_at=on("2026-03-01"))
    points_expired.run(at=on("2026-02-01"))
    assert left(dora) == [30]
    due_jobs.run(at=on("2026-03-01"))
    assert left(dora) == []


def test_debtors_have_nothing_to_lose(dora):
    spend(dora, 10, at=on("2025-01-10"), overdraw=True)
    assert points_expired.run(at=on("2026-02-01")) == 0
    dora.refresh_from_db()
    assert (dora.balance, dora.seq) == (-10, 1)


# ---------------------------------------------------------------- activity


ACTS = {
    "orders": lambda user, account: world.place(user, "0.50", at=on("2026-01-15")),
    "earning": lambda user, account: earn(account, 1, at=on("2026-01-15")),
    "spending": lambda user, account: spend(account, 1, at=on("2026-01-15"), kind="redeem"),
}


@pytest.mark.parametrize("counts", ACTS)
@pytest.mark.parametrize("act", ACTS)
def test_activity_of_the_chosen_kind_keeps_points_alive(programme, counts, act):
    """An order of fifty pence earns nothing and is an order all the same."""
    chosen = {f"active_by_{name}": name == counts for name in ACTS}
    terms(programme, expiry="inactivity", **chosen)
    eve = world.customer("eve")
    account = eve.loyalty_account
    earn(account, 30, at=on("2025-02-10"))
    ACTS[act](eve, account)
    points_expired.run(at=on("2026-02-11"))
    alive = 30 in left(account) or 29 in left(account)
    assert alive == (counts == act)
    points_expired.run(at=on("2027-01-16"))
    assert left(account) == []


def test_an_order_that_no_signal_told_of_keeps_points_alive(programme):
    terms(programme, expiry="inactivity", active_by_orders=True)
    eve = world.customer("eve")
    earn(eve.loyalty_account, 30, at=on("2025-02-10"))
    world.unsignalled(eve, "20.00", at=on("2026-02-10"))
    due_jobs.run(at=on("2026-02-11"))
    assert left(eve.loyalty_account) == [30, 20]


def test_points_are_young_however_long_their_owner_was_away(programme, dora):
    terms(programme, expiry="inactivity")
    earn(dora, 10, at=on("2020-01-01"))
    earn(dora, 20, at=on("2026-01-01"))
    points_expired.run(at=on("2026-02-01"))
    assert left(dora) == [20]


# ---------------------------------------------------------------- switched on, and shortened


def test_switching_it_on_leaves_days_of_grace(programme, dora, monkeypatch):
    terms(programme, expiry="never", expiry_grace_days=30)
    earn(dora, 30, at=on("2020-01-10"))
    change(on("2026-02-01"), monkeypatch, expiry="after-earning")
    assert Programme.objects.get().expiry_tightened_at == on("2026-02-01")
    points_expired.run(at=on("2026-03-03"))
    assert left(dora) == [30]
    points_expired.run(at=on("2026-03-04"))
    assert left(dora) == []


def test_shortening_it_leaves_days_of_grace_to_older_points_only(programme, dora, monkeypatch):
    earn(dora, 30, at=on("2026-01-10"))
    change(on("2026-02-15"), monkeypatch, expiry_months=1)
    earn(dora, 20, at=on("2026-02-16"))
    points_expired.run(at=on("2026-03-17"))
    assert left(dora) == [30]
    points_expired.run(at=on("2026-03-18"))
    assert left(dora) == []


def test_lengthening_it_touches_nothing_and_starts_no_grace(programme, dora, monkeypatch):
    earn(dora, 30, at=on("2025-01-10"))
    change(on("2026-01-05"), monkeypatch, expiry_months=24)
    assert Programme.objects.get().expiry_tightened_at is None
    points_expired.run(at=on("2026-02-01"))
    assert left(dora) == [30]


# ---------------------------------------------------------------- tiers


def climb(user, tier, since):
    Standing.objects.filter(account__user=user).update(tier=tier, since=since)


def test_a_tier_may_have_months_of_its_own(programme):
    gold, silver = world.tier("Gold", 2, "300", expiry_months=24), world.tier("Silver", 1, "100")
    people = {name: world.customer(name) for name in ("alice", "bob", "eve")}
    for name, tier in (("alice", gold), ("bob", None), ("eve", silver)):
        climb(people[name], tier, on("2020-01-01"))
        earn(people[name].loyalty_account, 10, at=on("2025-01-10"))
    assert points_expired.run(at=on("2026-02-01")) == 2
    assert {name: left(user.loyalty_account) for name, user in people.items()} == {
        "alice": [10],
        "bob": [],
        "eve": [],
    }
    assert points_expired.run(at=on("2027-01-11")) == 1


def test_whoever_leaves_a_tier_has_the_days_of_grace(programme):
    world.tier("Gold", 2, "300", expiry_months=24)
    alice = world.customer("alice")
    earn(alice.loyalty_account, 10, at=on("2025-01-10"))
    climb(alice, None, on("2026-06-01"))
    points_expired.run(at=on("2026-07-01"))
    assert left(alice.loyalty_account) == [10]
    points_expired.run(at=on("2026-07-02"))
    assert left(alice.loyalty_account) == []


@pytest.mark.parametrize(
    ("before", "after", "noted"),
    [(24, 18, True), (24, None, True), (None, 6, True), (24, 36, False), (6, None, False)],
)
def test_shortening_a_tier_starts_the_days_of_grace(programme, before, after, noted):
    gold = world.tier("Gold", 2, "300", expiry_months=before)
    gold.expiry_months = after
    gold.save()
    assert (Programme.objects.get().expiry_tightened_at is not None) == noted


# ---------------------------------------------------------------- many at once


def test_members_are_taken_in_chunks_and_lots_cost_no_statements(programme, monkeypatch):
    monkeypatch.setattr(points_expired, "CHUNK", 2)
    accounts = [world.member() for _member in range(5)]
    for account in accounts:
        for day in range(1, 8):
            earn(account, day, at=on(f"2025-01-0{day}"))
    writes = []

    def note(execute, sql, *rest):
        writes.extend(re.findall(r'(?:INSERT INTO|UPDATE|COPY)\s+"?(\w+)', sql))
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        assert points_expired.run(at=on("2026-02-01")) == 5
    assert [left(account) for account in accounts] == [[]] * 5
    assert Entry.objects.filter(kind="expire", points=-28).count() == 5
    assert writes.count("oscar_loyalty_lot") == 3
    assert_nothing_is_amiss(on("2026-02-01"))


# ---------------------------------------------------------------- the audit


def found(at=CHECKED):
    return {violation.rule for violation in books_audited.run(at=at).violations}


def test_overdue_points_are_found_once_the_jobs_have_had_their_chance(dora):
    earn(dora, 30, at=on("2025-01-10"))
    assert found(on("2026-01-12")) == set()
    assert found(on("2026-01-14")) == {"what has expired is taken"}
    services.reserve(dora.pk, 30)
    lapsed = Lapsing(on("2026-02-01"), before=on("2026-01-01"))
    assert list(queries.overdue(lapsed)) == []
    services.let_go(dora.pk, 1)
    assert list(queries.overdue(lapsed, account_id=dora.pk)) == [(dora.pk, 30)]


def post(account, points, key, *, at):
    row = services.posting.Cause("expire", key)
    locked = services.accounts.locked(account.pk)
    services.posting.debit(locked, points, row, at=at)


def test_an_expiry_that_is_not_named_by_its_number_is_found(dora):
    earn(dora, 30, at=on("2026-01-10"))
    post(dora, 10, f"expire:{dora.pk}:7", at=on("2026-01-11"))
    assert found() == {"an expiry is named by account and number"}


def test_an_expiry_that_makes_a_debt_is_found(dora):
    earn(dora, 30, at=on("2026-01-10"))
    post(dora, 40, f"expire:{dora.pk}:2", at=on("2026-01-11"))
    assert found() == {"an expiry takes what lots had"}


def test_points_that_are_earned_after_they_came_are_found(dora):
    cause = Cause("bonus", "bonus:late")
    late = Accrual(5, cause, on("2026-01-10"), earned_at=on("2026-02-10"))
    services.accrue(dora.pk, late)
    assert found() == {"nothing is earned after it came"}


def test_tiers_that_nobody_stands_on_cost_nothing(dora):
    Tier.objects.all().delete()
    assert len(list(points_expired.lapsings(terms_queries.current(), CHECKED))) == 1
