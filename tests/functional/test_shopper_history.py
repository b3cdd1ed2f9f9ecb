"""A member's history line by line, its pages, and how each award came about."""

from datetime import datetime, timezone
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.urls import reverse
from oscar.core.loading import get_model

from oscar_loyalty.flows import accounts_merged, action_rewarded, points_adjusted
from oscar_loyalty.models import Account, Programme
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import world
from tests.functional.reading import content, listed, words

pytestmark = pytest.mark.django_db

DECEMBER = datetime(2026, 12, 5, 12, tzinfo=timezone.utc)


def earn(user, count, *, first=1):
    """So many bonuses of one point."""
    account_id = Account.objects.get(user=user).pk
    for number in range(first, first + count):
        cause = Cause("bonus", f"bonus:test:{account_id}:{number}", reason="signup")
        ledger.accrue(account_id, Accrual(1, cause, DECEMBER))


def entries(page):
    """Reason, points and balance of each line of the history."""
    rows = page.html.select("[data-loyalty=entry]")
    return [
        (
            words(row.select_one("strong")),
            words(row.select_one(".loyalty-entry-points strong")),
            words(row.select_one(".loyalty-entry-points small")),
        )
        for row in rows
    ]


# ---------------------------------------------------------------- history


def test_of_a_merged_member_each_log_in_leads_to_its_own_orders(bob, visit):
    """Oscar shows an order to the customer who placed it and to nobody else."""
    bella, staff = world.customer("bella"), world.customer("staff")
    for user, number in ((bob, "1001"), (bella, "1002")):
        world.place(user, "10.00", number=number, status="Pending")
    gone, stays = (Account.objects.get(user=user).pk for user in (bella, bob))
    accounts_merged.run(gone, stays, note="-", actor_id=staff.pk, at=DECEMBER)
    for number in ("1001", "1002"):
        get_model("order", "Order").objects.get(number=number).set_status("Cancelled")
    for user, own in ((bob, "1001"), (bella, "1002")):
        page = visit(user)
        assert [reason for reason, _points, _balance in entries(page)] == [
            "Points of order 1002 taken back",
            "Points of order 1001 taken back",
            "Points from your other account",
            "Order 1001",
        ]
        links = page.html.select("[data-loyalty=entry] strong a")
        assert {link["href"] for link in links} == {reverse("customer:order", args=[own])}


def test_every_kind_of_entry_says_why(bob, visit):
    staff = world.customer("staff")
    account = Account.objects.get(user=bob)
    action_rewarded.run(bob.pk, 5, action="newsletter", reference="1", at=DECEMBER)
    order = world.place(bob, "10.00", number="1001", status="Pending")
    order.set_status("Cancelled")
    order.set_status("Pending")
    for points, reason in ((20, "goodwill"), (-7, "other")):
        points_adjusted.run(
            account.pk,
            points,
            reason=reason,
            note="for staff only",
            actor_id=staff.pk,
            source=reason,
            at=DECEMBER,
        )
    page = visit(bob)
    assert entries(page) == [
        ("Correction by the shop", "−7 points", "Balance: 28"),
        ("Goodwill", "+20 points", "Balance: 35"),
        ("Order 1001 reinstated", "+10 points", "Balance: 15"),
        ("Points of order 1001 taken back", "−10 points", "Balance: 5"),
        ("Order 1001", "+10 points", "Balance: 15"),
        ("Bonus: newsletter", "+5 points", "Balance: 5"),
    ]
    assert "for staff only" not in page
    links = {link["href"] for link in page.html.select("[data-loyalty=entry] a")}
    assert links == {reverse("customer:order", args=["1001"])}


def test_sign_up_points_are_welcome_points(programme, visit):
    Programme.objects.update(signup_points=50)
    page = visit(world.customer("dora"))
    assert entries(page) == [("Welcome points", "+50 points", "Balance: 50")]


def test_only_orders_that_are_there_and_the_shoppers_are_linked(bob, visit):
    gone = world.place(bob, "10.00", number="1001")
    given_away = world.place(bob, "10.00", number="1002")
    world.place(bob, "10.00", number="1003")
    gone.delete()
    given_away.user = world.customer("dora")
    given_away.save()
    page = visit(bob)
    assert [words(link) for link in page.html.select("[data-loyalty=entry] a")] == ["1003"]
    assert [reason for reason, *_rest in entries(page)] == [
        "Order 1003",
        "Order 1002",
        "Order 1001",
    ]


