"""What Oscar's own pages show of the programme, and what it costs them."""

import shutil
from decimal import Decimal
from pathlib import Path

import oscar
import pytest
from django.template import Context, Template
from django.test import RequestFactory
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.models import Award, Programme, TierBenefit
from oscar_loyalty.templatetags import loyalty_tags
from tests import world
from tests.functional import buying
from tests.functional.promising import EARN, earned_by, promised
from tests.functional.reading import hooked, words

pytestmark = pytest.mark.django_db

PROFILE = "/accounts/profile/"
OSCARS = Path(oscar.__file__).parent / "templates" / "oscar"
BLOCKS = {
    "customer/baseaccountpage.html": "standard_tabs",
    "partials/nav_accounts.html": "nav_account_navbar_authenticated",
    "catalogue/detail.html": "product_stock_record",
    "checkout/thank_you.html": "order_tracking",
    "checkout/checkout.html": "order_contents",
    "basket/partials/basket_content.html": "vouchers",
    "customer/order/order_detail.html": "order_actions",
    "dashboard/orders/order_detail.html": "additional_order_information",
    "dashboard/users/detail.html": "additional_general_info",
}


@pytest.fixture
def without_us(settings, tmp_path):
    """From the call on, Oscar's pages as they would be without our overlays."""

    def hide_overlays():
        for name in BLOCKS:
            copy = tmp_path / "oscar" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(OSCARS / name, copy)
        (engine,) = settings.TEMPLATES
        settings.TEMPLATES = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]]}]

    return hide_overlays


# ---------------------------------------------------------------- the overlays


@pytest.mark.parametrize(("name", "block"), BLOCKS.items())
def test_oscar_has_the_block_we_extend(name, block):
    assert f"{{% block {block} %}}" in (OSCARS / name).read_text()


@pytest.mark.parametrize("path", [PROFILE, "/accounts/orders/", "/accounts/loyalty/"])
def test_every_account_page_has_our_tab_beside_oscars(bob, django_app, path):
    page = django_app.get(path, user=bob)
    tabs = {words(a): a for a in page.html.select("ul.nav-pills a")}
    assert next(iter(tabs)) == "Profile"
    assert tabs["Loyalty"]["href"] == "/accounts/loyalty/"
    assert [name for name, a in tabs.items() if "active" in a["class"]] == (
        [{PROFILE: "Profile", "/accounts/orders/": "Order History"}.get(path, "Loyalty")]
    )


def test_the_top_bar_shows_the_balance_beside_oscars_links(bob, django_app):
    world.place(bob, "12.50")
    bar = django_app.get("/catalogue/", user=bob).html.select_one("nav.accounts")
    assert bar.select_one("[data-loyalty=balance]")["value"] == "12"
    assert [words(a) for a in bar.select("a")] == ["12 points", "Account", "Logout"]


@pytest.mark.parametrize("who", ["charlie", "guest"])
def test_the_top_bar_shows_nothing_to_those_who_are_no_members(charlie, django_app, who):
    page = django_app.get("/catalogue/", user=charlie if who == "charlie" else None)
    assert not page.html.select("[data-loyalty=balance]")


def test_the_product_page_shows_what_it_earns_beside_the_price(bob, goods):
    page = goods(world.product("12.99"), bob)
    main = page.html.select_one(".product_main")
    assert words(main.select_one(EARN).find_parent("a")) == "Earn 12 points"
    assert words(main.select_one(".price_color")) == "£12.99"
    assert "In stock" in words(main)
    assert page.forms["add_to_basket_form"]


def test_an_order_shows_what_it_earned_from_the_thank_you_page_on(alice, django_app):
    buying.open_the_country()
    dracula = world.product("9.99", title="Dracula")
    thanks = buying.buy(django_app, dracula, user=alice)
    assert hooked(thanks, "order-points") == "19"
    assert "You earned 19 points with this order." in words(thanks.html)
    assert "£9.99 × 1 × 2 = 19.98" in words(thanks.html)
    assert "Print this page" in words(thanks.html)
    number = Award.objects.latest("pk").order_number
    order = django_app.get(f"/accounts/orders/{number}/", user=alice)
    assert hooked(order, "order-points") == "19"
    assert "Together 19.98, rounded down to 19 points." in words(order.html)
    assert "Re-order all items" in words(order.html)


# ---------------------------------------------------------------- what an order earned


def order_points(order):
    template = Template("{% load loyalty_tags %}{% loyalty_order_points order %}")
    return template.render(Context({"order": order}))


