"""A real browser at a shop that answers over HTTP."""

from contextlib import contextmanager
from typing import Any, Protocol

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

#: Everything of ours that leaves the screen. A table may: its frame scrolls. So may what is only
#: read aloud: it is clipped.
OUTSIDE = """regions => regions.flatMap(region => [region, ...region.querySelectorAll("*")])
    .filter(element => !element.parentElement.closest(".table-responsive, .sr-only"))
    .filter(element => {
        const box = element.getBoundingClientRect()
        return box.left < 0 || box.right > innerWidth
    })
    .map(element => element.outerHTML)"""
DIRECTIONS = "parts => [...new Set(parts.map(part => getComputedStyle(part).direction))]"
UNFOLD = "all => all.forEach(details => { details.open = true })"
#: Everything of ours that a mouse could use, in order; then what the keyboard is on, of these.
OPERABLE = """regions => {
    window.operable = regions
        .flatMap(region => [...region.querySelectorAll("a, button, input, select, summary")])
        .filter(element => element.checkVisibility({visibilityProperty: true}))
    return operable.length
}"""
FOCUSED = "operable.indexOf(document.activeElement)"
#: A rule of axe that is not asked.
OFF = {"enabled": False}


class Shop(Protocol):
    """Where it answers, and the session of whoever visits it."""

    url: str
    session: str


@contextmanager
def browsing(program: str, shop: Shop, **wanted: Any):
    """A page of a browser in which somebody is signed in, and which only knows the shop."""
    # Only once the shop stands: under Playwright, Django takes this thread for an event loop.
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=program) as it:
        context = it.new_context(base_url=shop.url, **wanted)
        context.route(lambda url: not url.startswith(shop.url), lambda route: route.abort())
        context.add_cookies([{"name": "sessionid", "value": shop.session, "url": shop.url}])
        yield context.new_page()


def faults(page, regions, *but):
    """What axe finds in our regions, but for some rules: the rule, and the first element."""
    options = {"resultTypes": ["violations"], "rules": dict.fromkeys(but, OFF)}
    found = Axe().run(page, context=regions, options=options).response["violations"]
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in found]


def tabbed(page):
    """Which of our operable elements the Tab key comes to, at least once through the page."""
    everything = page.locator("a, button, input, select, textarea, summary").count()
    reached = []
    for _press in range(everything):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    return [number for number in dict.fromkeys(reached) if number >= 0]
