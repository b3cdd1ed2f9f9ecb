"""A shopper's coupons: seen, put into the basket, paid with, and back after a cancellation."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_class, get_model

from oscar_loyalty.flows import (
    accounts_merged,
    books_audited,
    coupon_given,
    due_jobs,
    redemption_changed,
)
from oscar_loyalty.models import Coupon, Programme, TierBenefit
from oscar_loyalty.program.earning import queries as earning_queries
from tests import coupons, world
from tests.functional import buying, desk
from tests.functional.odd_strings import CORPUS
from tests.functional.reading import words
from tests.functional.sabotage import our_statements
from tests.sampling import some

pytestmark = pytest.mark.django_db

Order = get_model("order", "Order")
Basket = get_model("basket", "Basket")

WRONG = (
    "This code cannot be used: it is mistyped, has expired, was used before, or is somebody else's."
)


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
def till(monkeypatch):
    """What was charged: order number and amount."""
    charged = []
    view = get_class("checkout.views", "PaymentDetailsView")
    monkeypatch.setattr(
        view,
        "handle_payment",
        lambda self, number, total, **kwargs: charged.append((str(number), total.incl_tax)),
    )
    return charged


def account(app, user):
    return app.get(reverse("oscar_loyalty:account"), user=user)


def shown(page):
    return [words(item) for item in page.html.select("[data-loyalty=coupon]")]


def use(page, nth=0):
    """Press the button of a coupon on the account page."""
    forms = [form for form in page.forms.values() if "coupon" in form.fields]
    return forms[nth].submit("coupon").follow()


def type_code(app, user, code):
    """Write a code into Oscar's own form at the basket."""
    page = app.get(reverse("basket:summary"), user=user)
    form = page.forms["voucher_form"]
    form["code"] = code
    return form.submit().follow()


def said(page):
    """The messages at the top of the page; Oscar's English speaks of carts and coupons."""
    return [words(alert).removeprefix("× ") for alert in page.html.select("#messages .alert")]


def _changes_order(form):
    action = form.fields.get("order_action")
    return bool(action) and action[0].value == "change_order_status"


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


