"""What shoppers and staff see of points that expire."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone as django_timezone
from django.utils.formats import date_format

from oscar_loyalty.admin import entries
from oscar_loyalty.flows import accounts_merged, points_expired
from oscar_loyalty.models import Entry, Programme, Tier
from oscar_loyalty.program.ledger import services
from oscar_loyalty.program.terms.policy import months_after
from tests import world
from tests.functional.desk import Desk, owner
from tests.functional.reading import content, listed, words
from tests.functional.test_query_budget import spent
from tests.integration.ageing import earn, spend, terms

pytestmark = pytest.mark.django_db

HOW = "/loyalty/"
EXPIRING = "[data-loyalty=expiring] li"


def local_day(moment):
    """The day it is where the programme lives."""
    return moment.astimezone(ZoneInfo("Europe/London")).date()


def months_hence(earned_at, months=12):
    day = months_after(local_day(earned_at), months)
    return date_format(day, "DATE_FORMAT")


@pytest.fixture
def now():
    return django_timezone.now()


@pytest.fixture
def programme(db):
    made = world.programme(expiry="after-earning", expiry_months=12)
    return terms(made, expiry_tightened_at=None)


@pytest.fixture
def bob(programme):
    return world.customer("bob")


# ---------------------------------------------------------------- the account page


def test_the_page_says_what_expires_when(bob, visit, now):
    account = bob.loyalty_account
    for days, points in ((40, 30), (20, 1), (20, 4)):
        earn(account, points, at=now - timedelta(days=days))
    earn(account, 100, at=now, pending=True, available_at=now + timedelta(days=10))
    spend(account, 10, at=now)
    page = visit(bob)
    assert listed(page, EXPIRING) == [
        f"20 points expire at the end of {months_hence(now - timedelta(days=40))}",
        f"5 points expire at the end of {months_hence(now - timedelta(days=20))}",
    ]
    assert "What expires when" in words(content(page))


def test_at_most_ten_days_are_named(bob, visit, now):
    for days in range(15):
        earn(bob.loyalty_account, 1, at=now - timedelta(days=3 * days))
    told = listed(visit(bob), EXPIRING)
    assert len(told) == 11
    assert told[-1] == "5 points later or never"
    assert told[0].endswith(months_hence(now - timedelta(days=42)))


def test_held_points_that_are_overdue_expire_today(bob, visit, now):
    earn(bob.loyalty_account, 10, at=now - timedelta(days=900))
    services.reserve(bob.loyalty_account.pk, 10)
    points_expired.run(at=now)
    today = date_format(local_day(now), "DATE_FORMAT")
    assert listed(visit(bob), EXPIRING) == [f"10 points expire at the end of {today}"]


@pytest.mark.parametrize("own", [None, timedelta(days=-1)])
def test_days_of_grace_are_counted_in(bob, visit, now, own):
    expires_at = now + own if own else None
    earn(bob.loyalty_account, 10, at=now - timedelta(days=900), expires_at=expires_at)
    terms(Programme.objects.get(), expiry_tightened_at=now, expiry_grace_days=14)
    last = date_format(local_day(now) + timedelta(days=14), "DATE_FORMAT")
    assert listed(visit(bob), EXPIRING) == [f"10 points expire at the end of {last}"]


def test_days_of_grace_for_what_a_merge_brought_are_counted_in(bob, visit, now):
    silver = world.tier("Silver", 1, "300", expiry_months=6)
    bob.loyalty_account.standing.__class__.objects.update(
        tier=silver, since=now - timedelta(days=900)
    )
    terms(Programme.objects.get(), expiry_grace_days=14)
    eve = world.member("eve")
    earn(eve, 10, at=now - timedelta(days=300))
    staff = world.customer("carol")
    into = bob.loyalty_account.pk
    accounts_merged.run(eve.pk, into, note="One person", actor_id=staff.pk, at=now)
    last = date_format(local_day(now) + timedelta(days=14), "DATE_FORMAT")
    assert listed(visit(bob), EXPIRING) == [f"10 points expire at the end of {last}"]


def test_a_tiers_own_months_are_counted_in(bob, visit, now):
    gold = world.tier("Gold", 1, "300", expiry_months=24)
    bob.loyalty_account.standing.__class__.objects.update(tier=gold, since=now - timedelta(days=99))
    earn(bob.loyalty_account, 10, at=now)
    page = visit(bob)
    assert listed(page, EXPIRING) == [f"10 points expire at the end of {months_hence(now, 24)}"]
    assert "Points expire 24 months after they were earned." in words(content(page))


def test_activity_is_counted_in(bob, visit, now):
    terms(Programme.objects.get(), expiry="inactivity", active_by_spending=True)
    earn(bob.loyalty_account, 10, at=now - timedelta(days=200))
    world.place(bob, "0.50", at=now - timedelta(days=100))
    spend(bob.loyalty_account, 1, at=now - timedelta(days=50), kind="redeem")
    assert listed(visit(bob), EXPIRING) == [
        f"9 points expire at the end of {months_hence(now - timedelta(days=50))}"
    ]


@pytest.mark.parametrize("points", [0, 10])
def test_nothing_is_said_where_nothing_expires(bob, visit, points, now):
    terms(Programme.objects.get(), expiry="never")
    if points:
        earn(bob.loyalty_account, points, at=now)
    assert "expire" not in words(content(visit(bob)))


def test_the_history_names_what_expired(bob, visit, now):
    earn(bob.loyalty_account, 10, at=now - timedelta(days=900))
    points_expired.run(at=now)
    newest = visit(bob).html.select("[data-loyalty=entry]")[0]
    assert words(newest.select_one("strong")) == "Points expired"
    assert "−10 points" in words(newest)


@pytest.mark.parametrize("expiry", ["never", "after-earning", "fixed-dates", "inactivity"])
def test_the_page_costs_at_most_ten_queries_whatever_the_history(django_app, alice, now, expiry):
    """With all that can cost one: orders, points pending, and a tier that is still above."""
    terms(Programme.objects.get(), expiry=expiry, expiry_dates="12-31", active_by_spending=True)
    Tier.objects.filter(rank=2).update(expiry_months=24)
    world.tier("Platinum", 3, "3000")
    account = alice.loyalty_account
    django_app.get("/accounts/loyalty/", user=alice)
    for days in range(60):
        earn(account, 2, at=now - timedelta(days=days))
        spend(account, 1, at=now, kind="redeem")
        earn(account, 1, at=now, pending=True, available_at=now + timedelta(days=days + 1))
    world.place(alice, "10.00")
    statements, _page = spent(lambda: django_app.get("/accounts/loyalty/", user=alice))
    assert len(statements) <= 10, "\n".join(statements)


# ---------------------------------------------------------------- how it works


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Points expire 12 months after they were earned."),
        ({"expiry_months": 1}, "Points expire 1 month after they were earned."),
        (
            {"expiry": "fixed-dates", "expiry_dates": "12-31, 06-30"},
            "Points that can be spent expire each year at the end of these days: "
            "30 June, 31 December.",
        ),
        (
            {"expiry": "inactivity", "active_by_earning": True},
            "Points expire after 12 months without activity. "
            "Activity is: placing an order, earning points.",
        ),
    ],
)
def test_everybody_reads_when_points_expire(django_app, programme, changes, sentence):
    terms(programme, **changes)
    assert sentence in words(content(django_app.get(HOW)))


def test_guests_read_what_tiers_have_of_their_own(django_app, programme):
    world.tier("Gold", 1, "300", expiry_months=24)
    assert "In the tier Gold it is 24 months." in words(content(django_app.get(HOW)))


# ---------------------------------------------------------------- the admin


@pytest.fixture
def desk(django_app, programme):
    return Desk(django_app, owner())


def programme_form(desk):
    url = reverse("admin:oscar_loyalty_programme_change", args=[Programme.objects.get().pk])
    return desk.read(url).forms["programme_form"]


def test_staff_switch_it_on_and_old_points_get_their_days(desk):
    terms(Programme.objects.get(), expiry="never")
    form = programme_form(desk)
    form["expiry"] = "fixed-dates"
    form["expiry_dates"] = "12-31, 06-30"
    assert form.submit().status_code == 302
    programme = Programme.objects.get()
    assert (programme.expiry, programme.expiry_dates) == ("fixed-dates", "12-31, 06-30")
    assert programme.expiry_tightened_at is not None


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"expiry": "fixed-dates"}, "Name at least one day, such as 12-31."),
        ({"expiry_dates": "31.12."}, "Write each day as month and day, such as 12-31"),
        ({"expiry_dates": "02-30"}, "Write each day as month and day, such as 12-31"),
        (
            {"expiry": "inactivity", "active_by_orders": False},
            "Tick at least one thing that counts as activity.",
        ),
        ({"expiry_months": "0"}, "greater than or equal to 1"),
        ({"expiry_months": "121"}, "less than or equal to 120"),
        ({"expiry_months": "9" * 5000}, "Enter a whole number."),
        ({"expiry_grace_days": "-1"}, "greater than or equal to 0"),
        (
            {"expiry_months": "2", "spendable": "after-days", "spendable_after_days": "59"},
            "Points wait for 59 days before they can be spent. Let them be good for longer.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(desk, written, sentence):
    form = programme_form(desk)
    for name, value in written.items():
        form[name] = value
    page = form.submit()
    assert page.status_code == 200
    assert sentence in words(page.html)
    assert Programme.objects.get().expiry == "after-earning"


def test_points_of_a_tier_do_not_expire_while_they_wait(desk):
    world.tier("Silver", 1, "300", expiry_months=1)
    form = programme_form(desk)
    form["spendable"], form["spendable_after_days"] = "after-days", "28"
    sentence = "Points of the tier Silver would expire before they can be spent."
    assert sentence in words(form.submit().html)
    form["spendable_after_days"] = "27"
    assert form.submit().status_code == 302
    assert Programme.objects.get().spendable_after_days == 27


def test_an_entry_shows_the_lots_it_took_points_from(desk, bob, monkeypatch):
    for day, points in ((1, 10), (2, 20)):
        earn(bob.loyalty_account, points, at=datetime(2026, 1, day, 12, tzinfo=timezone.utc))
    spend(bob.loyalty_account, 15, at=django_timezone.now(), kind="redeem")
    entry = Entry.objects.get(kind="redeem")
    url = reverse("admin:oscar_loyalty_entry_change", args=[entry.pk])
    rows = desk.read(url).html.select(".field-taken_from li")
    sources = list(Entry.objects.filter(kind="bonus").order_by("pk"))
    assert [words(row) for row in rows] == [
        f"10 of 10 points from {sources[0].key} of Jan. 1, 2026",
        f"5 of 20 points from {sources[1].key} of Jan. 2, 2026",
    ]
    assert [row.a["href"] for row in rows] == [
        reverse("admin:oscar_loyalty_entry_change", args=[source.pk]) for source in sources
    ]
    monkeypatch.setattr(entries, "DRAWS_SHOWN", 1)
    assert words(desk.read(url).html.select(".field-taken_from li")[-1]) == "and more"
