"""Points through a checkout that does not go straight: tabs, clicks, banks, log-ins and scripts."""

from decimal import Decimal
from threading import Barrier

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from oscar_loyalty import api
from oscar_loyalty.flows import books_audited, due_jobs, spending_blocked, tier_assigned
from oscar_loyalty.models import Account, Entry, ExcludedRange, Hold, Programme
from tests import comebacks, world
from tests.functional import bank, buying, desk
from tests.functional.reading import words
from tests.races import at_once

pytestmark = pytest.mark.django_db

Basket = get_model("basket", "Basket")
PaymentDetailsView = get_class("checkout.views", "PaymentDetailsView")
UnableToTakePayment = get_class("payment.exceptions", "UnableToTakePayment")
BASKET, PREVIEW, SPEND = "/basket/", "/checkout/preview/", "/basket/points/"


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
def till(monkeypatch):
    """What was charged: order number and amount."""
    charged = []

    def charge(self, number, total, **kwargs):
        charged.append((str(number), total.incl_tax))

    monkeypatch.setattr(PaymentDetailsView, "handle_payment", charge)
    return charged


@pytest.fixture
def tab(django_app, dora):
    """One more look at a page in Dora's browser."""
    return lambda path: django_app.get(path, user=dora)


def spend(page, points=None, button=None):
    form = next(form for form in page.forms.values() if "points" in form.fields)
    if points is not None:
        form["points"] = str(points)
    return form.submit(button, value="1" if button else None).follow()


def told(page):
    return words(page.html.select_one("#loyalty-spend > p"))


def books():
    return Account.objects.values_list("balance", "held").get(user__username="dora")


def assert_one_order(user, *, goods, points):
    """With exactly one debit, and the books are right once the due jobs have run."""
    order = user.orders.exclude(number="past").get()
    assert order.basket_total_incl_tax == Decimal(goods)
    assert order.total_incl_tax == Decimal(goods) + Decimal("4.80")
    redeemed = Entry.objects.filter(kind="redeem").values_list("order_number", "points")
    assert list(redeemed) == ([(order.number, -points)] if points else [])
    before = books()
    assert_right()
    assert books() == before == (1000 - points + int(Decimal(goods)), 0)
    return order


def save_programme(**changes):
    programme = Programme.objects.get()
    for name, value in changes.items():
        setattr(programme, name, value)
    programme.save()


def block(user):
    terms = {"note": "-", "actor_id": world.customer("carol").pk, "at": timezone.now()}
    spending_blocked.run(user.loyalty_account.pk, **terms)


def change_password(user):
    user.set_password("another-secret")
    user.save()


def stand_where_none_may(user):
    tier = world.tier("Silver", 1, "5000", may_redeem=False)
    terms = {"actor_id": world.customer("carol").pk, "at": timezone.now()}
    tier_assigned.run(user.loyalty_account.pk, tier, **terms)


def exclude_everything(user):
    everything = factories.RangeFactory(name="All", includes_all_products=True)
    ExcludedRange.objects.create(programme=Programme.objects.get(), range=everything)


#: What may happen to the points while their owner is at the bank.
MEANWHILE = {
    "blocked": block,
    "paused": change_password,
    "tier": stand_where_none_may,
    "switched off": lambda user: save_programme(redeemable=False),
    "excluded": exclude_everything,
    "minimum": lambda user: save_programme(redeem_minimum=600),
    "worth": lambda user: save_programme(value_points=200),
}


def assert_right():
    assert None not in due_jobs.run(at=timezone.now()).values()
    assert books_audited.run(at=timezone.now()).violations == []