class TestMyCoupons:
    def test_nothing_is_said_where_there_are_none(self, django_app, dora):
        assert "My coupons" not in account(django_app, dora).text

    def test_each_says_what_it_gives_asks_and_until_when(self, django_app, dora):
        record = coupons.product_range("Music <&>")
        coupons.give(dora, value="5.00", days=10, source="a")
        coupons.give(dora, "percentage", "12.5", days=20, source="b", minimum=Decimal(40))
        coupons.give(dora, "free-shipping", "0", days=30, source="c")
        coupons.give(
            dora, "percentage", "10", days=40, source="d", minimum=Decimal(5), product_range=record
        )
        page = account(django_app, dora)
        lines = [re.sub(r"Good until .*", "", line).strip() for line in shown(page)]
        assert lines == [
            "£5 off your order",
            "12.5% off your order From £40 spent, before discounts",
            "Free shipping",
            "10% off Music <&> From £5 spent on Music <&>, before discounts",
        ]
        codes = [code.get_text() for code in page.html.select("[data-loyalty=coupon] bdi > code")]
        mine = Coupon.objects.order_by("expires_at").values_list("voucher__code", flat=True)
        assert codes == list(mine)

    def test_a_gift_names_its_range(self, django_app, dora):
        mugs = coupons.product_range("Mugs")
        terms = {"product_range": mugs, "minimum": Decimal(20)}
        coupons.give(dora, "gift", "0", **terms)
        line = shown(account(django_app, dora))[0]
        assert line.startswith("One item of Mugs for free From £20 spent on Mugs, before discounts")
        mugs.delete()
        coupon_given.tie_again(at=timezone.now())
        assert shown(account(django_app, dora))[0].startswith("One item for free From £20 spent,")

    def test_the_last_day_is_the_programmes(self, django_app, dora):
        """At midnight in London it is over: the day before is the last one."""
        coupon = coupons.give(dora)
        midnight = datetime(2100, 7, 2, tzinfo=ZoneInfo("Europe/London"))
        Coupon.objects.filter(pk=coupon.pk).update(expires_at=midnight)
        assert "Good until July 1, 2100" in shown(account(django_app, dora))[0]

    def test_what_cannot_be_used_is_not_there(self, django_app, dora, five):
        bobs = coupons.give(world.customer("bob"))
        used = coupons.give(dora, source="used")
        coupons.order(dora, "20.00", coupon=used)
        past = timezone.now() - timedelta(seconds=1)
        expired = coupons.give(dora, source="expired")
        Coupon.objects.filter(pk=expired.pk).update(
            issued_at=past - timedelta(days=1), expires_at=past
        )
        closed = coupons.give(dora, source="closed")
        Coupon.objects.filter(pk=closed.pk).update(closed_at=past)
        gone = coupons.give(dora, source="gone")
        gone.voucher.delete()
        page = account(django_app, dora)
        assert len(shown(page)) == 1
        assert five.voucher.code in shown(page)[0]
        assert bobs.voucher.code not in page.text

    def test_one_button_puts_it_into_the_basket(self, django_app, shop, dora, five):
        buying.add(django_app, shop, user=dora)
        page = use(account(django_app, dora))
        assert page.request.path == reverse("basket:summary")
        assert f"The coupon {five.voucher.code} is in your basket." in said(page)
        assert page.context["basket"].total_incl_tax == Decimal("15.00")
        again = use(account(django_app, dora))
        assert again.context["basket"].total_incl_tax == Decimal("15.00")
        assert Basket.objects.get(owner=dora).vouchers.count() == 1

    @pytest.mark.parametrize("who", ["dora", "theodora"])
    def test_of_a_merged_member_at_both_log_ins(self, django_app, shop, dora, five, who):
        people = {"dora": dora, "theodora": world.customer("theodora")}
        gone, stays = (one.loyalty_account.pk for one in people.values())
        accounts_merged.run(
            gone, stays, note="Same person", actor_id=desk.owner().pk, at=timezone.now()
        )
        buying.add(django_app, shop, user=people[who])
        page = use(account(django_app, people[who]))
        assert f"The coupon {five.voucher.code} is in your basket." in said(page)
        assert page.context["basket"].total_incl_tax == Decimal("15.00")

    def test_into_an_empty_basket_it_waits_for_goods(self, django_app, shop, dora, five):
        page = use(account(django_app, dora))
        assert any("takes nothing off it yet" in sentence for sentence in said(page))
        buying.add(django_app, shop, user=dora)
        page = django_app.get(reverse("basket:summary"), user=dora)
        assert page.context["basket"].total_incl_tax == Decimal("15.00")

    def test_only_by_post_and_only_when_signed_in(self, dora, five):
        url = reverse("oscar_loyalty:use-coupon")
        assert Client().post(url, {"coupon": five.pk}).url.startswith(reverse("customer:login"))
        client = desk.signed_in(dora)
        assert client.get(url, {"coupon": five.pk}).url == reverse("basket:summary")
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(dora)
        assert strict.post(url, {"coupon": five.pk}).status_code == 403
        assert five.voucher.basket_set.count() == 0

    @pytest.mark.parametrize("fail_at", [0, 1, 2, 3, 4])
    def test_our_failure_leads_to_the_basket_with_a_sentence(self, dora, five, fail_at):
        client = desk.signed_in(dora)
        with our_statements(fail_at=fail_at) as seen:
            response = client.post(reverse("oscar_loyalty:use-coupon"), {"coupon": five.pk})
        assert len(seen) >= fail_at
        assert (response.status_code, response.url) == (302, reverse("basket:summary"))
        page = client.get(response.url).content.decode()
        assert "Your coupon could not be reached just now. Please try again in a moment." in page

    @pytest.mark.sampled
    def test_odd_and_foreign_numbers_are_refused_in_a_sentence(self, dora, five):
        bobs = coupons.give(world.customer("bob"))
        client = desk.signed_in(dora)
        for odd in [*some(CORPUS, one_in=4), "", str(bobs.pk), str(five.pk + 1000), "9" * 18]:
            response = client.post(reverse("oscar_loyalty:use-coupon"), {"coupon": odd})
            assert response.status_code == 302, repr(odd)
            assert response.url == reverse("oscar_loyalty:account"), repr(odd)
        page = client.get(reverse("oscar_loyalty:account"))
        assert "This coupon cannot be used any more." in page.content.decode()
        assert bobs.voucher.basket_set.count() + five.voucher.basket_set.count() == 0


