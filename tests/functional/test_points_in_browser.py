"""Choosing points in a real browser: how it looks, by keyboard, with scripts and without."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from oscar_loyalty.flows import books_audited, due_jobs
from oscar_loyalty.models import Account, Entry, Hold, Programme
from tests import world
from tests.functional import buying
from tests.functional.desk import signed_in
from tests.functional.screen import DIRECTIONS, OPERABLE, OUTSIDE, browsing, tabbed

pytestmark = pytest.mark.django_db(transaction=True)

BASKET, PREVIEW = "/basket/", "/checkout/preview/"
WIDE, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}
ON_EACH_SCREEN = pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["wide", "phone"])
IN_EACH_LANGUAGE = pytest.mark.parametrize("language", ["en", "ar"])
PANEL = "#loyalty-spend"


@dataclass
class Shop:
    """Where it answers, Dora's session, and what she buys."""

    url: str
    session: str
    dora: Any
    teapot: Any


@pytest.fixture
def shop(live_server, db):
    """Dora has 3,000 points, worth £30, a teapot for £20 in her basket, and gone to the preview."""
    world.programme(redeemable=True)
    buying.open_the_country()
    dora, teapot = world.customer("dora"), world.product("20.00", title="Teapot")
    world.place(dora, "3000.00", number="past")
    client = signed_in(dora)
    client.post(f"/basket/add/{teapot.pk}/", {"quantity": "1"})
    client.post("/checkout/shipping-address/", {**buying.ADDRESS, "country": "GB"})
    client.post("/checkout/shipping-method/", {"method_code": "standard"})
    assert client.get(PREVIEW).status_code == 200
    return Shop(live_server.url, client.session.session_key, dora, teapot)


def told(page):
    return page.locator(f"{PANEL} > p").first.inner_text()


def books():
    return Account.objects.values_list("balance", "held").get()


def assert_right():
    due_jobs.run(at=timezone.now())
    assert books_audited.run(at=timezone.now()).violations == []


class TestHowItLooks:
    @ON_EACH_SCREEN
    @IN_EACH_LANGUAGE
    def test_the_totals_stay_on_the_right(self, require_browser, shop, screen, language):
        programme = Programme.objects.get()
        programme.redeem_minimum, programme.redeem_step, programme.redeem_share = 100, 50, 50
        programme.save()
        with browsing(require_browser, shop, viewport=screen, locale=language) as page:
            page.goto(BASKET)
            page.fill("#loyalty-points", "2900")
            page.locator(f"{PANEL} .btn-info").click()
            for path in (BASKET, PREVIEW):
                page.goto(path)
                panel = page.locator(PANEL)
                assert panel.evaluate_all(OUTSIDE) == [], path
                assert panel.evaluate_all(DIRECTIONS) == ["rtl" if language == "ar" else "ltr"]
                totals = page.locator("#basket_totals").bounding_box()
                ours = panel.bounding_box()
                if screen is WIDE:
                    assert totals["x"] >= 600, path
                    assert ours["x"] + ours["width"] <= 610, path
                if path == BASKET:
                    beside = totals["y"] < ours["y"] + ours["height"]
                    assert beside == (screen is WIDE)


class TestChoosing:
    def test_by_keyboard_alone(self, require_browser, shop):
        with browsing(require_browser, shop, viewport=WIDE) as page:
            page.goto(BASKET)
            operable = page.locator(PANEL).evaluate_all(OPERABLE)
            assert operable == 3
            assert tabbed(page) == [*range(operable)]
            page.focus("#loyalty-points")
            page.keyboard.type("500")
            press(page, "Enter")
            assert told(page) == "500 points pay £5 of this order."
            page.focus(f"{PANEL} [name=all]")
            press(page, "Space")
            assert told(page) == "2000 points pay £20 of this order."
            page.focus(f"{PANEL} [name=none]")
            press(page, "Enter")
            assert told(page) == "You can spend 3000 points, worth £30."
        assert books() == (3000, 0)

    def test_without_scripts(self, require_browser, shop):
        with browsing(require_browser, shop, viewport=PHONE, java_script_enabled=False) as page:
            page.goto(BASKET)
            page.fill("#loyalty-points", "500")
            page.click(f"{PANEL} .btn-info")
            assert told(page) == "500 points pay £5 of this order."
            page.goto(PREVIEW)
            page.click(f"{PANEL} [name=all]")
            assert told(page) == "2000 points pay £20 of this order."
            page.click("#place_order_form [type=submit]")
            assert page.url.endswith("/thank-you/")
        assert_ordered(shop, goods=0, points=2000)

    def test_a_refusal_stands_at_the_field(self, require_browser, shop):
        with browsing(require_browser, shop, viewport=WIDE) as page:
            page.goto(BASKET)
            # A browser does not send more than there is; somebody else spent them meanwhile.
            page.locator("#loyalty-points").evaluate("field => field.removeAttribute('max')")
            page.fill("#loyalty-points", "3001")
            page.click(f"{PANEL} .btn-info")
            field = page.locator("#loyalty-points")
            assert field.get_attribute("aria-invalid") == "true"
            described = page.locator(f"#{field.get_attribute('aria-describedby')}")
            assert described.inner_text().strip() == "You have fewer points to spend than that."
            box, words = field.bounding_box(), described.bounding_box()
            assert 0 <= words["y"] - box["y"] - box["height"] <= 20
            page.reload()
            assert page.locator("#loyalty-points[aria-invalid]").count() == 0
        assert books() == (3000, 0)


