"""A guest buys, learns what the order would have earned, registers and gets it."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from oscar.core.loading import get_model

from oscar_loyalty.flows import order_claimed
from oscar_loyalty.models import Account, Entry, Programme
from oscar_loyalty.program.earning import queries as earning_queries
from tests import world
from tests.functional import buying
from tests.functional.reading import hooked, words
from tests.functional.test_query_budget import spent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]

Order = get_model("order", "Order")


@pytest.fixture
def pot(programme):
    buying.open_the_country()
    return world.product("20.00", title="Teapot")


@pytest.fixture
def thanks(django_app, pot):
    """What a guest sees who has bought for £20."""
    return buying.as_guest(django_app, pot)


@pytest.fixture
def order(thanks):
    return Order.objects.get()


def invitation(page):
    return page.html.select_one("#loyalty-claim")


def said(page):
    return words(page.html.select_one("#messages"))


def register(page, address="guest@example.com"):
    form = page.forms["register_form"]
    form["registration-email"] = address
    form["registration-password1"] = form["registration-password2"] = "teapot-4711"
    return form.submit("registration_submit").follow()


def claiming_form(page):
    return next(
        form for form in page.forms.values() if "claim" in form.action or form.id == "loyalty-claim"
    )


def open_status_page(browser, order, address="guest@example.com"):
    """By the signed link, with the address asked for on the way."""
    link = {"order_number": order.number, "hash": order.verification_hash()}
    form = browser.get(reverse("customer:anon-order", kwargs=link)).follow()
    asked = next(form for form in form.forms.values() if "email" in form.fields)
    asked["email"] = address
    return asked.submit()


class TestOnTheThankYouPage:
    def test_a_guest_reads_what_the_order_would_earn(self, thanks):
        assert words(invitation(thanks).p) == (
            "With an account this order earns 20 points; registering is free."
        )
        assert hooked(thanks, "claim") == "20"
        link = invitation(thanks).a
        assert words(link) == "Register and keep the points"
        assert link["href"] == "/accounts/login/?next=/loyalty/claim/"

    def test_registers_comes_back_and_claims(self, django_app, thanks, order):
        page = register(django_app.get(invitation(thanks).a["href"]))
        assert page.request.path == reverse("oscar_loyalty:claim")
        assert words(page.html.select_one(".loyalty .lead")) == (
            f"You placed order {order.number} as a guest."
        )
        assert "This order is worth 20 points." in words(page.html)
        account = claiming_form(page).submit().follow()
        assert f"Order {order.number} is in your account now and earned you 20 points." in said(
            account
        )
        assert hooked(account, "balance") == "20"
        order.refresh_from_db()
        assert order.user.email == "guest@example.com"
        history = django_app.get(reverse("customer:order-list"))
        assert order.number in words(history.html)

    def test_who_has_registered_gets_a_button_there(self, django_app, thanks, order):
        register(django_app.get(reverse("customer:login")))
        page = django_app.get(reverse("checkout:thank-you"))
        assert "This order earns 20 points once it is in your account." in words(page.html)
        claiming_form(page).submit()
        page = django_app.get(reverse("checkout:thank-you"))
        assert invitation(page) is None
        assert hooked(page, "order-points") == "20"

    def test_a_second_time_nothing_is_earned(self, django_app, thanks, order):
        register(django_app.get(reverse("customer:login")))
        form = claiming_form(django_app.get(reverse("oscar_loyalty:claim")))
        form.submit()
        page = form.submit().follow()
        assert "This order is in your account already." in said(page)
        page = django_app.get(reverse("oscar_loyalty:claim")).follow()
        assert "There is no order here that you could claim." in said(page)
        assert Entry.objects.count() == 1

    def test_asking_changes_nothing(self, django_app, thanks, order):
        register(django_app.get(reverse("customer:login")))
        django_app.get(reverse("oscar_loyalty:claim"))
        order.refresh_from_db()
        assert (order.user, Entry.objects.exists()) == (None, False)

    def test_it_costs_two_queries(self, django_app, thanks):
        """The order's lines, and whether it was a customer's who has left."""
        statements, page = spent(lambda: django_app.get(reverse("checkout:thank-you")))
        assert hooked(page, "claim") == "20"
        assert len(statements) == 2, statements

    def test_an_order_that_earns_nothing_is_not_spoken_of(self, django_app, thanks):
        Programme.objects.update(minimum_order="50.00")
        earning_queries.forget_display()
        assert invitation(django_app.get(reverse("checkout:thank-you"))) is None

    def test_without_a_programme_nothing_is_said(self, django_app, thanks):
        Programme.objects.update(active=False)
        earning_queries.forget_display()
        assert invitation(django_app.get(reverse("checkout:thank-you"))) is None

    def test_a_failure_of_ours_is_not_the_shops(self, django_app, thanks, monkeypatch):
        def fail(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr(order_claimed, "prospect", fail)
        page = django_app.get(reverse("checkout:thank-you"))
        assert (page.status_code, invitation(page)) == (200, None)

    def test_in_arabic_it_reads_from_the_right(self, django_app, thanks):
        page = django_app.get(reverse("checkout:thank-you"), headers={"Accept-Language": "ar"})
        assert invitation(page)["dir"] == "rtl"


class TestByTheSignedLink:
    @pytest.fixture
    def elsewhere(self, order, django_app):
        """Another browser than the one that bought."""
        django_app.reset()
        return django_app

    def test_a_guest_is_led_through_registering(self, elsewhere, order):
        page = open_status_page(elsewhere, order).follow()
        assert hooked(page, "claim") == "20"
        page = register(elsewhere.get(invitation(page).a["href"]))
        assert page.request.path.startswith(f"/loyalty/claim/{order.number}/")
        account = claiming_form(page).submit().follow()
        assert "earned you 20 points" in said(account)
        order.refresh_from_db()
        assert order.user is not None

    def test_who_is_signed_in_has_a_button(self, elsewhere, order):
        register(elsewhere.get(reverse("customer:login")), "dora@example.com")
        page = open_status_page(elsewhere, order).follow()
        account = claiming_form(page).submit().follow()
        assert "earned you 20 points" in said(account)
        assert Account.objects.get(user__email="dora@example.com").balance == 20

    def test_the_address_is_asked_for_first(self, elsewhere, order):
        register(elsewhere.get(reverse("customer:login")), "eve@example.com")
        url = reverse("oscar_loyalty:claim-signed", args=[order.number, order.verification_hash()])
        assert elsewhere.get(url).location.startswith("/accounts/order-status-form/")
        assert "Order not found" in open_status_page(elsewhere, order, "eve@example.com").text
        page = elsewhere.get(url).follow()
        assert "There is no order here that you could claim." in said(page)

    @pytest.mark.parametrize("forged", ["{0}:x", "x", "{0}", "1:{1}"])
    def test_a_forged_link_claims_nothing(self, elsewhere, order, forged):
        register(elsewhere.get(reverse("customer:login")))
        open_status_page(elsewhere, order)
        signature = order.verification_hash().rpartition(":")[2]
        url = reverse(
            "oscar_loyalty:claim-signed",
            args=[order.number, forged.format(order.number, signature)],
        )
        token = elsewhere.get(reverse("basket:summary")).html.select_one(
            "[name=csrfmiddlewaretoken]"
        )
        page = elsewhere.post(url, {"csrfmiddlewaretoken": token["value"]}).follow()
        assert "There is no order here that you could claim." in said(page)
        order.refresh_from_db()
        assert (order.user, Entry.objects.exists()) == (None, False)

    def test_the_same_address_alone_claims_nothing(self, elsewhere, order):
        register(elsewhere.get(reverse("customer:login")))
        page = elsewhere.get(reverse("oscar_loyalty:claim")).follow()
        assert "There is no order here that you could claim." in said(page)
        order.refresh_from_db()
        assert order.user is None

    def test_what_was_a_customers_who_has_left_is_promised_to_nobody(self, elsewhere, order):
        register(elsewhere.get(reverse("customer:login")))
        page = open_status_page(elsewhere, order).follow()
        claiming_form(page).submit()
        get_user_model().objects.all().delete()
        elsewhere.reset()
        page = open_status_page(elsewhere, order).follow()
        assert words(invitation(page)) == "This order belongs to a customer already."
        assert not invitation(page).select("a, form")

    def test_an_old_order_says_why_not(self, elsewhere, order, settings):
        settings.OSCAR_LOYALTY_CLAIM_DAYS = 1
        Order.objects.update(date_placed="2026-01-01T00:00:00Z")
        page = open_status_page(elsewhere, order).follow()
        words_said = "An order can be claimed for 1 day; this one is older and earns no points."
        assert words(invitation(page)) == words_said
        assert not invitation(page).select("a, form")


def test_nobody_claims_without_signing_in(client, programme):
    for url in ("/loyalty/claim/", "/loyalty/claim/1/1:x/"):
        for act in (client.get, client.post):
            answer = act(url)
            assert (answer.status_code, answer.url) == (
                302,
                "/accounts/login/?next=" + url.replace(":", "%3A"),
            )


def test_a_form_from_elsewhere_is_refused(programme, bob):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    assert client.post("/loyalty/claim/").status_code == 403