class TestCodes:
    def test_the_owner_types_the_code(self, django_app, shop, dora, five):
        buying.add(django_app, shop, user=dora)
        page = type_code(django_app, dora, five.voucher.code.lower())
        assert f"Coupon '{five.voucher.code}' added to cart" in said(page)
        assert page.context["basket"].total_incl_tax == Decimal("15.00")

    def test_beside_points_and_a_percentage_of_the_tier(self, django_app, shop, dora):
        """Oscar would look for what a code takes off after everything else has come off."""
        everything = coupons.product_range("Everything", includes_all_products=True)
        gold = world.tier("Gold", 1, "100")
        TierBenefit.objects.create(tier=gold, kind="percentage", value=10, range=everything)
        Programme.objects.update(redeemable=True)
        earning_queries.forget_display()
        redemption_changed.run(language="en-gb")
        world.place(dora, "10000.00")
        five = coupons.give(dora)
        buying.add(django_app, shop, user=dora)
        world.hold(dora, 5000, basket_id=dora.baskets.get(status="Open").pk)
        page = django_app.get(reverse("basket:summary"), user=dora)
        assert page.context["basket"].total_incl_tax == 0
        page = type_code(django_app, dora, five.voucher.code)
        assert f"Coupon '{five.voucher.code}' added to cart" in said(page)
        took = {
            application["name"]: application["discount"]
            for application in page.context["basket"].offer_applications
        }
        assert sorted(took.values()) == [Decimal("2.00"), Decimal("5.00"), Decimal("13.00")]

    @pytest.mark.parametrize("who", ["bob", None])
    def test_of_somebody_else(self, django_app, shop, five, who):
        user = world.customer(who) if who else None
        buying.add(django_app, shop, user=user)
        page = type_code(django_app, user, five.voucher.code)
        assert any(sentence.startswith(WRONG) for sentence in said(page))
        assert page.context["basket"].total_incl_tax == Decimal("20.00")
        assert five.voucher.basket_set.count() == 0


