"""Two hundred buyers rush for twenty units, through the real checkout, and many payments fail."""

import random
from collections import Counter
from decimal import Decimal
from typing import NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_class, get_model

from oscar_loyalty.flows import books_audited
from oscar_loyalty.models import FlashSale
from tests import flash_sales, world
from tests.functional import buying
from tests.races import LONG_ENOUGH_MS, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("require_postgres")]

PaymentDetailsView = get_class("checkout.views", "PaymentDetailsView")
PaymentError = get_class("payment.exceptions", "PaymentError")
UnableToTakePayment = get_class("payment.exceptions", "UnableToTakePayment")

UNITS, TILLS = 20, 12
PRICE, REDUCED, SHIPPING = Decimal("20.00"), Decimal("15.00"), Decimal("4.80")
FAILURES = (UnableToTakePayment("No."), PaymentError("No."), RuntimeError("the bank fell over"))


class Answer(NamedTuple):
    """Whether a buyer was shown the price of the sale, and bought; what they were answered."""

    reduced: bool
    bought: bool
    page: str
    basket_id: int


@pytest.fixture
def till(monkeypatch, settings):
    """What was charged, by basket; two payments of five fail."""
    settings.OSCAR_LOYALTY_LOCK_TIMEOUT_MS = LONG_ENOUGH_MS
    lots, charged = random.Random(20), {}

    def pay(self, number, total, **kwargs):
        if lots.random() < 0.4:
            raise lots.choice(FAILURES)
        charged[self.request.basket.pk] = total.incl_tax

    monkeypatch.setattr(PaymentDetailsView, "handle_payment", pay)
    return charged


def prepared(teapot, names):
    """Customers with a teapot in the basket who have come to the checkout's last page but one."""
    browsers, address = [], None
    for name in names:
        browser = Client()
        user = world.customer(name)
        browser.force_login(user)
        basket = world.basket_with(teapot, user=user)
        if address is None:
            address = _address(browser)
        else:
            session = browser.session
            session["checkout_data"] = address
            session.save()
        browsers.append((browser, basket.pk))
    return browsers


def _address(browser):
    """Given once through the pages, and the same for all."""
    form = {**buying.ADDRESS, "country": "GB"}
    assert browser.post(reverse("checkout:shipping-address"), form).status_code == 302
    chosen = {"method_code": "standard"}
    assert browser.post(reverse("checkout:shipping-method"), chosen).status_code == 302
    # Oscar puts its picture for products without one into place, which only one can do at a time.
    assert browser.get(reverse("checkout:preview")).status_code == 200
    return browser.session["checkout_data"]


def rush(browsers):
    """Each looks at what it costs and then pays; what came of it, however many come at once."""
    waiting, answers = list(browsers), []

    def serve():
        while waiting:
            browser, number = waiting.pop()
            seen = browser.get(reverse("checkout:preview")).content.decode()
            page = browser.post(reverse("checkout:preview"), {"action": "place_order"})
            answers.append(
                Answer("£19.80" in seen, page.status_code == 302, page.content.decode(), number)
            )

    at_once([serve] * TILLS)
    return answers


@pytest.mark.parametrize(
    ("case", "buyers", "atomic"),
    [("each statement for itself", 200, False), ("requests are transactions", 80, True)],
)
def test_exactly_twenty_are_sold_and_nobody_refused_is_charged(
    programme, till, monkeypatch, case, buyers, atomic
):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic)
    buying.open_the_country()
    teapot = world.product(PRICE, title="Teapot")
    flash_sales.sale(teapot, value=REDUCED, units=UNITS)
    answers = rush(prepared(teapot, [f"buyer{number}" for number in range(buyers)]))
    assert len(answers) == buyers
    orders = dict(get_model("order", "Order").objects.values_list("basket_id", "total_incl_tax"))
    # Whoever was charged has an order at that price, and whoever has one was charged.
    assert orders == till
    assert {answer.basket_id for answer in answers if answer.bought} == set(till)
    totals = Counter(orders.values())
    assert totals[REDUCED + SHIPPING] == UNITS
    assert set(totals) == {REDUCED + SHIPPING, PRICE + SHIPPING}
    # Nobody who was shown the price paid another one; who came too late for it was told.
    shown = {answer.basket_id for answer in answers if answer.reduced}
    assert {orders[pk] for pk in shown & set(orders)} == {REDUCED + SHIPPING}
    refused = [answer for answer in answers if "no longer enough units" in answer.page]
    assert {answer.basket_id for answer in refused}.isdisjoint(till)
    assert all("nothing was charged" in answer.page for answer in refused)
    assert flash_sales.states() == {"sold": UNITS}
    assert FlashSale.objects.get().units == UNITS
    assert books_audited.run(at=timezone.now()).violations == []
