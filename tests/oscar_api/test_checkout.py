"""Orders that are placed by django-oscar-api's checkout endpoint earn and take points."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty import api
from oscar_loyalty.flows import books_audited, due_jobs, payment_begins
from oscar_loyalty.models import Account, Coupon, Entry, Hold
from tests import coupons, world
from tests.functional import buying
from tests.functional.desk import signed_in
from tests.functional.sabotage import our_statements

if not apps.is_installed("oscarapi"):
    pytest.skip(
        "NOT TESTED TOGETHER WITH django-oscar-api: run `tox -e oscarapi`", allow_module_level=True
    )

pytestmark = pytest.mark.django_db

Basket, Order = get_model("basket", "Basket"), get_model("order", "Order")


class Till:
    """Somebody's app on a phone, which knows the shop by its endpoints alone."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path):
        answer = self.client.get(f"/api/{path}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path, **content):
        return self.client.post(f"/api/{path}", content, content_type="application/json")

    def add(self, product, quantity=1):
        url = f"http://testserver/api/products/{product.pk}/"
        answer = self.post("basket/add-product/", url=url, quantity=quantity)
        assert answer.status_code == 200, answer.content

    def basket(self):
        """The open basket, as the app reads it."""
        return self.get("basket/")

    def check_out(self, basket, **more):
        country = "http://testserver/api/countries/GB/"
        address = {**buying.ADDRESS, "country": country}
        return self.post("checkout/", basket=basket["url"], shipping_address=address, **more)


@pytest.fixture
def teapot(db):
    world.programme(redeemable=True)
    buying.open_the_country()
    return world.product("20.00", title="Teapot")


@pytest.fixture
def dora(teapot):
    """A member with 1,000 points, worth £10."""
    user = world.customer("dora")
    world.place(user, "1000.00", number="past")
    return user


@pytest.fixture
def till(dora):
    return Till(signed_in(dora))


def chosen(till, points):
    """The basket in which so many points are chosen by the shop's own code."""
    api.spend(Basket.objects.get(pk=till.basket()["id"]), points)
    return till.basket()


def books():
    return Account.objects.values_list("balance", "held").get()


def last_order():
    return Order.objects.exclude(number="past").get()


def assert_right():
    assert None not in due_jobs.run(at=timezone.now()).values()
    assert books_audited.run(at=timezone.now()).violations == []


def test_an_order_earns(till, teapot):
    till.add(teapot)
    answer = till.check_out(till.basket(), total="24.80")
    assert answer.status_code == 200, answer.content
    assert last_order().total_incl_tax == Decimal("24.80")
    assert books() == (1000 + 20, 0)
    assert_right()


def test_an_order_takes_the_points_that_were_chosen(till, teapot):
    till.add(teapot)
    basket = chosen(till, 500)
    assert basket["total_incl_tax"] == "15.00"
    assert basket["offer_discounts"][0]["amount"] == "5.00"
    assert books() == (1000, 500)
    answer = till.check_out(basket, total="19.80")
    assert answer.status_code == 200, answer.content
    order = last_order()
    assert (order.total_incl_tax, order.basket_total_incl_tax) == (
        Decimal("19.80"),
        Decimal("15.00"),
    )
    assert order.discounts.get().message == "500 points spent"
    assert books() == (1000 - 500 + 15, 0)
    (hold,) = Hold.objects.all()
    assert (hold.state, hold.spent, hold.order_number) == ("captured", 500, order.number)
    assert_right()
    assert books() == (515, 0)


def test_the_basket_takes_as_many_as_it_can(till, teapot):
    till.add(teapot)
    basket = chosen(till, 1000)
    assert basket["total_incl_tax"] == "10.00"
    till.add(teapot)
    assert till.basket()["total_incl_tax"] == "30.00"
    api.spend_none(Basket.objects.get(pk=basket["id"]))
    assert till.basket()["total_incl_tax"] == "40.00"
    assert books() == (1000, 0)


def test_a_checkout_that_is_sent_twice_takes_them_once(till, teapot):
    till.add(teapot)
    basket = chosen(till, 500)
    assert till.check_out(basket).status_code == 200
    assert till.check_out(basket).status_code == 401
    assert books() == (515, 0)
    assert Entry.objects.filter(kind="redeem").count() == 1
    assert_right()


def test_a_wrong_total_changes_nothing(till, teapot):
    till.add(teapot)
    answer = till.check_out(chosen(till, 500), total="24.80")
    assert (answer.status_code, Order.objects.count()) == (406, 1)
    assert books() == (1000, 500)


def test_a_cancelled_order_gives_the_points_back(till, teapot):
    till.add(teapot)
    till.check_out(chosen(till, 500))
    last_order().set_status("Cancelled")
    assert books() == (1000, 0)
    assert_right()


def test_a_coupon_that_another_basket_is_being_paid_with_is_refused(till, teapot, dora):
    five = coupons.give(dora)
    at_the_bank = coupons.basket_of(dora, "20.00", coupon=five)
    at_the_bank.freeze()
    assert payment_begins.claim([five.voucher_id], at_the_bank.pk, at=timezone.now())
    till.add(teapot)
    basket = till.basket()
    Basket.objects.get(pk=basket["id"]).vouchers.add(five.voucher)
    answer = till.check_out(basket)
    assert answer.status_code == 406, answer.content
    assert "A coupon in your basket was used for another order meanwhile." in str(answer.json())
    assert Order.objects.count() == 1
    assert Coupon.objects.get().basket_id == at_the_bank.pk
    assert books() == (1000, 0)


def test_a_guest_buys_as_without_us(teapot, dora):
    guest = Till(Client())
    guest.add(teapot)
    answer = guest.check_out(guest.basket(), guest_email="guest@example.com", total="24.80")
    assert answer.status_code == 200, answer.content
    assert last_order().total_incl_tax == Decimal("24.80")
    assert books() == (1000, 0)
    assert_right()


def test_each_of_our_statements_failing_the_order_is_placed(till, teapot):
    till.add(teapot)
    basket = chosen(till, 500)
    with our_statements(fail_at=0):
        answer = till.check_out(basket)
    assert answer.status_code == 200, answer.content
    assert last_order().total_incl_tax == Decimal("24.80")
    assert_right()
    assert books() == (1020, 0)
