"""Our pages and boxes in a real browser: on a phone and on a desk, in English and in Arabic."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from oscar_loyalty import api
from oscar_loyalty.models import Entry, Programme
from tests import birthdays, world
from tests.functional.desk import signed_in
from tests.functional.reading import OF_OUR_TAGS
from tests.functional.screen import DIRECTIONS, OPERABLE, OUTSIDE, UNFOLD, browsing, faults, tabbed
from tests.mailing import switch_on

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT, HOW = "/accounts/loyalty/", "/loyalty/"
#: What holds sentences of ours, once on each page; beside it the tab and the balance.
TOLD = ", ".join((".loyalty", *OF_OUR_TAGS[1:]))
REGIONS = ", ".join((".loyalty", *OF_OUR_TAGS))
PHONE = 390
ON_EACH_SCREEN = pytest.mark.parametrize("width", [PHONE, 1200])
IN_EACH_LANGUAGE = pytest.mark.parametrize("language", ["en", "ar"])


@dataclass
class Shop:
    """Where it answers, the pages with something of ours, and Alice's session."""

    url: str
    pages: dict[str, str]
    session: str


@pytest.fixture
def shop(live_server, alice, programme):
    """Alice, who is Gold, has bought, returned and been given points."""
    Programme.objects.update(signup_points=50, minimum_order=Decimal(5))
    world.rule(product=world.product(), points=25)
    title = "Donaudampfschifffahrtsgesellschaftskapitän: Memoirs of a Captain, in three volumes"
    book = world.product("19.99", title=title)
    world.place(alice, products=[book], number="alice-returned").set_status("Cancelled")
    api.earn(alice, 15, action="birthday", reference="2026")
    order = world.place(alice, "1234.56", products=[book], number="alice-last")
    assert Entry.objects.filter(account__user=alice).count() == 5
    switch_on("birthday")
    birthdays.enter(alice.loyalty_account, 305, on=world.JUNE)
    client = signed_in(alice)
    session = client.session
    session["checkout_order_id"] = order.pk
    session.save()
    pages = {
        "account": ACCOUNT,
        "how it works": HOW,
        "product": book.get_absolute_url(),
        "order": f"/accounts/orders/{order.number}/",
        "thank you": "/checkout/thank-you/",
    }
    return Shop(live_server.url, pages, session.session_key)


@ON_EACH_SCREEN
@IN_EACH_LANGUAGE
def test_what_is_ours_fits_the_screen_in_either_direction(require_browser, shop, width, language):
    screen = {"width": width, "height": 800}
    with browsing(require_browser, shop, viewport=screen, locale=language) as page:
        for name, path in shop.pages.items():
            assert page.goto(path).status == 200, name
            assert page.locator("html").get_attribute("lang") == language
            page.locator("details").evaluate_all(UNFOLD)
            ours = page.locator(REGIONS)
            assert page.locator(TOLD).count() == 1, name
            assert ours.evaluate_all(OUTSIDE) == [], name
            wanted = ["rtl" if language == "ar" else "ltr"]
            assert page.locator(TOLD).evaluate_all(DIRECTIONS) == wanted, name
            if width != PHONE:
                # Links, buttons and the bar at the top have the colours of the shop's theme.
                assert faults(page, REGIONS, "color-contrast") == [], name
            if path in (ACCOUNT, HOW):
                assert page.evaluate("document.documentElement.scrollWidth") == width


@ON_EACH_SCREEN
def test_the_tab_key_reaches_everything_of_ours(require_browser, shop, width):
    screen = {"width": width, "height": 800}
    with browsing(require_browser, shop, viewport=screen) as page:
        for name, path in shop.pages.items():
            page.goto(path)
            operable = page.locator(REGIONS).evaluate_all(OPERABLE)
            assert operable >= 1
            assert tabbed(page) == [*range(operable)], name


def test_the_explanation_opens_by_keyboard_and_without_scripts(require_browser, shop):
    with browsing(require_browser, shop, java_script_enabled=False) as page:
        for name in ("account", "order", "thank you"):
            page.goto(shop.pages[name])
            explanation = page.locator("details").first
            sums = explanation.locator("dd").first
            assert explanation.locator("summary").inner_text() == "How was this worked out?"
            assert not sums.is_visible()
            explanation.locator("summary").focus()
            page.keyboard.press("Enter")
            assert sums.is_visible(), name
            page.keyboard.press("Enter")
            assert not sums.is_visible(), name