class TestOscarsScripts:
    def test_the_panel_follows_the_basket(self, require_browser, shop):
        cup = world.product("5.00", title="Cup")
        with browsing(require_browser, shop, viewport=WIDE) as page:
            page.goto(BASKET)
            page.click(f"{PANEL} [name=all]")
            assert told(page) == "2000 points pay £20 of this order."
            by_script(page, lambda: quantity(page, "2"))
            assert told(page) == "3000 points pay £30 of this order."
            by_script(page, lambda: quantity(page, "1"))
            assert told(page) == "2000 points pay £20 of this order."
            page.goto(cup.get_absolute_url())
            page.click("#add_to_basket_form [type=submit]")
            page.goto(BASKET)
            assert told(page) == "2500 points pay £25 of this order."
            by_script(page, page.locator("[data-behaviours=remove]").first.click)
            assert page.locator(".basket-items h3").all_inner_texts() == ["Cup"]
            assert told(page) == "500 points pay £5 of this order."
            # The answer's own form works as the page's did.
            page.click(f"{PANEL} [name=none]")
            assert told(page) == "You can spend 3000 points, worth £30."
        assert books() == (3000, 0)
        assert_right()


class TestTwoTabs:
    def test_points_are_chosen_in_both_and_one_orders(self, require_browser, shop):
        with browsing(require_browser, shop, viewport=WIDE) as first:
            second = first.context.new_page()
            for page, points in ((first, "500"), (second, "700")):
                page.goto(BASKET)
                page.fill("#loyalty-points", points)
                page.click(f"{PANEL} .btn-info")
            assert told(second) == "700 points pay £7 of this order."
            for page in (first, second):
                page.goto(PREVIEW)
            first.click("#place_order_form [type=submit]")
            assert first.url.endswith("/thank-you/")
            second.click("#place_order_form [type=submit]")
            assert second.url.endswith(BASKET)
        assert_ordered(shop, goods=13, points=700)

    def test_a_double_click(self, require_browser, shop):
        with browsing(require_browser, shop, viewport=WIDE) as page:
            page.goto(BASKET)
            page.click(f"{PANEL} [name=all]")
            page.goto(PREVIEW)
            page.dblclick("#place_order_form [type=submit]")
            page.wait_for_load_state("networkidle")
        assert_ordered(shop, goods=0, points=2000)


def press(page, key):
    with page.expect_navigation():
        page.keyboard.press(key)


def by_script(page, act):
    """Do what makes Oscar's script send the basket, and wait until the answer is in the page."""
    page.locator(PANEL).evaluate("panel => { panel.dataset.old = 'yes' }")
    act()
    page.wait_for_selector(f"{PANEL}:not([data-old])")


def quantity(page, number):
    page.fill("#id_form-0-quantity", number)
    page.locator("#basket_formset [type=submit]").first.click()


def assert_ordered(shop, *, goods, points):
    order = shop.dora.orders.exclude(number="past").get()
    assert order.basket_total_incl_tax == goods
    redeemed = Entry.objects.filter(kind="redeem").values_list("order_number", "points")
    assert list(redeemed) == [(order.number, -points)]
    assert_right()
    assert books() == (3000 - points + goods, 0)
    assert Hold.objects.get().state == "captured"
