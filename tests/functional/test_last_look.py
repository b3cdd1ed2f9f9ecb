"""Nothing is charged unless points and coupons were looked at, in the basket that is submitted."""

from contextlib import ExitStack
from decimal import Decimal

import pytest
from django.contrib.sessions.backends.cache import SessionStore
from django.db import connection
from django.utils import timezone
from oscar.core.loading import get_class, get_model

from oscar_loyalty import receivers
from oscar_loyalty.flows import books_audited, points_taken_off
from oscar_loyalty.models import Account, Coupon, Hold
from oscar_loyalty.shop import shown
from tests import coupons, world
from tests.functional import buying
from tests.functional.sabotage import our_statements

pytestmark = pytest.mark.django_db

Order = get_model("order", "Order")
PaymentDetailsView = get_class("checkout.views", "PaymentDetailsView")
UnableToTakePayment = get_class("payment.exceptions", "UnableToTakePayment")

UNSEEN = "Your points and coupons could not be looked at just now."


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
def basket(django_app, shop, dora):
    buying.add(django_app, shop, user=dora)
    return dora.baskets.get(status="Open")


@pytest.fixture
def submit(django_app, dora, monkeypatch):
    """Go to the checkout's last page and place the order; ours fails at one statement, or all."""

    def run(fail_at=None):
        page = buying.go_to_preview(django_app, user=dora)
        freeze = PaymentDetailsView.freeze_basket
        seen = []
        with ExitStack() as trouble, monkeypatch.context() as patch:

            def and_then(self, basket):
                freeze(self, basket)
                seen.append(trouble.enter_context(our_statements(fail_at=fail_at)))

            patch.setattr(PaymentDetailsView, "freeze_basket", and_then)
            return page.forms["place_order_form"].submit(), seen[0]

    return run


def assert_refused(page, till, dora):
    """With the basket open as it was, and nothing charged."""
    assert "nothing was charged" in page.text
    assert till == []
    assert list(dora.orders.values_list("number", flat=True)) == ["past"]
    assert dora.baskets.get(status="Open").num_items == 1
    assert books_audited.run(at=timezone.now()).violations == []


def test_points_that_could_not_be_looked_at_stop_the_payment(dora, basket, submit, till):
    world.hold(dora, 500, basket_id=basket.pk)
    page, _seen = submit(fail_at=0)
    assert UNSEEN in page.text
    assert_refused(page, till, dora)
    assert Hold.objects.get().state == "open"
    page, _seen = submit()
    assert page.follow().status_int == 200
    assert till == [Decimal("19.80")]
    assert Account.objects.get().held == 0


@pytest.mark.parametrize("fail_at", [1, 2])
def test_each_statement_of_the_look_at_points(dora, basket, submit, till, fail_at):
    world.hold(dora, 500, basket_id=basket.pk)
    page, _seen = submit(fail_at=fail_at)
    assert UNSEEN in page.text
    assert_refused(page, till, dora)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("require_postgres")
def test_points_that_somebody_keeps_locked_stop_the_payment(dora, basket, submit, till, settings):
    settings.OSCAR_LOYALTY_LOCK_TIMEOUT_MS = 100
    world.hold(dora, 500, basket_id=basket.pk)
    somebody = connection.copy()
    try:
        with somebody.cursor() as cursor:
            cursor.execute("BEGIN; UPDATE oscar_loyalty_hold SET points = points")
            page, _seen = submit()
    finally:
        somebody.close()
    assert UNSEEN in page.text
    assert_refused(page, till, dora)


def test_a_coupon_that_could_not_be_claimed_stops_the_payment(dora, basket, submit, till):
    basket.vouchers.add(coupons.give(dora).voucher)
    page, _seen = submit(fail_at=0)
    assert_refused(page, till, dora)
    assert Coupon.objects.get().basket_id is None
    page, _seen = submit()
    assert page.follow().status_int == 200
    assert till == [Decimal("19.80")]


def test_an_order_without_points_and_coupons_is_not_touched(
    dora, basket, submit, till, monkeypatch
):
    looked = []
    pay = PaymentDetailsView.handle_payment

    def and_count(self, *args, **kwargs):
        looked.append("handle_payment" in vars(self))
        return pay(self, *args, **kwargs)

    monkeypatch.setattr(PaymentDetailsView, "handle_payment", and_count)
    page, _seen = submit(fail_at=0)
    assert page.follow().status_int == 200
    assert (looked, till) == ([False], [Decimal("24.80")])


def test_the_last_look_at_nothing_costs_nothing(dora, rf, queries):
    plain = coupons.as_next_seen(coupons.basket_of(dora, "20.00"))
    view = view_of(rf, dora, plain, submitted=plain)
    assert queries(lambda: receivers.on_pre_payment(view=view)) == []
    assert "handle_payment" not in vars(view)


def test_where_the_points_are_refused_the_coupon_is_nobodys(rf, dora, basket):
    five = coupons.give(dora)
    basket.vouchers.add(five.voucher)
    basket.strategy = get_class("partner.strategy", "Default")()
    world.hold(dora, 500, basket_id=basket.pk)
    seen = coupons.as_next_seen(basket)
    points_taken_off.run(basket.pk)
    seen.freeze()
    view = view_of(rf, dora, seen, submitted=seen)
    receivers.on_pre_payment(view=view)
    with pytest.raises(UnableToTakePayment, match="Your points have changed meanwhile"):
        view.handle_payment("1", None)
    # As Oscar does.
    seen.thaw()
    assert coupons.order(dora, "9.00", coupon=five, number="other").total_incl_tax == 4
    assert coupons.chain() == [("other", False, None)]


