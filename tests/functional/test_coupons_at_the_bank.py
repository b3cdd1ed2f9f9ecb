"""A coupon while its owner is at the bank, or was, and did not pay."""

from decimal import Decimal

import pytest
from django.utils import timezone
from oscar.core.loading import get_class

from oscar_loyalty.flows import books_audited, due_jobs
from oscar_loyalty.models import Coupon
from tests import coupons, world
from tests.functional import bank, buying, desk

pytestmark = pytest.mark.django_db

BASKET, PREVIEW = "/basket/", "/checkout/preview/"
PaymentDetailsView = get_class("checkout.views", "PaymentDetailsView")
UnableToTakePayment = get_class("payment.exceptions", "UnableToTakePayment")


@pytest.fixture
def shop(programme):
    buying.open_the_country()
    return world.product("20.00", title="Teapot")


@pytest.fixture
def dora(shop):
    return world.customer("dora")


@pytest.fixture
def five(dora):
    return coupons.give(dora)


@pytest.fixture
def pay(django_app, shop, dora):
    """Go through the checkout with a teapot and the coupon, to the end; the answer."""

    def run(coupon):
        buying.add(django_app, shop, user=dora)
        add_code(django_app, dora, coupon)
        preview = buying.go_to_preview(django_app, user=dora)
        return preview.forms["place_order_form"].submit()

    return run


def add_code(app, user, coupon):
    form = app.get(BASKET, user=user).forms["voucher_form"]
    form["code"] = coupon.voucher.code
    return form.submit().follow()


def take_out(app, user):
    """Press the button beside the code in the basket."""
    page = app.get(BASKET, user=user)
    forms = page.forms.values()
    return next(form for form in forms if form.action.endswith("/remove/")).submit().follow()


def reinstate(order):
    """Staff change the status of the order in the dashboard, in a browser of their own."""
    form = {"order_action": "change_order_status", "new_status": "Pending"}
    desk.signed_in(desk.owner()).post(f"/dashboard/orders/{order.number}/", form)
    order.refresh_from_db()
    assert order.status == "Pending"


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


@pytest.mark.urls("tests.functional.bank")
class TestAtTheBank:
    @pytest.fixture
    def at_the_bank(self, dora, pay):
        """The basket that the bank was asked £5 less for."""

        def run(coupon):
            assert pay(coupon)["Location"].startswith("https://bank.example/pay/")
            frozen = dora.baskets.get(status="Frozen")
            assert bank.asked.pop(str(frozen.pk)) == Decimal("19.80")
            return frozen

        return run

    @pytest.fixture
    def again(self, dora, five):
        """The code that came in place of one whose order was cancelled, and that order."""
        first = coupons.order(dora, "20.00", coupon=five, number="first")
        coupons.put(first, "Cancelled")
        return Coupon.objects.select_related("voucher").get(order_number=""), first

    def call(self, client, basket):
        """The bank says that it was paid; what the order comes to."""
        assert client.post("/bank/paid/", {"basket": basket.pk}).status_code == 200
        return basket.order_set.get().total_incl_tax

    def test_the_bank_calls_without_a_session(self, five, at_the_bank, client):
        basket = at_the_bank(five)
        assert self.call(client, basket) == Decimal("19.80")
        assert coupons.chain() == [(basket.order_set.get().number, False, None)]
        assert_right()

    def test_it_expires_meanwhile(self, five, at_the_bank, client):
        basket = at_the_bank(five)
        coupons.days_pass(61)
        due_jobs.run(at=timezone.now())
        assert self.call(client, basket) == Decimal("19.80")
        assert_right()

    def test_it_expires_and_the_payment_is_given_up(self, five, at_the_bank, django_app, dora):
        at_the_bank(five)
        coupons.days_pass(61)
        page = django_app.get("/bank/given-up/", user=dora).follow()
        assert page.context["basket"].total_incl_tax == Decimal("20.00")
        due_jobs.run(at=timezone.now())
        dora.baskets.get().vouchers.clear()
        page = add_code(django_app, dora, five)
        assert "This code cannot be used: it is mistyped, has expired" in page.text

    def test_the_order_it_came_back_from_is_reinstated(self, again, at_the_bank, client):
        new, first = again
        basket = at_the_bank(new)
        reinstate(first)
        due_jobs.run(at=timezone.now())
        assert_right()
        assert self.call(client, basket) == Decimal("19.80")
        assert [number for number, *_rest in coupons.chain()] == [
            "first",
            basket.order_set.get().number,
        ]
        assert_right()

    def test_that_order_is_reinstated_and_the_payment_given_up(
        self, again, at_the_bank, django_app, dora
    ):
        new, first = again
        at_the_bank(new)
        reinstate(first)
        page = django_app.get("/bank/given-up/", user=dora).follow()
        assert page.context["basket"].total_incl_tax == Decimal("15.00")
        due_jobs.run(at=timezone.now())
        page = django_app.get(BASKET, user=dora)
        assert page.context["basket"].total_incl_tax == Decimal("20.00")
        assert_right()


class TestRefused:
    """The bank says no, and the shopper tries again."""

    @pytest.fixture
    def refused(self, five, pay, monkeypatch):
        def refuse(*args, **kwargs):
            raise UnableToTakePayment("The bank said no.")

        with monkeypatch.context() as patched:
            patched.setattr(PaymentDetailsView, "handle_payment", refuse)
            assert "The bank said no." in pay(five).text
        return five

    def submit(self, app, user):
        page = app.get(PREVIEW, user=user)
        page.forms["place_order_form"].submit().follow()
        return user.orders.order_by("pk").last().total_incl_tax

    def test_with_the_coupon(self, refused, django_app, dora):
        assert self.submit(django_app, dora) == Decimal("19.80")
        assert Coupon.objects.get().order_number == dora.orders.get().number
        assert_right()

    def test_without_it_and_the_next_order_uses_it(self, refused, django_app, dora, pay):
        page = take_out(django_app, dora)
        assert page.context["basket"].total_incl_tax == Decimal("20.00")
        assert self.submit(django_app, dora) == Decimal("24.80")
        pay(refused).follow()
        order = dora.orders.order_by("pk").last()
        assert order.total_incl_tax == Decimal("19.80")
        assert coupons.chain() == [(order.number, False, None)]
        assert_right()
