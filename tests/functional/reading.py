"""Reading a page as a shopper does: its words, without the marks that only guide the eye."""

from typing import Any


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