class TestBackFromTheBank:
    """The visitor has a new basket, while the frozen one is submitted."""

    @pytest.fixture
    def frozen(self, dora, shop):
        basket = coupons.basket_of(dora, "20.00", coupon=coupons.give(dora))
        basket.freeze()
        return basket

    def look(self, rf, dora, frozen):
        new = coupons.as_next_seen(coupons.basket_of(dora, "9.00"))
        view = view_of(rf, dora, new, submitted=frozen)
        receivers.on_pre_payment(view=view)
        return view

    def test_the_coupon_is_claimed_for_the_one_that_is_submitted(self, rf, dora, frozen):
        assert "handle_payment" not in vars(self.look(rf, dora, frozen))
        assert Coupon.objects.get().basket_id == frozen.pk

    def test_it_is_refused_where_another_is_being_paid(self, rf, dora, frozen):
        other = coupons.basket_of(dora, "9.00")
        other.freeze()
        Coupon.objects.update(basket_id=other.pk, claimed_at=timezone.now())
        view = self.look(rf, dora, frozen)
        with pytest.raises(UnableToTakePayment, match="another order is being paid with it"):
            view.handle_payment("1", None)
        assert Coupon.objects.get().basket_id == other.pk

    def test_its_points_are_looked_at(self, rf, dora, shop):
        basket = coupons.basket_of(dora, "20.00")
        hold = world.hold(dora, 500, basket_id=basket.pk)
        basket.freeze()
        assert "handle_payment" not in vars(self.look(rf, dora, basket))
        again = Hold.objects.get()
        assert (again.state, again.points) == ("open", 500)
        assert again.expires_at > hold.expires_at

    @pytest.mark.parametrize(("points", "coupon"), [(500, False), (0, True), (0, False)])
    def test_offers_of_the_shop_that_fail_stop_only_who_may_spend(
        self, rf, dora, shop, points, coupon, monkeypatch
    ):
        basket = coupons.basket_of(dora, "20.00", coupon=coupons.give(dora) if coupon else None)
        if points:
            world.hold(dora, points, basket_id=basket.pk)
        basket.freeze()
        new = coupons.as_next_seen(coupons.basket_of(dora, "9.00"))
        view = view_of(rf, dora, new, submitted=basket)
        monkeypatch.setattr(get_class("offer.applicator", "Applicator"), "apply", fail)
        receivers.on_pre_payment(view=view)
        assert ("handle_payment" in vars(view)) == bool(points or coupon)

    def test_who_has_seen_points_come_off_is_stopped_by_any_failure(self, rf, dora, shop):
        basket = coupons.basket_of(dora, "20.00")
        world.hold(dora, 500, basket_id=basket.pk)
        new = coupons.as_next_seen(coupons.basket_of(dora, "9.00"))
        view = view_of(rf, dora, new, submitted=basket)
        shown.remember(view.request, coupons.as_next_seen(basket))
        basket.freeze()
        with our_statements(fail_at=0):
            receivers.on_pre_payment(view=view)
        with pytest.raises(UnableToTakePayment, match=UNSEEN):
            view.handle_payment("1", None)

    def test_what_could_not_be_asked_about_is_taken_for_none_of_ours(self, rf, dora, frozen):
        new = coupons.as_next_seen(coupons.basket_of(dora, "9.00"))
        view = view_of(rf, dora, new, submitted=frozen)
        with our_statements(fail_at=0):
            receivers.on_pre_payment(view=view)
        assert "handle_payment" not in vars(view)
        # On PostgreSQL a statement that failed in the shop's own transaction would have spoiled it.
        assert Coupon.objects.get().basket_id is None

    def test_points_of_the_new_basket_are_not_its_concern(self, rf, dora, frozen):
        new = coupons.basket_of(dora, "20.00")
        world.hold(dora, 500, basket_id=new.pk)
        view = view_of(rf, dora, coupons.as_next_seen(new), submitted=frozen)
        points_taken_off.run(new.pk)
        receivers.on_pre_payment(view=view)
        assert "handle_payment" not in vars(view)


def fail(*args, **kwargs):
    raise RuntimeError("not ours")


def test_where_nothing_is_remembered_what_comes_off_by_now_is_charged(dora, rf, shop):
    """As by an app that has no session."""
    basket = coupons.basket_of(dora, "20.00")
    world.hold(dora, 500, basket_id=basket.pk)
    basket = coupons.as_next_seen(basket)
    view = view_of(rf, dora, basket, submitted=basket)
    del view.request.session, view.checkout_session
    receivers.on_pre_payment(view=view)
    assert "handle_payment" not in vars(view)
    assert Hold.objects.get().agreed_points == 500


def test_who_gives_up_a_payment_costs_a_query_and_a_guest_none(dora, queries):
    costs = []
    for user in (None, dora):
        basket = world.basket_with(world.product(), user=user)
        basket.freeze()
        statements = queries(basket.thaw)
        costs.append(len([sql for sql in statements if "oscar_loyalty_" in sql]))
    assert costs == [0, 1]


def view_of(rf, user, basket, *, submitted):
    """Oscar's view at the moment it submits a basket while the visitor has this one."""
    request = rf.post("/checkout/preview/")
    request.user, request.basket, request.strategy = user, basket, basket.strategy
    request.session = SessionStore()
    view = PaymentDetailsView()
    view.request = request
    view.checkout_session = get_class("checkout.utils", "CheckoutSessionData")(request)
    view.checkout_session.set_submitted_basket(submitted)
    return view
