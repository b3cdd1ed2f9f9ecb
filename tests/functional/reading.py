"""Reading a page as a shopper does: its words, without the marks that only guide the eye."""

import re
from typing import Any

#: The outermost element of each of our tags: tab and balance, badge, receipt, choice, books.
OF_OUR_TAGS = (
    "li:has(> a[href='/accounts/loyalty/'])",
    "p:has([data-loyalty=earn])",
    "div.alert:has([data-loyalty=order-points])",
    "#loyalty-spend",
    "#loyalty-claim",
    "div.alert:has([data-loyalty=units-left])",
    "#loyalty-earning",
    "#loyalty-spending",
)
#: A moment of the day, or digits that do not belong to a price.
PASSING = re.compile(r"\d+(:\d+)? [ap]\.m\.|noon|midnight|(?<![£\d.])\d+")


def words(element: Any) -> str:
    """The text of an element with single spaces."""
    return " ".join(element.get_text().split())


def hooked(page: Any, hook: str) -> str:
    """The words of the only element of the page's content that machines find by `hook`."""
    (element,) = content(page).select(f"[data-loyalty={hook}]")
    return words(element)


def content(page: Any) -> Any:
    """The page without the bars at its top, which every page has."""
    return page.html.select_one(".page")


def listed(page: Any, selector: str) -> list[str]:
    """The words of each element that the selector finds."""
    return [words(element) for element in page.html.select(selector)]


def without_ours(page: Any) -> str:
    """All that a page says, its title too, but for what our tags put there."""
    read = page.html
    for element in read.select(", ".join(OF_OUR_TAGS)):
        element.decompose()
    assert not read.select("[data-loyalty]")
    return words(read)


def without_numbers(text: str) -> str:
    """The text as it is on every visit, whatever the number of the order and the time."""
    return PASSING.sub("#", text)