def test_the_history_is_paged_by_key(bob, visit, settings):
    settings.OSCAR_LOYALTY_HISTORY_PAGE_SIZE = 3
    earn(bob, 7)
    newest = visit(bob)
    older = newest.click("Older")
    oldest = older.click("Older")
    balances = [[balance for *_rest, balance in entries(page)] for page in (newest, older, oldest)]
    assert balances == [
        ["Balance: 7", "Balance: 6", "Balance: 5"],
        ["Balance: 4", "Balance: 3", "Balance: 2"],
        ["Balance: 1"],
    ]
    assert older.request.query_string == "before=5"
    assert not newest.html.find("a", string="Newest")
    assert not oldest.html.find("a", string="Older")
    assert entries(oldest.click("Newest")) == entries(newest)
    assert "There is nothing older." in words(content(visit(bob, "?before=1")))


@pytest.mark.parametrize(
    "before",
    ["", "0", "-1", "abc", "1.5", "٣", "²", "1e3", "\0", "9" * 19, "9" * 5000, "3;drop", "+3"],
)
def test_what_is_no_page_gets_the_newest_one(bob, visit, before):
    earn(bob, 5)
    page = visit(bob, f"?before={quote(before)}")
    assert page.status_code == 200
    assert len(entries(page)) == 5
    assert listed(page, ".alert-warning") == [
        "That page of your history does not exist. Here is the newest one."
    ]


def test_a_page_far_beyond_is_the_newest_one(bob, visit):
    earn(bob, 5)
    assert len(entries(visit(bob, f"?before={'9' * 18}"))) == 5


def test_the_page_costs_the_same_however_long_the_history(bob, visit, queries, ladder):
    Programme.objects.update(spendable="after-days", spendable_after_days=14)
    for number in range(3):
        world.place(bob, "10.00", number=f"short-{number}")
    few = [sql for sql in queries(lambda: visit(bob)) if is_ours(sql)]
    earn(bob, 240)
    for number in range(57):
        world.place(bob, "1.00", number=f"long-{number}")
    many = [sql for sql in queries(lambda: visit(bob)) if is_ours(sql)]
    assert Account.objects.get(user=bob).seq == 300
    assert len(few) == len(many) == 10
    assert not any(sql.startswith("SELECT COUNT") or "OFFSET" in sql for sql in many)


def is_ours(sql):
    return "oscar_loyalty_" in sql or 'FROM "order_order"' in sql


# ---------------------------------------------------------------- how an award came about


def explained(page):
    """The lines of the only explanation on the page, and what stands below them."""
    (details,) = page.html.select("details")
    sums = [(words(title), words(title.find_next("dd"))) for title in details.select("dt")]
    return sums, [words(paragraph) for paragraph in details.select("p")]


def test_an_award_is_explained(alice, programme, visit):
    teapot = world.product("18.50", title="Teapot <i>")
    world.rule(product=teapot, points=10)
    voucher = world.product("5.00", title="Gift card")
    world.rule(product=voucher, effect="excludes")
    basket_order = world.place(
        alice, products=[teapot, teapot, world.product("7.99", title="Dracula"), voucher]
    )
    page = visit(alice)
    newest = page.html.select("[data-loyalty=entry]")[0]
    assert words(newest.select_one("strong")) == f"Order {basket_order.number}"
    sums = [(words(t), words(t.find_next("dd"))) for t in newest.select("dt")]
    assert sums == [
        ("2 × Teapot <i>", "£37 × 1 × 2 + 20 = 94"),
        ("Dracula", "£7.99 × 1 × 2 = 15.98"),
        ("Gift card", "earns no points"),
        ("10 extra points for every Teapot <i>.", "Points: 20"),
        ("Gift card earns no points.", "This applied."),
    ]
    assert [words(p) for p in newest.select("details p")] == [
        "Together 109.98, rounded down to 109 points.",
        "The amount that counted, times 1 point for every £1.",
        "Your tier gave you 2 times the points.",
        "What rules gave comes on top.",
    ]


def test_rates_that_have_no_end_are_explained_exactly(bob, visit):
    Programme.objects.update(
        earn_points=10, earn_amount=Decimal("3.00"), value_points=1000, counts_shipping=True
    )
    world.place(bob, "10.00", shipping="4.80")
    sums, below = explained(visit(bob))
    assert sums[0][1] == "£10 × 3 1/3 = 33 1/3"
    assert sums[1] == ("Shipping", "£4.80 × 3 1/3 = 16")
    assert below == [
        "Together 49 1/3, rounded down to 49 points.",
        "The amount that counted, times 10 points for every £3.",
    ]


def test_a_whole_sum_is_not_said_to_be_rounded(bob, visit):
    world.place(bob, "10.00")
    _sums, below = explained(visit(bob))
    assert below[0] == "Together 10 points."