class TestTwoTabs:
    def test_the_last_choice_counts(self, django_app, dora, teapot, tab):
        buying.add(django_app, teapot, user=dora)
        first, second = tab(BASKET), tab(BASKET)
        spend(first, 500)
        page = spend(second, 300)
        assert told(page) == "300 points pay £3 of this order."
        assert page.context["basket"].total_incl_tax == Decimal("17.00")
        assert books() == (1000, 300)
        assert Hold.objects.filter(state="open").count() == 1
        assert_right()

    def test_points_are_chosen_in_both_and_one_orders(self, django_app, dora, teapot, tab, till):
        buying.add(django_app, teapot, user=dora)
        spend(tab(BASKET), 500)
        buying.go_to_preview(django_app, user=dora)
        first, second = tab(PREVIEW), tab(PREVIEW)
        spend(second, 300)
        first.forms["place_order_form"].submit().follow()
        order = assert_one_order(dora, goods="17.00", points=300)
        assert till == [(order.number, Decimal("21.80"))]

    def test_both_order(self, django_app, dora, teapot, tab, till):
        buying.add(django_app, teapot, user=dora)
        spend(tab(BASKET), 500)
        buying.go_to_preview(django_app, user=dora)
        first, second = tab(PREVIEW), tab(PREVIEW)
        first.forms["place_order_form"].submit().follow()
        answer = second.forms["place_order_form"].submit()
        assert answer["Location"] == BASKET
        order = assert_one_order(dora, goods="15.00", points=500)
        assert till == [(order.number, Decimal("19.80"))]

    def test_a_tab_that_was_left_open_keeps_no_points(self, django_app, dora, teapot, tab, till):
        buying.add(django_app, teapot, user=dora)
        left_open = tab(BASKET)
        buying.go_to_preview(django_app, user=dora).forms["place_order_form"].submit().follow()
        spend(left_open, 500)
        assert not Hold.objects.exists()
        assert_one_order(dora, goods="20.00", points=0)


@pytest.mark.django_db(transaction=True)
class TestADoubleClick:
    def test_two_requests_that_pay_at_the_same_time(self, dora, teapot, monkeypatch):
        """Oscar charges twice; the order and the points are one."""
        clients = [desk.signed_in(dora) for _click in range(2)]
        clients[1].cookies = clients[0].cookies
        clients[0].post(f"/basket/add/{teapot.pk}/", {"quantity": "1"})
        clients[0].post(SPEND, {"points": "500"})
        clients[0].post("/checkout/shipping-address/", {**buying.ADDRESS, "country": "GB"})
        clients[0].post("/checkout/shipping-method/", {"method_code": "standard"})
        charged, both = [], Barrier(2)

        def charge(self, number, total, **kwargs):
            charged.append(total.incl_tax)
            both.wait(20)

        monkeypatch.setattr(PaymentDetailsView, "handle_payment", charge)
        click = {"action": "place_order"}
        answers = at_once([lambda one=one: one.post(PREVIEW, click) for one in clients])
        assert charged == [Decimal("19.80")] * 2
        assert sorted(answer.status_code for answer in answers) == [200, 302]
        assert_one_order(dora, goods="15.00", points=500)


class TestARefusedPayment:
    @pytest.fixture
    def refused(self, django_app, dora, teapot, tab, till, monkeypatch):
        """500 points were chosen, and the card has expired."""
        buying.add(django_app, teapot, user=dora)
        spend(tab(BASKET), 500)
        preview = buying.go_to_preview(django_app, user=dora)

        def refuse(self, *args, **kwargs):
            raise UnableToTakePayment("Card expired")

        with monkeypatch.context() as patched:
            patched.setattr(PaymentDetailsView, "handle_payment", refuse)
            page = preview.forms["place_order_form"].submit()
        assert "Card expired" in page.text
        assert books() == (1000, 500)

    def test_and_retried(self, refused, dora, tab, till):
        tab(PREVIEW).forms["place_order_form"].submit().follow()
        order = assert_one_order(dora, goods="15.00", points=500)
        assert till == [(order.number, Decimal("19.80"))]

    def test_and_retried_without_points(self, refused, dora, tab, till):
        spend(tab(PREVIEW), button="none").forms["place_order_form"].submit().follow()
        order = assert_one_order(dora, goods="20.00", points=0)
        assert till == [(order.number, Decimal("24.80"))]


