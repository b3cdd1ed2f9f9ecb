"""Members in the admin: found, shown, and never edited."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from oscar_loyalty.flows import points_adjusted, tier_assigned
from oscar_loyalty.models import Account, Standing
from tests import world
from tests.functional.desk import Desk, owner, sentences, signed_in

LIST = reverse("admin:oscar_loyalty_account_changelist")
ENTRIES = reverse("admin:oscar_loyalty_entry_changelist")


@pytest.fixture
def desk(django_app, db):
    world.programme()
    return Desk(django_app, owner())


@pytest.fixture
def gold(desk):
    return world.tier("Gold", 1, "300", multiplier="2.00")


@pytest.fixture
def alice(gold):
    """Gold by an order of £300, and a little more by another."""
    user = world.customer("alice")
    user.first_name, user.last_name = "Alice", "Ashdown"
    user.save()
    world.place(user, "300.00", number="first", at=world.MARCH)
    world.place(user, "10.00", number="second", at=world.JUNE)
    return Account.objects.get(user=user)


@pytest.fixture
def bob(desk):
    return world.member("bob")


def page_of(account):
    return reverse("admin:oscar_loyalty_account_change", args=[account.pk])


def found(desk, query):
    rows = desk.read(f"{LIST}?{query}").html.select("#result_list tbody tr")
    return [row.select_one(".field-member").get_text() for row in rows]


def undated(table):
    """The rows of a table, without the date that each begins with."""
    rows = table.select("tbody tr")
    return [[cell.get_text(" ", strip=True) for cell in row.select("td")][1:] for row in rows]


def post(account, points, actor, source):
    points_adjusted.run(
        account.pk,
        points,
        reason="goodwill",
        note="The parcel came late.",
        actor_id=actor.pk,
        source=source,
        at=world.JUNE,
    )


def test_the_list_shows_points_and_tier(desk, alice, bob):
    rows = desk.read(LIST).html.select("#result_list tbody tr")
    cells = [[cell.get_text() for cell in row.select("th, td")][:-1] for row in rows]
    assert cells == [
        ["bob", "bob@example.com", "0", "0", "0", "–"],
        ["Alice Ashdown", "alice@example.com", "320", "0", "320", "Gold"],
        ["owner", "owner@example.com", "0", "0", "0", "–"],
    ]


@pytest.mark.parametrize(
    "query", ["alice@example.com", "Ashdown", "Alice Ash", "ALICE", "{number}"]
)
def test_a_member_is_found(desk, alice, bob, query):
    assert found(desk, f"q={query.format(number=alice.public_id)}") == ["Alice Ashdown"]


def test_a_member_is_found_by_the_number_without_dashes(desk, alice, bob):
    assert found(desk, f"q={alice.public_id.hex}") == ["Alice Ashdown"]


def test_members_are_listed_by_tier(desk, alice, bob, gold):
    assert found(desk, f"tier={gold.pk}") == ["Alice Ashdown"]
    assert found(desk, "tier=none") == ["bob", "owner"]
    assert found(desk, "tier=999999") == []


@pytest.mark.parametrize("odd", ["abc", "'", "1e3", "9" * 40, "%00", "²"])
def test_an_odd_filter_is_no_failure(desk, bob, odd):
    response = signed_in(desk.user).get(f"{LIST}?tier={odd}", follow=True)
    assert response.status_code == 200


def test_the_list_costs_the_same_for_any_number_of_members(
    desk, alice, gold, django_assert_num_queries
):
    for _ in range(30):
        Standing.objects.filter(account=world.member()).update(tier=gold)
    client = signed_in(desk.user)
    # Session, user, count, rows, tiers of the filter; the side bar; Oscar's notifications.
    with django_assert_num_queries(7):
        assert "Alice Ashdown" in client.get(LIST).content.decode()


def test_the_page_shows_figures_standing_entries_and_steps(desk, alice, gold):
    post(alice, -20, desk.user, "late")
    tier_assigned.run(alice.pk, None, actor_id=desk.user.pk, at=world.JUNE)
    page = desk.read(page_of(alice))
    shown = {
        name: page.html.select_one(f".field-{name} .readonly").get_text()
        for name in ("member", "email", "public_id", "owned", "waiting", "usable", "tier")
    }
    assert shown == {
        "member": "Alice Ashdown",
        "email": "alice@example.com",
        "public_id": str(alice.public_id),
        "owned": "300",
        "waiting": "0",
        "usable": "300",
        "tier": "Gold",
    }
    entries, steps = page.html.select(".loyalty-table")
    assert undated(entries) == [
        ["Correction", "-20", "300", "", "Goodwill The parcel came late.", "owner"],
        ["Order", "+20", "320", "second", "", ""],
        ["Order", "+300", "300", "first", "", ""],
    ]
    assert undated(steps) == [
        ["–", "Gold", "Threshold reached", ""],
    ]
    links = {link.get_text(): link["href"] for link in page.html.select(".loyalty-table a")}
    assert links["first"] == reverse("dashboard:order-detail", kwargs={"number": "first"})
    assert links["All entries of this member"] == f"{ENTRIES}?account__id__exact={alice.pk}"
    every_entry = desk.read(links["All entries of this member"])
    assert len(every_entry.html.select("#result_list tbody tr")) == 3


def test_the_page_shows_the_last_twenty_entries(desk, alice, django_assert_max_num_queries):
    for number in range(25):
        post(alice, 1, desk.user, f"gift-{number}")
    client = signed_in(desk.user)
    with django_assert_max_num_queries(11):
        response = client.get(page_of(alice))
    assert [row["entry"].balance_after for row in response.context["entries"]] == list(
        range(345, 325, -1)
    )


def test_the_page_of_a_member_who_left_has_no_name(desk, alice):
    get_user_model().objects.get(username="alice").delete()
    said = sentences(desk.read(page_of(alice)))
    assert "Former customer" in said
    assert "alice@example.com" not in said
    assert found(desk, f"q={alice.public_id}") == ["Former customer"]


def test_a_name_is_shown_as_text(desk, bob):
    get_user_model().objects.filter(username="bob").update(first_name="<script>alert(1)</script>")
    for url in (LIST, page_of(bob), f"{page_of(bob)[: -len('change/')]}adjust/"):
        assert "<script>alert(1)" not in desk.read(url).text


def test_nobody_edits_a_member(desk, alice):
    client = signed_in(desk.user)
    before = Account.objects.values().get(pk=alice.pk)
    assert client.post(page_of(alice), {"balance": "9999"}).status_code == 403
    assert client.get(reverse("admin:oscar_loyalty_account_add")).status_code == 403
    delete = reverse("admin:oscar_loyalty_account_delete", args=[alice.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": [alice.pk], "post": "yes"})
    assert Account.objects.values().get(pk=alice.pk) == before


def test_staff_see_no_buttons_on_their_own_page(desk):
    own = Account.objects.get(user=desk.user)
    page = desk.read(page_of(own))
    assert "This is your own account" in sentences(page)
    assert not page.html.select("a[href$='adjust/'], a[href$='set-tier/']")
