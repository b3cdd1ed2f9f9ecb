"""The account page and the page for everybody, read as a shopper reads them."""

from decimal import Decimal

import pytest
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.models import Account, Programme, Tier, TierBenefit
from tests import world
from tests.functional.reading import content, hooked, listed, words
from tests.world import NEW_YEAR

pytestmark = pytest.mark.django_db

ACCOUNT = "/accounts/loyalty/"
HOW = "/loyalty/"

# ---------------------------------------------------------------- who sees what


def test_a_guest_is_asked_to_sign_in(django_app):
    answer = django_app.get(ACCOUNT)
    assert answer.status_code == 302
    assert answer.location == f"/accounts/login/?next={ACCOUNT}"


def test_a_new_member(ladder, bob, visit):
    page = visit(bob)
    assert hooked(page, "balance") == "0"
    assert hooked(page, "tier") == "No tier yet"
    assert "0 spendable points, worth £0" in words(content(page))
    assert hooked(page, "to-go") == "£100 more to reach Silver"
    assert "Nothing yet. Your first order is the first line here." in words(content(page))


def test_a_member_on_the_way(ladder, bob, visit):
    world.place(bob, "175.25")
    page = visit(bob)
    assert hooked(page, "balance") == "175"
    assert "175 spendable points, worth £1.75" in words(content(page))
    assert hooked(page, "tier") == "Silver"
    assert hooked(page, "to-go") == "£124.75 more to reach Gold"
    (bar,) = page.html.select("[role=progressbar]")
    spoken = {name: bar[f"aria-{name}"] for name in ("valuenow", "valuemin", "valuemax")}
    assert spoken == {"valuenow": "58", "valuemin": "0", "valuemax": "100"}
    assert bar["aria-valuetext"] == "£175.25 of £300"
    assert bar.select_one(".progress-bar")["style"] == "width: 58%"
    assert "Orders of the last 12 months count." in words(content(page))


def test_a_member_at_the_top(alice, visit):
    page = visit(alice)
    assert hooked(page, "tier") == "Gold"
    assert "You are on the highest tier." in words(content(page))
    assert not page.html.select("[role=progressbar]")


def test_a_customer_who_is_no_member(charlie, visit):
    text = words(content(visit(charlie)))
    assert "You are not a member of Larkfield Points yet." in text
    assert "your first order makes you a member" in text
    assert "1 point for every £1; 100 points are £1 off." in text


def test_without_a_programme_the_page_says_so(db, visit, django_app):
    nobody = world.customer("nobody")
    assert "not running right now" in words(content(visit(nobody)))
    assert "not running right now" in words(content(django_app.get(HOW)))


def test_while_the_programme_is_switched_off_points_are_kept(bob, visit):
    world.place(bob, "10.00")
    Programme.objects.update(active=False)
    text = words(content(visit(bob)))
    assert "The loyalty programme is not running right now. The points you have are kept." in text


def test_without_tiers_there_is_no_tier_card(bob, visit):
    page = visit(bob)
    assert hooked(page, "balance") == "0"
    assert not page.html.select("[data-loyalty=tier]")


@pytest.mark.parametrize("language", ["ar", "fa", "pl", "el"])
def test_the_pages_speak_other_languages(alice, django_app, language):
    django_app.set_cookie("django_language", language)
    for path in (ACCOUNT, HOW):
        page = django_app.get(path, user=alice)
        assert page.html.html["lang"] == language


def test_names_are_text_and_not_markup(alice, visit):
    Tier.objects.filter(rank=2).update(name="<b>Gold</b>")
    page = visit(alice)
    assert hooked(page, "tier") == "<b>Gold</b>"


# ---------------------------------------------------------------- pending and owed


def test_points_pending_until_a_day(bob, visit):
    Programme.objects.update(spendable="after-days", spendable_after_days=3650)
    world.place(bob, "10.00", at=NEW_YEAR)
    world.place(bob, "20.00", at=NEW_YEAR)
    page = visit(bob)
    assert (hooked(page, "balance"), hooked(page, "pending")) == ("0", "30")
    assert "30 points pending 30 points spendable from Dec. 30, 2035" in words(content(page))
    badges = listed(page, "[data-loyalty=entry] .badge")
    assert badges == ["Pending until Dec. 30, 2035"] * 2


def test_only_the_next_days_are_named(bob, visit):
    Programme.objects.update(spendable="after-days", spendable_after_days=3650)
    for day in range(1, 13):
        world.place(bob, "10.00", at=NEW_YEAR.replace(day=day))
    page = visit(bob)
    named = listed(page, ".card .list-unstyled li")
    assert named[0] == "10 points spendable from Dec. 30, 2035"
    assert named[9:] == ["10 points spendable from Jan. 8, 2036", "20 points later"]