@pytest.mark.urls("tests.functional.bank")
class TestAtTheBank:
    @pytest.fixture
    def basket(self, django_app, dora, teapot, tab):
        """Frozen, with 500 points chosen; its owner has been sent to the bank."""
        buying.add(django_app, teapot, user=dora)
        spend(tab(BASKET), 500)
        preview = buying.go_to_preview(django_app, user=dora)
        answer = preview.forms["place_order_form"].submit()
        assert answer["Location"].startswith("https://bank.example/pay/")
        frozen = dora.baskets.get(status="Frozen")
        assert bank.asked.pop(str(frozen.pk)) == Decimal("19.80")
        return frozen

    def call(self, client, basket):
        return client.post("/bank/paid/", {"basket": basket.pk}).status_code

    def test_the_bank_calls_without_a_session(self, basket, client, dora):
        assert self.call(client, basket) == 200
        assert not client.cookies
        assert_one_order(dora, goods="15.00", points=500)

    def test_the_bank_calls_twice(self, basket, client, dora):
        assert [self.call(client, basket), self.call(client, basket)] == [200, 404]
        assert_one_order(dora, goods="15.00", points=500)

    def test_the_bank_calls_days_later(self, basket, client, dora):
        due_jobs.run(at=timezone.now() + timezone.timedelta(days=5))
        assert books() == (1000, 500)
        assert self.call(client, basket) == 200
        assert_one_order(dora, goods="15.00", points=500)

    @pytest.mark.parametrize(
        "event", ["blocked", "paused", "tier", "switched off", "excluded", "minimum", "worth"]
    )
    def test_what_was_paid_for_is_given_whatever_happens_meanwhile(
        self, basket, client, dora, event
    ):
        MEANWHILE[event](dora)
        assert self.call(client, basket) == 200
        assert_one_order(dora, goods="15.00", points=500)
        assert not Hold.objects.get().uncovered

    def test_the_programme_is_switched_off_meanwhile(self, basket, client, dora):
        save_programme(active=False)
        assert self.call(client, basket) == 200
        order = dora.orders.exclude(number="past").get()
        assert order.total_incl_tax == Decimal("19.80")
        assert Entry.objects.get(kind="redeem").points == -500

    def test_the_points_are_taken_back_meanwhile_and_are_owed(self, basket, client, dora):
        past = dora.orders.get(number="past")
        comebacks.refund(past, "700.00")
        api.recalculate(past)
        assert books() == (300, 500)
        assert self.call(client, basket) == 200
        order = dora.orders.exclude(number="past").get()
        assert order.total_incl_tax == Decimal("19.80")
        assert Hold.objects.get().uncovered
        assert books() == (300 - 500 + 15, 0)
        assert_right()

    def test_a_payment_that_was_given_up_binds_nobody(self, basket, dora, tab):
        tab("/bank/given-up/")
        MEANWHILE["blocked"](dora)
        page = tab(BASKET)
        assert page.context["basket"].total_incl_tax == Decimal("20.00")

    def test_meanwhile_the_shopper_chooses_in_another_basket(
        self, basket, client, dora, django_app, tab
    ):
        buying.add(django_app, world.product("30.00"), user=dora)
        page = spend(tab(BASKET), 501)
        assert "You have fewer points to spend than that." in words(page.html)
        assert books() == (1000, 500)
        page = spend(page, button="all")
        assert told(page) == "500 points pay £5 of this order."
        assert books() == (1000, 1000)
        assert self.call(client, basket) == 200
        spend(tab(BASKET), button="none")
        assert_one_order(dora, goods="15.00", points=500)

    def test_the_shopper_gives_up_and_pays_again(self, basket, client, dora, tab):
        page = tab("/bank/given-up/").follow()
        assert told(page) == "500 points pay £5 of this order."
        assert books() == (1000, 500)
        tab(PREVIEW).forms["place_order_form"].submit()
        assert bank.asked.pop(str(basket.pk)) == Decimal("19.80")
        assert self.call(client, basket) == 200
        assert_one_order(dora, goods="15.00", points=500)


