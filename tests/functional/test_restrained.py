"""What a shopper sees, and can do, while their points may not be spent."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone
from oscar.apps.customer.utils import get_password_reset_url
from oscar.core.loading import get_class, get_model

from oscar_loyalty.flows import spending_blocked
from oscar_loyalty.models import Account, Hold, MemberEvent
from tests import world
from tests.functional import buying
from tests.functional.reading import words
from tests.functional.test_query_budget import spent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]

BLOCKED = "The shop has blocked your points; please contact us."
PAUSED = re.compile(
    r"Your e-mail address or password has just changed; for your safety, points can be spent "
    r"again from .+\."
)


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


@pytest.fixture
def signed_in(django_app, dora):
    """Dora's browser, in which she has logged in herself."""
    form = django_app.get(reverse("customer:login")).forms["login_form"]
    form["login-username"], form["login-password"] = "dora@example.com", "dora-secret"
    form.submit("login_submit").follow()
    return django_app


def block(user):
    carol = world.customer("carol")
    at = timezone.now()
    spending_blocked.run(user.loyalty_account.pk, note="Chargebacks", actor_id=carol.pk, at=at)


def basket(app, product):
    buying.add(app, product)
    return app.get(reverse("basket:summary"))


def panel(page):
    return page.html.select_one("#loyalty-spend")


def spend(page, points):
    form = next(form for form in page.forms.values() if "points" in form.fields)
    form["points"] = str(points)
    return form.submit().follow()


def state(user):
    account = Account.objects.get(user=user)
    return account.balance, account.held


class TestBlocked:
    def test_the_basket_says_why_in_one_sentence(self, signed_in, shop, dora):
        page = spend(basket(signed_in, shop), 500)
        assert page.context["basket"].total_incl_tax == 15
        block(dora)
        page = signed_in.get(reverse("basket:summary"))
        assert [words(p) for p in panel(page).select("p")] == [BLOCKED]
        assert not panel(page).select("form")
        assert page.context["basket"].total_incl_tax == 20
        assert state(dora) == (1000, 0)

    def test_the_checkout_says_it_too_and_money_pays(self, signed_in, shop, dora):
        spend(basket(signed_in, shop), 500)
        block(dora)
        preview = buying.go_to_preview(signed_in)
        assert BLOCKED in words(preview.html)
        thanks = preview.forms["place_order_form"].submit().follow()
        assert thanks.context["order"].basket_total_incl_tax == 20
        assert state(dora) == (1020, 0)

    def test_an_old_page_sends_points_in_vain(self, signed_in, shop, dora):
        page = basket(signed_in, shop)
        block(dora)
        page = spend(page, 500)
        assert BLOCKED in words(page.html.select_one("#messages"))
        assert state(dora) == (1000, 0)

    def test_who_is_blocked_while_looking_at_the_preview_is_charged_nothing(
        self, signed_in, shop, dora, monkeypatch
    ):
        charged = []
        view = get_class("checkout.views", "PaymentDetailsView")
        monkeypatch.setattr(view, "handle_payment", lambda *args, **kwargs: charged.append(args))
        spend(basket(signed_in, shop), 500)
        preview = buying.go_to_preview(signed_in)
        block(dora)
        page = preview.forms["place_order_form"].submit()
        assert "Your points have changed meanwhile." in words(page.html)
        assert charged == []
        assert get_model("order", "Order").objects.count() == 1

    def test_who_has_no_points_is_told_nothing(self, django_app, shop):
        erin = world.customer("erin")
        block(erin)
        buying.add(django_app, shop, user=erin)
        assert panel(django_app.get(reverse("basket:summary"), user=erin)) is None

    def test_it_costs_no_query_more(self, signed_in, shop, dora):
        basket(signed_in, shop)
        free, _page = spent(lambda: signed_in.get(reverse("basket:summary")))
        block(dora)
        blocked, _page = spent(lambda: signed_in.get(reverse("basket:summary")))
        assert len(blocked) <= len(free) == 2


class TestPaused:
    def test_after_the_profile_form_changes_the_address(self, signed_in, shop, dora):
        spend(basket(signed_in, shop), 500)
        form = signed_in.get(reverse("customer:profile-update")).forms["profile_form"]
        form["email"] = "new@example.com"
        form.submit().follow()
        page = signed_in.get(reverse("basket:summary"))
        assert PAUSED.fullmatch(words(panel(page)).removeprefix("Your points "))
        assert state(dora) == (1000, 0)
        event = MemberEvent.objects.get()
        assert (event.kind, event.address) == ("email-changed", "dora@example.com")

    def test_after_the_form_changes_the_password(self, signed_in, shop, dora):
        form = signed_in.get(reverse("customer:change-password")).forms["change_password_form"]
        form["old_password"] = "dora-secret"
        form["new_password1"] = form["new_password2"] = "teapot-4711"
        form.submit().follow()
        page = basket(signed_in, shop)
        assert PAUSED.search(words(panel(page)))
        assert not panel(page).select("form")

    def test_after_the_password_was_reset(self, django_app, shop, dora):
        user = get_user_model().objects.get(pk=dora.pk)
        page = django_app.get(get_password_reset_url(user)).follow()
        form = next(form for form in page.forms.values() if "new_password1" in form.fields)
        form["new_password1"] = form["new_password2"] = "teapot-4711"
        form.submit()
        assert Account.objects.get(user=dora).paused_until > timezone.now()

    def test_a_profile_that_only_gets_a_name_pauses_nothing(self, signed_in, shop, dora):
        form = signed_in.get(reverse("customer:profile-update")).forms["profile_form"]
        form["first_name"] = "Dora"
        form.submit().follow()
        spend(basket(signed_in, shop), 500)
        assert state(dora) == (1000, 500)

    def test_logging_in_asks_nothing_of_ours(self, django_app, dora):
        user = get_user_model().objects.get(pk=dora.pk)
        statements, _answer = spent(lambda: user.save(update_fields=["last_login"]))
        assert statements == []


def test_deleting_the_profile_lets_go_and_names_nobody(signed_in, shop, dora):
    spend(basket(signed_in, shop), 500)
    account = Account.objects.get(user=dora)
    form = signed_in.get(reverse("customer:profile-delete")).forms["delete_profile_form"]
    form["password"] = "dora-secret"
    form.submit().follow()
    account.refresh_from_db()
    assert (account.user, account.balance, account.held) == (None, 1000, 0)
    assert Hold.objects.get().state == "released"