class TestCheckout:
    def preview(self, app, shop, user, coupon):
        buying.add(app, shop, user=user)
        user.baskets.get(status="Open").vouchers.add(coupon.voucher)
        return buying.go_to_preview(app, user=user)

    def test_an_order_uses_it(self, django_app, shop, dora, five, till):
        preview = self.preview(django_app, shop, dora, five)
        assert preview.forms["place_order_form"].submit().follow().status_int == 200
        order = Order.objects.get()
        assert [amount for _number, amount in till] == [order.total_incl_tax]
        assert order.basket_discounts.get().amount == Decimal("5.00")
        assert coupons.chain() == [(order.number, False, None)]
        assert_right()

    def test_the_last_look_says_that_it_was_used_meanwhile(
        self, django_app, shop, dora, five, till, monkeypatch
    ):
        """Between the page and the payment another order uses it: nothing is charged."""
        preview = self.preview(django_app, shop, dora, five)
        freeze = get_class("checkout.views", "PaymentDetailsView").freeze_basket

        def and_meanwhile(self, basket):
            coupons.order(dora, "9.00", coupon=five, number="other")
            return freeze(self, basket)

        view = get_class("checkout.views", "PaymentDetailsView")
        monkeypatch.setattr(view, "freeze_basket", and_meanwhile)
        page = preview.forms["place_order_form"].submit()
        assert "A coupon in your basket was used meanwhile" in page.text
        assert "nothing was charged" in page.text
        assert till == []
        assert list(Order.objects.values_list("number", flat=True)) == ["other"]
        monkeypatch.undo()

    @pytest.mark.django_db(transaction=True)
    def test_who_looks_again_pays_the_full_price(self, django_app, shop, dora, five, till):
        """The other basket has lost the code, for which Oscar would refuse the order once paid."""
        preview = self.preview(django_app, shop, dora, five)
        coupons.order(dora, "9.00", coupon=five, number="other")
        page = preview.forms["place_order_form"].submit().follow()
        order = Order.objects.exclude(number="other").get()
        assert [amount for _number, amount in till] == [order.total_incl_tax]
        assert order.basket_discounts.count() == 0
        assert page.status_int == 200
        assert_right()

    def test_while_another_basket_is_being_paid(self, django_app, shop, dora, five, till):
        other = coupons.basket_of(dora, "9.00", coupon=five)
        other.freeze()
        Coupon.objects.update(basket_id=other.pk, claimed_at=timezone.now())
        preview = self.preview(django_app, shop, dora, five)
        page = preview.forms["place_order_form"].submit()
        assert "another order is being paid with it" in page.text
        assert (till, Order.objects.count()) == ([], 0)
        other.thaw()
        page = buying.go_to_preview(django_app, user=dora)
        page.forms["place_order_form"].submit().follow()
        assert len(till) == 1
        assert Coupon.objects.get().order_number == Order.objects.get().number

    def test_a_payment_that_was_left_alone_for_a_month(self, django_app, shop, dora, five, till):
        """The bank may still call."""
        other = coupons.basket_of(dora, "9.00", coupon=five)
        other.freeze()
        long_ago = timezone.now() - timedelta(days=30)
        Coupon.objects.update(basket_id=other.pk, claimed_at=long_ago)
        preview = self.preview(django_app, shop, dora, five)
        page = preview.forms["place_order_form"].submit()
        assert "another order is being paid with it" in page.text
        assert (till, Order.objects.count()) == ([], 0)
        assert Coupon.objects.get().basket_id == other.pk

    @pytest.mark.django_db(transaction=True)
    def test_a_deleted_profile_does_not_set_it_free(self, django_app, shop, dora, five, till):
        preview = self.preview(django_app, shop, dora, five)
        preview.forms["place_order_form"].submit().follow()
        client = Client()
        client.force_login(dora)
        answer = client.post(reverse("customer:profile-delete"), {"password": "dora-secret"})
        assert answer.status_code == 302
        assert not get_user_model().objects.filter(username="dora").exists()
        # Oscar has forgotten the use with the customer.
        assert five.voucher.applications.count() == 0
        again = world.customer("dora")
        django_app.reset()
        buying.add(django_app, shop, user=again)
        page = type_code(django_app, again, five.voucher.code)
        assert WRONG in said(page)
        assert_right()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("atomic_requests", [False, True])
def test_cancelled_and_reinstated_at_the_dashboard(
    django_app, shop, dora, five, atomic_requests, monkeypatch
):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", atomic_requests)
    buying.add(django_app, shop, user=dora)
    use(account(django_app, dora))
    preview = buying.go_to_preview(django_app, user=dora)
    preview.forms["place_order_form"].submit().follow()
    order = Order.objects.get()
    assert shown(account(django_app, dora)) == []

    def put(status):
        django_app.reset()
        url = reverse("dashboard:order-detail", args=[order.number])
        page = django_app.get(url, user=root)
        form = next(form for form in page.forms.values() if _changes_order(form))
        form["new_status"] = status
        assert form.submit().status_int == 302
        django_app.reset()

    root = desk.owner()
    put("Cancelled")
    (line,) = shown(account(django_app, dora))
    new = Coupon.objects.select_related("voucher").get(order_number="")
    assert new.voucher.code in line
    assert new.voucher.code != five.voucher.code
    put("Pending")
    assert shown(account(django_app, dora)) == []
    put("Cancelled")
    assert shown(account(django_app, dora)) == [line]
    assert due_jobs.run(at=timezone.now())["orders brought in line"] == 0
    assert_right()