class TestLoggingIn:
    def log_in(self, browser):
        form = browser.get("/accounts/login/").forms["login_form"]
        form["login-username"], form["login-password"] = "dora@example.com", "dora-secret"
        form.submit("login_submit").follow()

    def test_what_the_guest_had_is_paid_by_points_chosen_before(self, django_app, dora, teapot):
        cup = world.product("5.00", title="Cup")
        self.log_in(django_app)
        buying.add(django_app, cup)
        page = spend(django_app.get(BASKET), button="all")
        assert told(page) == "500 points pay £5 of this order."
        kept = dora.baskets.get(status="Open")
        django_app.reset()
        buying.add(django_app, teapot)
        self.log_in(django_app)
        page = django_app.get(BASKET)
        assert told(page) == "1000 points pay £10 of this order."
        assert page.context["basket"].total_incl_tax == Decimal("15.00")
        assert (page.context["basket"].pk, books()) == (kept.pk, (1000, 1000))
        preview = buying.go_to_preview(django_app)
        preview.forms["place_order_form"].submit().follow()
        assert_one_order(dora, goods="15.00", points=1000)


class TestScriptsInTheBasket:
    """Oscar's basket sends its form by script and puts the answer into the page."""

    @pytest.fixture
    def page(self, django_app, dora, teapot, tab):
        """A teapot for £20 and a cup for £5; all 1,000 points were asked for."""
        buying.add(django_app, world.product("5.00", title="Cup"), user=dora)
        page = spend(tab(BASKET), button="all")
        assert told(page) == "500 points pay £5 of this order."
        buying.add(django_app, teapot, user=dora)
        return tab(BASKET)

    def send(self, page, **fields):
        form = page.forms["basket_formset"]
        for name, value in fields.items():
            form[f"form-{name.replace('_', '-')}"] = value
        answer = form.submit(headers={"X-Requested-With": "XMLHttpRequest"})
        shown = BeautifulSoup(answer.json["content_html"], "html.parser")
        return words(shown.select_one("#loyalty-spend > p"))

    def test_a_line_is_removed_and_comes_back(self, page, django_app, dora, teapot, tab):
        assert told(page) == "1000 points pay £10 of this order."
        assert self.send(page, **{"1_DELETE": True}) == "500 points pay £5 of this order."
        assert books() == (1000, 1000)
        buying.add(django_app, teapot, user=dora)
        assert told(tab(BASKET)) == "1000 points pay £10 of this order."
        assert_right()

    def test_the_quantity_changes(self, page, dora, tab):
        self.send(page, **{"1_DELETE": True})
        assert self.send(tab(BASKET), **{"0_quantity": "2"}) == "1000 points pay £10 of this order."
        assert tab(BASKET).context["basket"].total_incl_tax == Decimal("0.00")
        assert_right()

    def test_a_voucher_is_added_and_removed(self, page, dora, tab):
        self.send(page, **{"1_DELETE": True})
        everything = factories.RangeFactory(includes_all_products=True)
        forty_percent = factories.ConditionalOfferFactory(
            offer_type="Voucher",
            condition=factories.ConditionFactory(range=everything, type="Count", value=1),
            benefit=factories.BenefitFactory(range=everything, type="Percentage", value=40),
        )
        factories.VoucherFactory(code="FORTY").offers.add(forty_percent)
        form = tab(BASKET).forms["voucher_form"]
        form["code"] = "FORTY"
        shown = form.submit().follow()
        assert told(shown) == "300 points pay £3 of this order."
        assert shown.context["basket"].total_incl_tax == Decimal("0.00")
        (remove,) = (form for form in shown.forms.values() if "/remove/" in form.action)
        assert told(remove.submit().follow()) == "500 points pay £5 of this order."
        assert books() == (1000, 1000)
        assert_right()
