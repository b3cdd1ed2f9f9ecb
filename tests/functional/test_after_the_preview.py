"""What is charged is what was shown, and what the bank was told is what the order costs."""

# ruff: noqa: F811 - fixtures are asked for by the names they are imported by

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty import api
from oscar_loyalty.flows import due_jobs
from oscar_loyalty.models import Hold
from tests import comebacks, world
from tests.functional import bank, buying
from tests.functional.test_paying_with_points import (  # noqa: F401 - fixtures
    BASKET,
    MEANWHILE,
    PREVIEW,
    assert_one_order,
    assert_right,
    dora,
    save_programme,
    spend,
    tab,
    teapot,
    till,
)

pytestmark = pytest.mark.django_db

CHANGED = "Your points have changed meanwhile."


def take_most_back(user):
    past = user.orders.get(number="past")
    comebacks.refund(past, "900.00")
    api.recalculate(past)


#: What may happen to them between the preview and the click, for which other prices are shown.
BETWEEN = {
    **MEANWHILE,
    "taken back": take_most_back,
    "let go": lambda user: due_jobs.run(at=timezone.now() + timedelta(minutes=61)),
}


def assert_paid_in_money(user, *, goods):
    """What is kept for the basket still is let go by the due jobs."""
    assert_right()
    assert Hold.objects.get().state == "released"
    return assert_one_order(user, goods=goods, points=0)


class TestAfterThePreview:
    """It said £19.80, of which points pay £5."""

    @pytest.fixture
    def preview(self, django_app, dora, teapot, tab):
        buying.add(django_app, teapot, user=dora)
        spend(tab(BASKET), 500)
        page = buying.go_to_preview(django_app, user=dora)
        assert page.context["order_total"].incl_tax == Decimal("19.80")
        return page

    @pytest.mark.parametrize("event", sorted(set(BETWEEN) - {"paused"}))
    def test_nobody_is_charged_more_in_silence(self, preview, dora, tab, till, event):
        BETWEEN[event](dora)
        page = preview.forms["place_order_form"].submit()
        assert CHANGED in page.text
        assert till == []
        assert list(dora.orders.values_list("number", flat=True)) == ["past"]
        again = tab(PREVIEW)
        shown = again.context["order_total"].incl_tax
        assert shown > Decimal("19.80")
        again.forms["place_order_form"].submit().follow()
        order = dora.orders.exclude(number="past").get()
        assert till == [(order.number, shown)] == [(order.number, order.total_incl_tax)]
        assert_right()

    def test_who_insists_is_charged_what_it_costs_by_now(self, preview, dora, till):
        BETWEEN["blocked"](dora)
        form = preview.forms["place_order_form"]
        assert CHANGED in form.submit().text
        form.submit().follow()
        assert [amount for _number, amount in till] == [Decimal("24.80")]

    def test_more_points_for_no_more_money_are_not_taken_in_silence(self, preview, tab, till):
        page = spend(tab(PREVIEW), button="all")
        save_programme(redeem_share=25)
        assert tab(PREVIEW).context["order_total"].incl_tax == Decimal("19.80")
        save_programme(redeem_share=25, value_points=200)
        assert CHANGED in page.forms["place_order_form"].submit().text
        assert till == []

    def test_more_that_comes_off_is_no_reason_to_refuse(self, preview, dora, tab, till):
        spend(tab(PREVIEW), button="all")
        save_programme(redeem_share=10)
        page = tab(PREVIEW)
        assert page.context["order_total"].incl_tax == Decimal("22.80")
        save_programme(redeem_share=100)
        page.forms["place_order_form"].submit().follow()
        assert [amount for _number, amount in till] == [Decimal("14.80")]

    def test_points_given_up_in_another_tab_are_known_of(self, preview, dora, tab, till):
        spend(tab(BASKET), button="none")
        preview.forms["place_order_form"].submit().follow()
        assert [amount for _number, amount in till] == [Decimal("24.80")]

    def test_the_session_is_written_only_when_that_changes(self, preview, dora, tab, monkeypatch):
        written = []
        save = SessionStore.save
        monkeypatch.setattr(
            SessionStore, "save", lambda *args, **kwargs: written.append(1) or save(*args, **kwargs)
        )
        tab(BASKET)
        tab(BASKET)
        assert written == []
        spend(tab(BASKET), 300)
        assert len(written) == 1


@pytest.fixture
def basket(django_app, dora, teapot, tab):
    """Frozen, with 500 points chosen; its owner has been sent to the bank."""
    buying.add(django_app, teapot, user=dora)
    spend(tab(BASKET), 500)
    buying.go_to_preview(django_app, user=dora).forms["place_order_form"].submit()
    frozen = dora.baskets.get(status="Frozen")
    assert bank.asked.pop(str(frozen.pk)) == Decimal("19.80")
    return frozen


def paid(client, basket):
    """The bank calls."""
    return client.post("/bank/paid/", {"basket": basket.pk}).status_code == 200


@pytest.mark.urls("tests.functional.bank")
@pytest.mark.parametrize("event", ["suspended", "deleted"])
def test_what_staff_do_to_the_offer_meanwhile_costs_no_points(basket, client, dora, caplog, event):
    """Oscar asks us no more, so nothing comes off; the log says what the shop was not paid."""
    offer = get_model("offer", "ConditionalOffer").objects.get()
    offer.suspend() if event == "suspended" else offer.delete()
    assert paid(client, basket)
    order = assert_paid_in_money(dora, goods="20.00")
    said = f"order {order.number} was paid as if points took 5.00 off, which they did not"
    assert said in caplog.text


@pytest.mark.urls("tests.functional.bank")
def test_what_the_payment_was_not_told_does_not_come_off(basket, client, dora, tab):
    """The minimum keeps points off, and is lowered while the shopper is at the bank."""
    tab("/bank/given-up/")
    save_programme(redeem_minimum=600)
    tab(PREVIEW).forms["place_order_form"].submit()
    assert bank.asked.pop(str(basket.pk)) == Decimal("24.80")
    save_programme(redeem_minimum=1)
    assert paid(client, basket)
    assert_paid_in_money(dora, goods="20.00")


@pytest.mark.urls("tests.functional.bank")
def test_what_another_payment_was_told_does_not_come_off(basket, client, dora, tab, django_app):
    """It was given up; then the basket shrank below what points may be spent on."""
    save_programme(redeem_minimum=400)
    tab("/bank/given-up/")
    buying.add(django_app, world.product("3.00", title="Cup"), user=dora)
    form = tab(BASKET).forms["basket_formset"]
    form["form-0-DELETE"] = True
    form.submit()
    assert tab(BASKET).context["basket"].total_incl_tax == Decimal("3.00")
    tab(PREVIEW).forms["place_order_form"].submit()
    assert bank.asked.pop(str(basket.pk)) == Decimal("7.80")
    assert paid(client, basket)
    assert_paid_in_money(dora, goods="3.00")
