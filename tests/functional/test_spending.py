"""Spending points in the basket and through the checkout."""

from datetime import timedelta
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_class, get_model

from oscar_loyalty import api, conf
from oscar_loyalty.flows import books_audited, due_jobs, points_taken_off
from oscar_loyalty.models import Account, Entry, Hold, Programme
from tests import world
from tests.functional import buying
from tests.functional.reading import hooked, words
from tests.functional.sabotage import our_statements

pytestmark = pytest.mark.django_db

Line = get_model("basket", "Line")
Order = get_model("order", "Order")


@pytest.fixture
def shop(db):
    world.programme(redeemable=True)
    buying.open_the_country()
    return world.product("20.00", title="Teapot")


@pytest.fixture
def dora(shop):
    """A member with 1,000 points, worth £10."""
    user = world.customer("dora")
    world.place(user, "1000.00", number="past")
    return user


def panel(page):
    return page.html.select_one("#loyalty-spend")


def spend(page, points=None, button=None):
    field = "none" if button == "none" else "points"
    form = next(form for form in page.forms.values() if field in form.fields)
    if points is not None:
        form["points"] = str(points)
    return form.submit(button, value="1" if button else None).follow()


def books(user):
    account = Account.objects.get(user=user)
    return account.balance, account.held


def basket(app, user, product):
    buying.add(app, product, user=user)
    return app.get(reverse("basket:summary"), user=user)


