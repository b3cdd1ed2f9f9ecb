"""A browser without a screen: cookies and forms over real HTTP, from the standard library."""

import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from sandbox.pages import Element, Page, PageProblem, parsed

SECONDS = 30


class Browser:
    """One visitor of the shop, with their own cookies."""

    def __init__(self, home: str) -> None:
        self.home = home
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def get(self, path: str) -> Page:
        """
        The page at `path`, after redirects.

        :raises PageProblem: if the shop answers with an error.
        """
        return self._open(urllib.parse.urljoin(self.home, path), None)

    def submit(self, page: Page, form: Element, **values: str) -> Page:
        """The page that follows when `form` is sent as served, with `values` filled in."""
        fields = {**_fields(form), **values}
        target = urllib.parse.urljoin(page.url, form.attributes.get("action") or page.url)
        return self._open(target, urllib.parse.urlencode(fields).encode())

    def _open(self, url: str, body: bytes | None) -> Page:
        try:
            with self._opener.open(url, body, timeout=SECONDS) as answer:
                html = answer.read().decode()
                return Page(answer.url, parsed(html))
        except (urllib.error.URLError, TimeoutError) as error:
            raise PageProblem(f"{url} answers: {error}") from error


def _fields(form: Element) -> dict[str, str]:
    fields: dict[str, str] = {}
    buttons = list(form.all("button"))
    for element in form.all():
        name = element.attributes.get("name")
        # Only one button is pressed: the first, as by the Enter key.
        if not name or _is_left_out(element) or element in buttons[1:]:
            continue
        if element.tag == "select":
            fields[name] = _selected(element)
        elif element.tag == "textarea":
            fields[name] = element.text
        elif element.tag in ("input", "button"):
            fields[name] = element.attributes.get("value", "")
    return fields


def _is_left_out(element: Element) -> bool:
    kind = element.attributes.get("type")
    return kind in ("checkbox", "radio") and "checked" not in element.attributes


def _selected(select: Element) -> str:
    options = list(select.all("option"))
    chosen = [option for option in options if "selected" in option.attributes] or options[:1]
    return chosen[0].attributes.get("value", chosen[0].text) if chosen else ""