def test_points_pending_until_a_status(bob, visit):
    Programme.objects.update(spendable="on-status", spendable_status="Complete")
    world.place(bob, "10.00")
    page = visit(bob)
    text = words(content(page))
    assert "10 points spendable when your orders have the status Complete" in text
    assert listed(page, "[data-loyalty=entry] .badge") == [
        "Pending until your order has the status Complete"
    ]


def test_points_that_are_owed_are_explained(bob, visit):
    Account.objects.filter(user=bob).update(balance=-40)
    page = visit(bob)
    assert hooked(page, "balance") == "0"
    assert "40 points of orders that came back were already spent." in words(content(page))


# ---------------------------------------------------------------- benefits and earning


def test_benefits_now_and_next(ladder, bob, visit):
    silver, gold = ladder
    books = get_model("offer", "Range").objects.create(name="All books")
    silver.benefits.create(kind="shipping-percentage", value=Decimal("12.50"))
    gold.benefits.create(kind="free-shipping", shipping_methods="express, drone")
    gold.benefits.create(kind="percentage", value=Decimal(10), range=books)
    world.place(bob, "100.00")
    text = words(content(visit(bob)))
    assert "With Silver you have 1.5 times the points for every order 12.5% off shipping" in text
    assert (
        "With Gold you will have 2 times the points for every order "
        "Free shipping with Express, drone 10% off All books"
    ) in text


@pytest.mark.parametrize(
    ("kind", "value", "methods", "expected"),
    [
        ("free-shipping", None, "", "Free shipping"),
        ("shipping-amount", "1.50", "", "£1.50 off shipping"),
        ("shipping-amount", "1.50", "standard", "£1.50 off shipping with Standard"),
        ("shipping-percentage", "50", "standard", "50% off shipping with Standard"),
    ],
)
def test_every_shipping_benefit_in_words(ladder, django_app, kind, value, methods, expected):
    TierBenefit.objects.all().delete()
    ladder[0].benefits.create(
        kind=kind, value=Decimal(value) if value else None, shipping_methods=methods
    )
    page = django_app.get(HOW)
    assert listed(page, "tbody tr:first-child td li") == [expected]
    assert listed(page, "tbody tr:last-child td li") == ["Points for every order"]


def test_everything_that_decides_about_points_is_told(alice, programme, visit):
    Programme.objects.update(
        signup_points=50,
        minimum_order=Decimal("15.00"),
        base="excl-tax",
        counts_shipping=True,
        spendable="after-days",
        spendable_after_days=14,
    )
    books = get_model("offer", "Range").objects.create(name="All books")
    music = factories.CategoryFactory(name="Music")
    hidden = factories.create_product(title="Secret", is_public=False)
    teapot = factories.create_product(title="Teapot")
    for effect in (
        {"product": teapot, "points": 25},
        {"category": music, "points": 1},
        {"product": hidden, "points": 99},
        {"range": books, "effect": "excludes"},
    ):
        world.rule(**effect)
    page = visit(alice)
    heading = page.html.find("h2", string="How to earn points").parent
    assert [words(li) for li in heading.find_next("ul").select("li")] == [
        "What counts is the price of goods and shipping before tax, after discounts.",
        "As a member of the tier Gold you get 2 times the points.",
        "50 points for signing up.",
        "Orders that count for less than £15 earn no points.",
        "25 extra points for every Teapot.",
        "1 extra point for every item of Music.",
        "Nothing in All books earns points.",
        "Points become spendable 14 days after the order.",
    ]


# ---------------------------------------------------------------- the page for everybody


def test_guests_learn_how_it_works(ladder, django_app, queries):
    page = django_app.get(HOW)
    text = words(content(page))
    assert "1 point for every £1; 100 points are £1 off." in text
    assert listed(page, "tbody th") == ["Silver", "Gold"]
    assert listed(page, "tbody td:nth-of-type(1)") == ["£100", "£300"]
    assert listed(page, "tbody td li") == [
        "1.5 times the points for every order",
        "2 times the points for every order",
    ]
    assert page.click("Log in or register").request.path == "/accounts/login/"
    assert f"?next={ACCOUNT}" in page.html.find("a", string="Log in or register")["href"]


def test_members_are_led_to_their_points(bob, django_app):
    page = django_app.get(HOW, user=bob)
    assert page.click("See your points").request.path == ACCOUNT