class TestInTheBasket:
    def test_points_are_chosen_and_come_off(self, django_app, shop, dora):
        page = basket(django_app, dora, shop)
        assert words(panel(page).p) == "You can spend 1000 points, worth £10."
        page = spend(page, 500)
        assert words(panel(page).p) == "500 points pay £5 of this order."
        assert page.context["basket"].total_incl_tax == Decimal("15.00")
        assert books(dora) == (1000, 500)
        page = spend(page, button="all")
        assert words(panel(page).p) == "1000 points pay £10 of this order."
        page = spend(page, button="none")
        assert words(panel(page).p) == "You can spend 1000 points, worth £10."
        assert books(dora) == (1000, 0)
        assert page.context["basket"].total_incl_tax == Decimal("20.00")

    def test_the_account_says_where_they_are(self, django_app, shop, dora):
        spend(basket(django_app, dora, shop), 400)
        page = django_app.get(reverse("oscar_loyalty:account"), user=dora)
        assert "400 more points are kept for your basket." in words(page.html)
        assert hooked(page, "balance") == "600"

    def test_an_order_takes_the_points(self, django_app, shop, dora):
        spend(basket(django_app, dora, shop), 500)
        preview = buying.go_to_preview(django_app, user=dora)
        thanks = preview.forms["place_order_form"].submit().follow()
        assert thanks.status_code == 200
        order = Order.objects.exclude(number="past").get()
        assert order.basket_total_incl_tax == Decimal("15.00")
        assert order.discounts.get().amount == Decimal("5.00")
        assert order.discounts.get().message == "500 points spent"
        assert books(dora) == (1000 - 500 + 15, 0)
        entry = Entry.objects.get(kind="redeem")
        assert (entry.points, entry.order_number) == (-500, order.number)
        hold = Hold.objects.get()
        assert (hold.state, hold.spent, hold.order_number) == ("captured", 500, order.number)
        due_jobs.run(at=timezone.now())
        assert books_audited.run(at=timezone.now()).violations == []

    @pytest.mark.parametrize(
        ("points", "sentence"),
        [
            ("", "Write how many points you want to spend, as a whole number."),
            ("0", "Write how many points you want to spend, as a whole number."),
            ("-5", "Write how many points you want to spend, as a whole number."),
            ("1.5", "Write how many points you want to spend, as a whole number."),
            ("many", "Write how many points you want to spend, as a whole number."),
            ("1e3", "Write how many points you want to spend, as a whole number."),
            ("9" * 5000, "Write how many points you want to spend, as a whole number."),
            ("1001", "You have fewer points to spend than that."),
        ],
    )
    def test_what_makes_no_sense_is_refused_with_a_sentence(
        self, django_app, shop, dora, points, sentence
    ):
        page = spend(basket(django_app, dora, shop), 300)
        page = spend(page, points)
        assert sentence in words(page.html.select_one("#messages"))
        assert words(panel(page).p) == "300 points pay £3 of this order."
        assert books(dora) == (1000, 300)

    def test_other_digits_are_digits(self, django_app, shop, dora):
        page = spend(basket(django_app, dora, shop), "\u0663\u0660\u0660")
        assert words(panel(page).p) == "300 points pay £3 of this order."

    def test_who_has_nothing_to_spend_sees_nothing(self, django_app, shop):
        bob = world.customer("bob")
        assert panel(basket(django_app, bob, shop)) is None
        django_app.reset()
        buying.add(django_app, shop)
        assert panel(django_app.get(reverse("basket:summary"))) is None

    def test_a_guest_is_sent_to_log_in_and_asked_again(self, django_app, shop, dora, client):
        answer = client.post(reverse("oscar_loyalty:spend-points"), {"points": "5"})
        assert answer.status_code == 302
        page = django_app.get(answer["Location"])
        assert page.request.path == reverse("customer:login")
        form = page.forms["login_form"]
        form["login-username"], form["login-password"] = "dora@example.com", "dora-secret"
        page = form.submit("login_submit").follow().follow()
        assert page.request.path == reverse("basket:summary")
        assert "Please choose once more: you were not signed in." in words(page.html)
        assert books(dora) == (1000, 0)

    @pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", "\\\\evil"])
    def test_nobody_is_led_away(self, django_app, shop, dora, client, next_page):
        client.force_login(dora)
        basket(django_app, dora, shop)
        response = client.post(
            reverse("oscar_loyalty:spend-points"), {"none": "1", "next": next_page}
        )
        assert response["Location"] == reverse("basket:summary")

    def test_inside_the_basket_that_scripts_update(self, django_app, shop, dora):
        page = spend(basket(django_app, dora, shop), 1000)
        form = page.forms["basket_formset"]
        form["form-0-quantity"] = "0"
        form["form-0-quantity"] = "2"
        answer = form.submit(headers={"X-Requested-With": "XMLHttpRequest"})
        assert "1000 points pay £10 of this order." in " ".join(
            BeautifulSoup(answer.json["content_html"], "html.parser").get_text().split()
        )

    def test_points_for_what_points_paid(self, django_app, shop, dora):
        Programme.objects.update(earns_on_redeemed=True)
        spend(basket(django_app, dora, shop), 500)
        preview = buying.go_to_preview(django_app, user=dora)
        preview.forms["place_order_form"].submit().follow()
        assert books(dora) == (1000 - 500 + 20, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("require_postgres")
class TestWhileSomebodyHasThePointsLocked:
    @pytest.fixture
    def locked(self, django_app, shop, dora, settings):
        """The page of a basket with 300 points chosen, whose account somebody keeps locked."""
        settings.OSCAR_LOYALTY_LOCK_TIMEOUT_MS = 100
        page = spend(basket(django_app, dora, shop), 300)
        somebody = connection.copy()
        try:
            with somebody.cursor() as cursor:
                cursor.execute("BEGIN; UPDATE oscar_loyalty_account SET seq = seq")
                yield page
        finally:
            somebody.close()

    @pytest.mark.timeout(60)
    @pytest.mark.parametrize("chosen", [{"points": 500}, {"button": "none"}])
    def test_the_choice_is_given_up_with_a_sentence(self, locked, dora, chosen):
        page = spend(locked, **chosen)
        said = "Your points could not be reached just now; nothing was changed."
        assert said in words(page.html.select_one("#messages"))
        assert books(dora) == (1000, 300)

    @pytest.mark.timeout(60)
    @pytest.mark.parametrize("act", [lambda basket: api.spend(basket, 500), api.spend_none])
    def test_so_is_that_of_the_shops_own_code(self, locked, dora, act):
        with pytest.raises(OperationalError):
            act(dora.baskets.get(status="Open"))
        assert books(dora) == (1000, 300)


class TestAtTheCheckout:
    """From the basket with 500 points chosen."""

    @pytest.fixture
    def preview(self, django_app, shop, dora):
        spend(basket(django_app, dora, shop), 500)
        return buying.go_to_preview(django_app, user=dora)

    def test_the_choice_is_there_too(self, preview, dora):
        assert words(panel(preview).p) == "500 points pay £5 of this order."
        page = spend(preview, 300)
        assert page.request.path == reverse("checkout:preview")
        assert words(panel(page).p) == "300 points pay £3 of this order."
        assert books(dora) == (1000, 300)

    def test_points_that_went_at_the_last_moment_stop_the_payment(
        self, preview, dora, till, monkeypatch
    ):
        view = get_class("checkout.views", "PaymentDetailsView")
        freeze = view.freeze_basket

        def meanwhile_in_another_tab(self, basket):
            freeze(self, basket)
            points_taken_off.run(basket.pk)

        monkeypatch.setattr(view, "freeze_basket", meanwhile_in_another_tab)
        page = preview.forms["place_order_form"].submit()
        assert "Your points have changed meanwhile." in page.text
        assert till == []
        assert dora.orders.count() == 1
        assert dora.baskets.get(status="Open").num_items == 1
        assert books(dora) == (1000, 0)

    def test_a_payment_that_is_refused_keeps_the_points(self, preview, dora, monkeypatch, till):
        view = get_class("checkout.views", "PaymentDetailsView")
        take = view.handle_payment

        def refuse(self, *args, **kwargs):
            raise get_class("payment.exceptions", "UnableToTakePayment")("Card expired")

        monkeypatch.setattr(view, "handle_payment", refuse)
        page = preview.forms["place_order_form"].submit()
        assert "Card expired" in page.text
        assert books(dora) == (1000, 500)
        monkeypatch.setattr(view, "handle_payment", take)
        again = buying.go_to_preview(preview.test_app, user=dora)
        again.forms["place_order_form"].submit().follow()
        assert till == [Decimal("15.00") + Decimal("4.80")]
        assert books(dora) == (515, 0)

    def test_a_double_click_spends_once(self, preview, dora):
        form = preview.forms["place_order_form"]
        form.submit().follow()
        form.submit(expect_errors=True)
        assert dora.orders.count() == 2
        assert books(dora) == (515, 0)
        assert Entry.objects.filter(kind="redeem").count() == 1

    @pytest.mark.parametrize("status", ["Frozen", "Submitted"])
    def test_points_are_kept_while_a_basket_is_paid(self, preview, dora, status):
        dora.baskets.update(status=status)
        late = timezone.now() + timedelta(days=3)
        due_jobs.run(at=late)
        assert books(dora) == (1000, 500)

    def test_points_are_let_go_after_a_time(self, preview, dora):
        kept = timedelta(minutes=conf.HOLD_MINUTES())
        due_jobs.run(at=timezone.now() + kept - timedelta(minutes=1))
        assert books(dora) == (1000, 500)
        due_jobs.run(at=timezone.now() + kept)
        assert books(dora) == (1000, 0)
        assert Hold.objects.get().state == "released"

    def test_points_are_let_go_with_the_basket(self, preview, dora):
        dora.baskets.all().delete()
        assert books(dora) == (1000, 0)

    def test_a_merged_basket_lets_go(self, preview, dora):
        kept = dora.baskets.get(status="Open")
        other = dora.baskets.create(status="Open")
        other.strategy = kept.strategy = get_class("partner.strategy", "Default")()
        other.merge(kept)
        assert books(dora) == (1000, 0)

    def test_whoever_deletes_the_profile_leaves_right_books(self, preview, dora):
        dora.delete()
        assert Account.objects.get().held == 0
        assert books_audited.run(at=timezone.now()).violations == []

    def test_a_capture_that_failed_is_made_up_for(self, preview, dora):
        with our_statements(fail_at=0):
            page = preview.forms["place_order_form"].submit()
            assert "nothing was charged" in page.text
            # Which says by now that points pay nothing.
            again = preview.test_app.get(reverse("checkout:preview"), user=dora)
            again.forms["place_order_form"].submit().follow()
        order = dora.orders.exclude(number="past").get()
        assert order.basket_total_incl_tax == Decimal("20.00")
        due_jobs.run(at=timezone.now())
        assert books(dora) == (1020, 0)
