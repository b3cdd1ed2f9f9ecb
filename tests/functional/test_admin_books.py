"""Entries and awards in the admin: read by staff, written by nobody."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from oscar_loyalty.flows import order_recalculated
from oscar_loyalty.models import Award, Entry, Programme
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.redemption import services as redemption
from oscar_loyalty.staff import figures
from tests import comebacks, world
from tests.functional.desk import Desk, owner, sentences, signed_in
from tests.functional.reading import words


@pytest.fixture
def desk(django_app, db):
    world.programme()
    return Desk(django_app, owner())


@pytest.fixture
def alice(desk):
    """Two orders at one and a half times the points."""
    world.tier("Silver", 1, "0", multiplier="1.50")
    user = world.customer("alice")
    world.place(user, "1.00", number="first")
    world.place(user, "8.25", "24.50", number="second")
    return user


@pytest.fixture
def bob(desk):
    user = world.customer("bob")
    world.place(user, "20.00", number="third")
    return user


def listed(model):
    return reverse(f"admin:oscar_loyalty_{model}_changelist")


def test_points_that_waited_for_a_day_are_shown_as_spendable(desk):
    Programme.objects.update(spendable="after-days", spendable_after_days=14)
    for name, days in (("dora", 20), ("eve", 10)):
        world.place(world.customer(name), "40.00", at=timezone.now() - timedelta(days=days))
    Award.objects.update(matured=False)
    rows = desk.read(listed("award")).html.select("#result_list tbody tr")
    shown = [row.select_one(".field-spendable img")["alt"] for row in rows]
    assert shown == ["False", "True"]


@pytest.mark.parametrize(
    ("factor", "expected"),
    [("1", "1"), ("3/2", "1.5"), ("1/1000", "0.001"), ("1/3", "1/3"), ("100.00", "100")],
)
def test_factors_are_shown_exactly(factor, expected):
    assert figures.trimmed(factor) == f"<bdi>{expected}</bdi>"


def found(desk, model, query, column):
    rows = desk.read(f"{listed(model)}?q={query}").html.select("#result_list tbody tr")
    return [row.select_one(f".field-{column}").get_text() for row in rows]


@pytest.mark.parametrize(
    ("query", "orders"),
    [
        ("earn:second", ["second"]),
        ("second", ["second"]),
        ("alice@example.com", ["second", "first"]),
        ("ALICE@example.com", ["second", "first"]),
        ("nobody@example.com", []),
    ],
)
def test_entries_are_found(desk, alice, bob, query, orders):
    assert found(desk, "entry", query, "order_number") == orders


def test_orders_that_points_paid_without_cover_are_marked_and_filtered(desk, alice, bob):
    """Alice's points had been kept; nobody had kept Bob's, who owes them now."""
    terms = {"at": timezone.now()}
    world.hold(alice, 10)
    redemption.capture(alice.loyalty_account.pk, 1, 10, order_number="first", **terms)
    redemption.capture(bob.loyalty_account.pk, 2, 50, order_number="third", **terms)
    rows = desk.read(listed("hold")).html.select("#result_list tbody tr")
    marks = [
        (row.select_one(".field-order_number").get_text(), row.select_one("img")["alt"])
        for row in rows
    ]
    assert marks == [("third", "True"), ("first", "False")]
    rows = desk.read(f"{listed('hold')}?uncovered__exact=1").html.select("#result_list tbody tr")
    (row,) = rows
    assert row.select_one(".field-order_number").get_text() == "third"
    bob.loyalty_account.refresh_from_db()
    assert bob.loyalty_account.balance == -30


@pytest.mark.parametrize(
    ("query", "orders"), [("third", ["third"]), ("alice@example.com", ["second", "first"])]
)
def test_awards_are_found(desk, alice, bob, query, orders):
    assert found(desk, "award", query, "order_number") == orders


@pytest.mark.parametrize("model", ["entry", "award"])
def test_the_lists_cost_the_same_for_any_number_of_rows(
    desk, alice, model, django_assert_num_queries
):
    for number in range(10):
        world.place(alice, "10.00", number=f"more-{number}")
    client = signed_in(desk.user)
    # Session, user, one count, rows; the side bar's programme; the shop's notifications.
    with django_assert_num_queries(6):
        response = client.get(listed(model))
    assert response.context["cl"].result_count == 12


def test_an_entry_says_who_posted_it_and_why(desk, alice):
    account = alice.loyalty_account
    sent = {
        "points": "-5",
        "reason": "mistake",
        "note": "Counted twice.",
        "source": "6f1d1c0e-9a55-4c4e-8a5e-0d5a1b7a3c11",
    }
    client = signed_in(desk.user)
    client.post(reverse("admin:oscar_loyalty_account_adjust", args=[account.pk]), sent)
    entry = Entry.objects.latest("pk")
    said = sentences(desk.read(reverse("admin:oscar_loyalty_entry_change", args=[entry.pk])))
    for phrase in ("-5", "Correction of a mistake", "Counted twice.", f"adj:{sent['source']}"):
        assert phrase in said
    assert "Posted by: owner" in said


def test_the_award_shows_its_breakdown_as_a_table(desk, alice):
    award = Award.objects.get(order_number="second")
    page = desk.read(reverse("admin:oscar_loyalty_award_change", args=[award.pk]))
    rows = page.html.select(".loyalty-breakdown tbody tr")
    cells = [[cell.get_text() for cell in row.select("th, td")] for row in rows]
    assert [row[1:] for row in cells] == [
        ["1", "8.25", "0", "12.37"],
        ["1", "24.50", "0", "36.75"],
        ["49.12"],
        ["49"],
    ]
    assert "rate 1 × multiplier 1.5 of the tier" in sentences(page)


def test_an_award_without_lines_says_why(desk, alice):
    order = world.unsignalled(alice, "10.00", currency="EUR")
    from oscar_loyalty.flows import order_placed

    order_placed.run(order.number, at=world.JUNE)
    award = Award.objects.get(order_number=order.number)
    said = sentences(desk.read(reverse("admin:oscar_loyalty_award_change", args=[award.pk])))
    assert "The order is in another currency." in said


@pytest.mark.parametrize("model", [Entry, Award])
def test_nobody_writes_them(desk, alice, model):
    client = signed_in(desk.user)
    name = model._meta.model_name
    row = model.objects.first()
    before = list(model.objects.values())
    change, delete = (
        reverse(f"admin:oscar_loyalty_{name}_{verb}", args=[row.pk])
        for verb in ("change", "delete")
    )
    assert client.get(change).status_code == 200
    assert client.post(change, {"points": "9999"}).status_code == 403
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert client.post(reverse(f"admin:oscar_loyalty_{name}_add"), {}).status_code == 403
    client.post(listed(name), {"action": "delete_selected", "_selected_action": [row.pk]})
    assert not client.get(listed(name)).context["cl"].formset
    assert "action-select" not in client.get(listed(name)).content.decode()
    assert list(model.objects.values()) == before


@pytest.fixture
def half_back(desk):
    """Points paid a half of £20 and of £10, and the £20 came back with its money."""
    Programme.objects.update(redeemable=True)
    Programme.objects.get().save()
    dora = world.customer("dora")
    earned = Accrual(1500, Cause("bonus", "bonus:1"), timezone.now())
    ledger.accrue(dora.loyalty_account.pk, earned)
    order = world.place(dora, "20.00", "10.00", number="half", status="Pending", points=1500)
    comebacks.put_line(order, 0, "Returned")
    comebacks.refund(order, "10.00")
    order_recalculated.run("half", at=timezone.now())
    return order


def test_the_dashboard_says_how_much_came_back_in_money_and_how_much_in_points(desk, half_back):
    page = desk.read(reverse("dashboard:order-detail", args=["half"]))
    shown = [words(cell) for cell in page.html.select("#loyalty-spending tr > *")]
    assert dict(zip(shown[:4], shown[4:], strict=True)) == {
        "Money off for points": "£15.00",
        "Points spent on the order": "1,500",
        "Of these, points returned": "1,000",
        "Money refunded": "£10.00",
    }


def test_the_dashboard_says_nothing_of_points_where_none_were_spent(desk, bob):
    page = desk.read(reverse("dashboard:order-detail", args=["third"]))
    assert not page.html.select("#loyalty-spending")


def test_a_hold_says_what_returned(desk, half_back):
    page = desk.read(listed("hold"))
    assert words(page.html.select_one(".field-came_back")) == "1,000"
    page = page.click(href=r"/hold/\d+/")
    assert words(page.html.select_one(".field-came_back .readonly")) == "1,000"