def test_an_order_says_when_its_points_are_spendable(bob):
    Programme.objects.update(spendable="on-status", spendable_status="Complete")
    order = world.place(bob, "10.00", status="Pending")
    assert "when your order has the status <bdi>Complete</bdi>." in order_points(order)
    order.set_status("Being processed")
    order.set_status("Complete")
    assert "become spendable" not in order_points(order)


def test_an_order_says_from_which_day_its_points_are_spendable(bob):
    Programme.objects.update(spendable="after-days", spendable_after_days=14)
    order = world.place(bob, "10.00")
    Award.objects.update(available_at="2999-12-05T23:30:00+00:00")
    assert "They are spendable from <bdi>Dec. 5, 2999</bdi>." in order_points(order)
    Award.objects.update(available_at="2000-12-05T00:00:00+00:00")
    assert "spendable from" not in order_points(order)


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"currency": "EUR"}, "The order is in another currency."),
        ({"minimum_order": Decimal(50)}, "The order is below the minimum."),
        ({"earn_amount": Decimal(100)}, "Nothing in the order earns points."),
    ],
)
def test_an_order_that_earned_nothing_says_why(bob, terms, why):
    Programme.objects.update(**terms)
    text = order_points(world.place(bob, "10.00"))
    assert '<data value="0" data-loyalty="order-points">This order earned no points.' in text
    assert why in text


def test_an_order_that_was_cancelled_says_so(bob):
    order = world.place(bob, "10.00", status="Pending")
    order.set_status("Cancelled")
    assert "The points of this order were taken back because it was cancelled." in (
        order_points(order)
    )


def test_orders_that_nobody_decided_about_say_nothing(bob):
    assert order_points(world.unsignalled(bob, "10.00")).strip() == ""
    assert order_points(world.unsignalled(None, "10.00")).strip() == ""


# ---------------------------------------------------------------- the promise of a product


def test_the_promise_is_what_the_order_earns(alice, ladder, programme, goods):
    music = get_model("offer", "Range").objects.create(name="All music")
    ladder[1].benefits.create(kind="percentage", value=Decimal(10), range=music)
    planets = world.product("14.99", title="The Planets")
    music.add_product(planets)
    # 14.99 less 1.50 is 13.49, twice
    assert promised(goods(planets, alice)) == earned_by(alice, planets) == 26
    assert promised(goods(planets)) == 14


@pytest.mark.parametrize(
    ("rate", "price", "points"),
    [(1, "4.21", 4), (1, "6.31", 5), (1, "10.52", 9), (100, "0.30", 29), (100, "0.70", 67)],
)
def test_the_promise_rounds_as_the_order_does(bob, programme, goods, rate, price, points):
    """To the penny first, halves up; then to the point, down."""
    Programme.objects.update(earn_points=rate)
    tier = world.tier("Silver", 1, "100")
    everything = factories.RangeFactory(includes_all_products=True)
    world.place(bob, "100.00")
    tier.benefits.create(kind="percentage", value=Decimal(5), range=everything)
    cup = world.product(price)
    assert promised(goods(cup, bob)) == earned_by(bob, cup) == points


def test_a_tier_that_earns_more_is_named(alice, goods):
    page = goods(world.product("10.00"), alice)
    assert words(page.html.select_one(EARN).find_parent("a")) == (
        "Earn 20 points as a member of the tier Gold"
    )


def test_below_the_minimum_the_promise_has_a_condition(bob, goods):
    Programme.objects.update(minimum_order=Decimal(50))
    page = goods(world.product("10.00"), bob)
    assert promised(page) == 10
    assert "In an order that counts for £50 or more." in words(page.html)
    assert "or more" not in words(goods(world.product("50.00"), bob).html)


@pytest.mark.parametrize(
    "terms",
    [
        {"active": False},
        {"currency": "EUR"},
        {"earn_amount": Decimal(100)},
        {"starts_at": "2999-01-01T00:00:00+00:00"},
    ],
)
def test_no_promise_where_an_order_would_earn_nothing(bob, goods, terms):
    Programme.objects.update(**terms)
    assert promised(goods(world.product("10.00"), bob)) is None


def test_no_promise_for_what_cannot_be_bought(bob, goods):
    sold_out = factories.create_product()
    factories.create_stockrecord(sold_out, price=Decimal(10), num_in_stock=0)
    parent = factories.create_product(structure="parent")
    child = world.product("10.00", structure="child", parent=parent)
    unpriced = factories.create_product()
    assert [promised(goods(item, bob)) for item in (sold_out, parent, unpriced)] == [None] * 3
    assert promised(goods(child, bob)) == 10


