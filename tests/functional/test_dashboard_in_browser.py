"""Pages of the dashboard in a real browser: on a phone and on a desk, in English and in Arabic."""

from dataclasses import dataclass

import pytest
from django.urls import reverse
from django.utils import timezone

from oscar_loyalty.flows import messages_set_up, sales_counted
from oscar_loyalty.models import AdjustmentRequest, Message, MessageKind, Occasion
from tests import apologising, coupons, flash_sales, simulating, world
from tests.functional.desk import dashboard_pages, owner, signed_in
from tests.functional.screen import DIRECTIONS, OPERABLE, OUTSIDE, browsing, faults, tabbed
from tests.mailing import post, switch_on

pytestmark = pytest.mark.django_db(transaction=True)

OURS = ".loyalty-desk"
PHONE, DESK = 390, 1200


@dataclass
class Shop:
    """Where it answers, its pages for staff, and the session of its owner."""

    url: str
    pages: list[str]
    session: str


def _listed():
    """An apology with a list of those it concerns."""
    made = apologising.draft(placed_from=apologising.FROM)
    apologising.listed(made)
    return made


@pytest.fixture
def shop(live_server, alice, ladder):
    """Alice has ordered, got a coupon, and a message that was given up."""
    messages_set_up.run()
    sales_counted.run(at=timezone.now())
    switch_on("thank-you", "birthday")
    coupons.give(alice)
    message = post(alice.loyalty_account, "thank-you")
    Message.objects.update(state="failed", settled_at=world.NEW_YEAR, outcome="OSError")
    rows = {
        "account_id": alice.loyalty_account.pk,
        "tier_id": ladder[0].pk,
        "message_id": message.pk,
        "kind_id": MessageKind.objects.get(code="birthday").pk,
        "request_id": AdjustmentRequest.objects.create(
            account=alice.loyalty_account,
            points=5000,
            source="1",
            requested_by="user:0",
            requested_at=world.NEW_YEAR,
        ).pk,
        "occasion_id": Occasion.objects.create(name="Nowruz", what="nowruz").pk,
        "rule_id": world.rule(points=5, name="Five more", tiers=[ladder[1].pk]).rule_id,
        "sale_id": flash_sales.sale(world.product(), early=[(ladder[1], 24)]).pk,
        "apology_id": _listed().pk,
        "report": "cohorts",
        **simulating.rows(),
    }
    pages = [
        reverse(f"oscar_loyalty:{name}", args=[rows[one] for one in arguments])
        for name, arguments in dashboard_pages()
        if not name.endswith(("-csv", "-json", "-ask", "-retry"))
    ]
    pages.append("/dashboard/comms/LOYALTY_THANK_YOU_EN/")
    return Shop(live_server.url, pages, signed_in(owner()).session.session_key)


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_is_ours_fits_the_screen_in_either_direction(require_browser, shop, width, language):
    screen = {"width": width, "height": 800}
    with browsing(require_browser, shop, viewport=screen, locale=language) as page:
        for path in shop.pages:
            assert page.goto(path).status == 200, path
            ours = page.locator(OURS)
            assert ours.evaluate_all(OUTSIDE) == [], path
            wanted = ["rtl" if language == "ar" else "ltr"]
            assert ours.evaluate_all(DIRECTIONS) == wanted, path
            assert page.evaluate("document.documentElement.scrollWidth") == width, path
            if width == DESK:
                assert faults(page, OURS) == [], path


def test_everything_is_reached_by_the_keyboard_and_works_without_scripts(require_browser, shop):
    with browsing(require_browser, shop) as page:
        for path in [path for path in shop.pages if path.endswith(("members/", "loyalty/"))]:
            page.goto(path)
            count = page.locator(OURS).evaluate_all(OPERABLE)
            assert sorted(tabbed(page)) == list(range(count)), path
    with browsing(require_browser, shop, java_script_enabled=False) as page:
        page.goto("/dashboard/loyalty/members/")
        page.get_by_label("Name, e-mail address or number").fill("alice")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="alice", exact=True).click()
        page.get_by_role("link", name="Adjust points").click()
        page.get_by_label("Points", exact=True).fill("150")
        page.get_by_label("Reason").select_option("goodwill")
        page.get_by_label("Note").fill("The parcel came late.")
        page.get_by_role("button", name="Adjust points").click()
        assert "The balance of alice" in page.inner_text("#messages")


#: Whether anything was drawn: a pixel that is not transparent.
DRAWN = """canvas => canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height).data.some(part => part)"""


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_report_is_drawn_beside_its_table(require_browser, shop, language):
    with browsing(require_browser, shop, locale=language) as page:
        problems = []
        page.on("pageerror", lambda problem: problems.append(problem))
        page.goto("/dashboard/loyalty/reports/frequency/")
        assert page.locator("#loyalty-chart").evaluate(DRAWN)
        assert page.locator("table[data-loyalty=report] tbody tr").count() == 13
        assert problems == []
    with browsing(require_browser, shop, java_script_enabled=False) as page:
        page.goto("/dashboard/loyalty/reports/frequency/")
        assert not page.locator("#loyalty-chart").is_visible()
        page.locator("summary").click()
        assert page.locator("details p").first.is_visible()
