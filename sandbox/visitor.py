"""A shopper at the shop's pages: what they click, and what they read there."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sandbox.browser import Browser
from sandbox.pages import Element, Page, PageProblem, prices

LOYALTY = "/accounts/loyalty/"
ORDERS = "/accounts/orders/"
MAILS = "/demo/mails/"
NOTIFICATIONS = "/accounts/notifications/"
#: The worker looks by the clock, should nobody have woken it.
SECONDS_FOR_A_MESSAGE = 90.0


@dataclass(frozen=True)
class Cart:
    """Goods by title, those of them that are music, how to ship them, and points to spend."""

    titles: tuple[str, ...]
    method: str
    music: tuple[str, ...] = ()
    points: int = 0


@dataclass(frozen=True)
class Bill:
    """What an order costs, as a page states it."""

    goods: Decimal
    shipping: Decimal
    total: Decimal


class Visitor:
    def __init__(self, home: str) -> None:
        self._browser = Browser(home)
        self._page: Page | None = None

    def sign_in(self, email: str, password: str) -> None:
        page = self._browser.get("/accounts/login/")
        form = page.root.first("form", id="login_form")
        answer = self._browser.submit(
            page, form, **{"login-username": email, "login-password": password}
        )
        if list(answer.root.all("form", id="login_form")):
            raise PageProblem(f"the shop does not let {email} in")

    def balance(self) -> int:
        page = self._browser.get(LOYALTY)
        return _number(page.root.first(data_loyalty="balance"))

    def tier(self) -> str:
        return self._browser.get(LOYALTY).root.first(data_loyalty="tier").text

    def past_goods(self) -> list[Decimal]:
        """What the goods of each past order cost, oldest order first."""
        table = self._browser.get(ORDERS).root.first("table")
        links = {a.attributes["href"]: None for a in table.all("a") if a.text.isdecimal()}
        return [_bill(self._browser.get(link)).goods for link in reversed(links)]

    def order(self, number: str) -> Bill:
        return _bill(self._browser.get(f"{ORDERS}{number}/"))

    def put_into_basket(self, title: str) -> Decimal:
        """Put one of this product into the basket and return the price on its page."""
        found = self._browser.get(f"/search/?q={title.replace(' ', '+')}")
        page = self._browser.get(found.link(title))
        form = page.root.first("form", id="add_to_basket_form")
        price = page.root.first("div", class_="col-sm-6 product_main").first(
            "p", class_="price_color"
        )
        self._browser.submit(page, form)
        return prices(price.text)[0]

    def spend_points(self, points: int) -> int:
        """Choose to spend so many in the basket; how many it says that it takes."""
        page = self._browser.get("/basket/")
        panel = page.root.first("div", id="loyalty-spend")
        page = self._browser.submit(page, panel.first("form"), points=str(points))
        return _number(page.root.first(data_loyalty="spent"))

    def shipping_prices(self) -> dict[str, Decimal]:
        """What each shipping method costs at the checkout, with the address from the book."""
        page = self._browser.get("/checkout/")
        forms = [
            form
            for form in page.root.all("form")
            if form.attributes.get("id", "").startswith("select_shipping_address")
        ]
        if not forms:
            raise PageProblem(f"{page.path} offers no address of the address book")
        self._page = self._browser.submit(page, forms[0])
        return {method.first("h4").text: prices(method.text)[-1] for method in self._methods()}

    def preview(self, method: str) -> Bill:
        """Choose this shipping method, go through payment, and read the bill before ordering."""
        chosen = next(m for m in self._methods() if m.first("h4").text == method)
        payment = self._browser.submit(self._page, chosen.first("form"))
        self._page = self._browser.get(payment.link("Continue"))
        return _bill(self._page)

    def place_order(self) -> tuple[str, int]:
        """Send the order; its number and the points that the thank-you page promises."""
        form = self._page.root.first("form", id="place_order_form")
        page = self._browser.submit(self._page, form)
        if not page.path.endswith("/thank-you/"):
            raise PageProblem(f"the order was not placed: {page.path} says {page.root.text[:500]}")
        points = _number(page.root.first(data_loyalty="order-points"))
        newest = self._browser.get(ORDERS).root.first("table")
        numbers = [a.text for a in newest.all("a") if a.text.isdecimal()]
        return numbers[0], points

    def thanked_points(self, number: str) -> int:
        """Wait for the mail that thanks for an order; the points that it says were earned."""
        text = _awaited(lambda: self._thanks_for(number), f"a mail that thanks for order {number}")
        earned = re.search(r"It earned you ([0-9,]+) point", text)
        if not earned:
            raise PageProblem(f"the mail about order {number} names no points: {text}")
        return int(earned[1].replace(",", ""))

    def newest_notification(self) -> str:
        """Wait for a notification in the account; what the newest is about."""
        return _awaited(self._notification, "a notification in the account")

    def _thanks_for(self, number: str) -> str:
        sent = self._browser.get(MAILS).root.all("details", data_demo="mail")
        texts = (mail.first("pre", data_demo="text").text for mail in sent)
        wanted = f"Thank you for your order {number}."
        return next((text for text in texts if wanted in text), "")

    def _notification(self) -> str:
        shown = self._browser.get(NOTIFICATIONS).root.all("strong")
        return next((unread.text for unread in shown if list(unread.all("bdi"))), "")

    def _methods(self) -> list[Element]:
        rows = self._page.root.all("div", class_="basket-items")
        return [row for row in rows if "method_code" in _names(row)]


def _awaited(seen: Callable[[], str], what: str) -> str:
    """
    What is seen as soon as it is there.

    :raises PageProblem: if it does not come.
    """
    deadline = time.monotonic() + SECONDS_FOR_A_MESSAGE
    while time.monotonic() < deadline:
        if found := seen():
            return found
        time.sleep(0.5)
    raise PageProblem(f"{what} did not come")


def _names(element: Element) -> set[str]:
    return {inner.attributes.get("name", "") for inner in element.all("input")}


def _bill(page: Page) -> Bill:
    """Read from the last row of each kind: with a discount there is one before and one after."""
    rows = page.root.rows()
    return Bill(
        goods=_amount(rows, "Basket total", "Cart total"),
        shipping=_amount(rows, "Shipping total", "Standard", "Express"),
        total=_amount(rows, "Order total"),
    )


def _amount(rows: dict[str, str], *labels: str) -> Decimal:
    found = [amount for label, amount in rows.items() if label.startswith(labels)]
    if not found or not prices(found[-1]):
        raise PageProblem(f"no row of the bill says {' or '.join(labels)}")
    return prices(found[-1])[0]


def _number(element: Element) -> int:
    found = re.search(r"-?[0-9][0-9,]*", element.text)
    if not found:
        raise PageProblem(f"“{element.text}” is no number of points")
    return int(found[0].replace(",", ""))