def test_changed_terms_show_at_once(bob, programme, ladder, goods):
    product = world.product("10.00")
    assert promised(goods(product, bob)) == 10
    programme.earn_points = 3
    programme.save()
    assert promised(goods(product, bob)) == 30
    programme.delete()
    assert promised(goods(product, bob)) is None


# ---------------------------------------------------------------- what it costs


def test_a_guests_product_page_costs_no_query_more(programme, ladder, goods, queries, without_us):
    product = world.product("10.00")
    goods(product)
    ours = queries(lambda: goods(product))
    without_us()
    assert promised(goods(product)) is None
    assert len(ours) == len(queries(lambda: goods(product))) - 2


def test_a_members_pages_cost_one_query_more(
    alice, ladder, programme, django_app, goods, queries, without_us
):
    music = get_model("offer", "Range").objects.create(name="All music")
    ladder[1].benefits.create(kind="percentage", value=Decimal(10), range=music)
    world.rule(points=5, range=music)
    product = world.product("10.00")
    music.add_product(product)
    pages = {
        "product": lambda: goods(product, alice),
        "profile": lambda: django_app.get(PROFILE, user=alice),
        "home": lambda: django_app.get("/catalogue/", user=alice),
    }
    for visit in pages.values():
        visit()
    ours = {name: len(queries(visit)) for name, visit in pages.items()}
    without_us()
    vanilla = {name: len(queries(visit)) for name, visit in pages.items()}
    assert {name: ours[name] - vanilla[name] for name in pages} == {
        # The stock record is read once where Oscar reads it three times.
        "product": 1 - 2,
        "profile": 1,
        "home": 1,
    }


# ---------------------------------------------------------------- nothing can make a page fail


def test_where_another_offer_runs_the_promise_is_the_most_one_can_earn(django_app, programme):
    item = world.product("40.00")
    everything = factories.RangeFactory(name="Everything", includes_all_products=True)
    factories.ConditionalOfferFactory(
        condition=factories.ConditionFactory(range=everything, type="Count", value=1),
        benefit=factories.BenefitFactory(range=everything, type="Percentage", value=25),
    )
    page = django_app.get(item.get_absolute_url()).html
    assert words(page.select_one(EARN).find_parent("a")) == "Earn up to 40 points"


@pytest.mark.parametrize("broken", ["membership_for", "badges", "receipts", "render_to_string"])
def test_whatever_fails_the_pages_stand(alice, django_app, goods, monkeypatch, caplog, broken):
    product = world.product("10.00")
    number = Award.objects.latest("pk").order_number
    monkeypatch.setattr(loyalty_tags, broken, None)
    for path in ("/catalogue/", PROFILE, f"/accounts/orders/{number}/", product.get_absolute_url()):
        assert django_app.get(path, user=alice).status_code == 200
    assert "loyalty: " in caplog.text


def test_a_broken_cache_only_costs_the_badge(bob, goods, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
            "LOCATION": "127.0.0.1:1",
        }
    }
    product = world.product("10.00")
    assert promised(goods(product, bob)) is None


# ---------------------------------------------------------------- for templates of the shop's own


def render(source, user, **more):
    request = RequestFactory().get("/")
    request.user = user
    template = Template("{% load loyalty_tags %}" + source)
    return template.render(Context({"request": request, **more})).strip()


def test_a_shop_can_ask_for_the_membership(alice, charlie):
    source = "{% loyalty_membership as me %}{{ me.spendable }} {{ me.tier }}"
    assert render(source, alice) == "300 Gold"
    assert render(source, charlie) == ""


def test_a_shop_can_place_tab_and_balance_itself(alice):
    tab = render("{% loyalty_account_tab %}", alice, active_tab="loyalty")
    assert 'class="nav-link active"' in tab
    assert 'data-loyalty="balance">300</data>' in render("{% loyalty_balance %}", alice)


def test_without_a_request_the_tags_are_silent():
    for tag in ("loyalty_balance", "loyalty_earn_badge product"):
        assert Template("{% load loyalty_tags %}{% " + tag + " %}").render(Context()) == ""


def test_benefits_of_other_tiers_do_not_lower_the_promise(bob, ladder, goods):
    music = get_model("offer", "Range").objects.create(
        name="Everything", includes_all_products=True
    )
    TierBenefit.objects.create(tier=ladder[1], kind="percentage", value=Decimal(50), range=music)
    assert promised(goods(world.product("10.00"), bob)) == 10
