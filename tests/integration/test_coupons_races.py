"""One code at the same moment in many places."""

import time
from functools import partial
from threading import Event
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.utils import timezone
from oscar.apps.order.exceptions import UnableToPlaceOrder
from oscar.core.loading import get_model

from oscar_loyalty import receivers
from oscar_loyalty.flows import (
    accounts_merged,
    books_audited,
    coupon_used,
    due_jobs,
    member_erased,
    payment_begins,
)
from oscar_loyalty.models import Account, Award, Coupon, Hold, Programme
from oscar_loyalty.program.coupons import services as coupon_services
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.shop import vouchers
from tests import comebacks, coupons, world
from tests.races import LONG_ENOUGH_MS, PATIENCE, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("require_postgres")]


@pytest.fixture(autouse=True)
def _patience(settings):
    settings.OSCAR_LOYALTY_LOCK_TIMEOUT_MS = LONG_ENOUGH_MS


EIGHT = 8


@pytest.fixture
def dora(programme):
    return world.customer("dora")


@pytest.fixture
def five(dora):
    return coupons.give(dora)


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


def baskets_with(coupon, user):
    """Eight baskets of one customer with the same code, all frozen for their payments."""
    made = [coupons.basket_of(user, "20.00", coupon=coupon) for _turn in range(EIGHT)]
    for basket in made:
        basket.freeze()
    return made


def test_one_of_eight_payments_gets_the_coupon(dora, five):
    baskets = baskets_with(five, dora)

    def pay(basket):
        return payment_begins.claim([five.voucher_id], basket.pk, at=timezone.now())

    answers = at_once(partial(pay, basket) for basket in baskets)
    assert sorted(answers) == [False] * 7 + [True]
    winner = baskets[answers.index(True)]
    assert Coupon.objects.get().basket_id == winner.pk
    assert pay(winner)


def test_of_eight_orders_one_is_discounted(dora, five):
    """All at once, as by an API without a last look: Oscar refuses the others by itself."""
    baskets = [coupons.basket_of(dora, "20.00", coupon=five) for _turn in range(EIGHT)]

    def order(basket):
        try:
            return str(coupons.ordered(basket).total_incl_tax)
        except (ValueError, UnableToPlaceOrder) as refused:
            return str(refused)

    answers = at_once(partial(order, basket) for basket in baskets)
    assert answers.count("15.00") == 1
    # Who came late enough saw the basket without the discount.
    others = {answer for answer in answers if answer != "15.00"}
    oscars = "This coupon has already been used"
    ours = "A coupon in your basket was used for another order meanwhile."
    assert others <= {"20.00", oscars, ours}
    orders = get_model("order", "Order").objects
    assert orders.filter(total_incl_tax=15).count() == 1
    assert orders.count() == 1 + answers.count("20.00")
    assert Coupon.objects.exclude(order_number="").count() == 1
    assert_right()


def test_eight_sweeps_and_signals_give_one_new_code(dora, five):
    order = coupons.order(dora, "20.00", coupon=five)
    comebacks.put(order, "Cancelled")

    def settle():
        return due_jobs.settle_missed(at=timezone.now())

    at_once([settle] * EIGHT)
    assert coupons.chain() == [(order.number, True, None), ("", False, five.pk)]
    assert_right()


def test_eight_forms_at_once_give_one_coupon_and_make_one_offer(dora):
    given = at_once([partial(coupons.give, dora)] * EIGHT)
    assert len({coupon.pk for coupon in given}) == 1
    assert Coupon.objects.get().voucher is not None
    sources = [f"source-{turn}" for turn in range(EIGHT)]
    at_once(partial(coupons.give, dora, value="7.00", source=source) for source in sources)
    assert Coupon.objects.filter(gives__value=7).values("gives__offer").distinct().count() == 1


@pytest.mark.parametrize("turn", range(4))
def test_reinstated_while_the_new_code_is_used(dora, five, turn):
    """Whoever comes first: an order is never refused, and never is a used code taken."""
    first = coupons.order(dora, "20.00", coupon=five, number="1")
    coupons.put(first, "Cancelled")
    new = Coupon.objects.select_related("voucher").get(order_number="")
    basket = coupons.basket_of(dora, "20.00", coupon=new)

    def order():
        with transaction.atomic():
            return str(coupons.ordered(basket, number="2").total_incl_tax)

    def reinstate():
        coupons.put(first, "Pending")

    answers = at_once([order, reinstate][:: -1 if turn % 2 else 1])
    total = next(answer for answer in answers if answer)
    due_jobs.run(at=timezone.now())
    new.refresh_from_db()
    assert (total, new.order_number) in {("15.00", "2"), ("20.00", "")}
    assert bool(new.closed_at) or new.order_number == "2"
    assert_right()


@pytest.mark.parametrize("turn", range(4))
def test_reinstated_while_a_payment_with_the_new_code_begins(dora, five, turn):
    """Whoever comes first: a payment that was told of the code gets it."""
    first = coupons.order(dora, "20.00", coupon=five, number="1")
    coupons.put(first, "Cancelled")
    new = Coupon.objects.get(order_number="")
    basket = coupons.basket_of(dora, "20.00", coupon=new)
    basket.freeze()

    def pay():
        return payment_begins.claim([new.voucher_id], basket.pk, at=timezone.now())

    def reinstate():
        coupons.put(first, "Pending")

    claimed = any(at_once([pay, reinstate][:: -1 if turn % 2 else 1]))
    assert coupons.ordered(basket, number="2").total_incl_tax == (15 if claimed else 20)
    due_jobs.run(at=timezone.now())
    new.refresh_from_db()
    assert (new.order_number, bool(new.closed_at)) == (("2", False) if claimed else ("", True))
    assert_right()


def test_a_payment_begins_while_its_member_is_merged():
    """The coupon first and then the account, as everybody else."""
    world.programme(redeemable=True)
    dora = world.customer("dora")
    world.place(dora, "1000.00")
    five = coupons.give(dora)
    basket = coupons.basket_of(dora, "20.00", coupon=five)
    world.hold(dora, 500, basket_id=basket.pk)
    seen = coupons.as_next_seen(basket)
    seen.freeze()
    view = SimpleNamespace(request=SimpleNamespace(basket=seen, user=dora))
    has_coupon = Event()

    def merge():
        with transaction.atomic():
            coupon_services.lock([five.account_id])
            has_coupon.set()
            wait_until_somebody_waits()
            ledger.lock([five.account_id])

    def pay():
        assert has_coupon.wait(PATIENCE)
        receivers.on_pre_payment(view=view)

    at_once([merge, pay])
    assert not hasattr(view, "handle_payment")
    assert Coupon.objects.get().basket_id == basket.pk
    assert Hold.objects.get().agreed_points == 500


def test_points_mature_while_an_order_uses_the_code_that_goes(dora, five):
    """An order stands again whose points wait for nothing any more, and the new code goes."""
    Programme.objects.update(spendable="on-status", spendable_status="Complete")
    first = coupons.order(dora, "20.00", coupon=five, number="1")
    coupons.put(first, "Cancelled")
    Programme.objects.update(spendable="at-once")
    new = Coupon.objects.get(order_number="")
    has_voucher = Event()

    def order():
        with transaction.atomic():
            vouchers.lock([new.voucher_id])
            has_voucher.set()
            wait_until_somebody_waits()
            ledger.lock([new.account_id])

    def reinstate():
        assert has_voucher.wait(PATIENCE)
        coupons.put(first, "Pending")

    at_once([order, reinstate])
    assert Award.objects.get().matured
    assert coupons.chain() == [("1", True, None), ("", True, five.pk)]


@pytest.mark.parametrize("story", ["merged", "erased", "deleted"])
def test_an_order_uses_a_coupon_while_its_member_goes(dora, five, story):
    """The order has the coupon and then wants the account: nobody may have it the other way."""
    account_id, into_id = dora.loyalty_account.pk, world.member("anna").pk
    carol = world.customer("carol")
    has_coupon = Event()
    go = {
        "merged": lambda at: accounts_merged.run(
            account_id, into_id, note="Same person", actor_id=carol.pk, at=at
        ),
        "erased": lambda at: member_erased.run(account_id, at=at),
        "deleted": lambda at: type(dora).objects.get(pk=dora.pk).delete(),
    }[story]

    def order():
        with transaction.atomic():
            assert coupon_used.run(five.voucher_id, "1", basket_id=None, at=timezone.now())
            has_coupon.set()
            wait_until_somebody_waits()
            ledger.lock([account_id])

    def leave():
        assert has_coupon.wait(PATIENCE)
        go(timezone.now())

    at_once([order, leave])
    coupon = Coupon.objects.get()
    assert coupon.order_number == "1"
    assert coupon.account_id == (into_id if story == "merged" else account_id)
    assert Account.objects.filter(user=dora).exists() == (story == "merged")


def test_a_member_is_given_a_coupon_while_another_comes_back(dora, five):
    """What coupons give is locked before the account, as where one is given back."""
    account_id = dora.loyalty_account.pk
    has_gift = Event()

    def give_back():
        with transaction.atomic():
            coupon_services.offer_for(five.gives.gift)
            has_gift.set()
            wait_until_somebody_waits()
            ledger.lock([account_id])

    def give():
        assert has_gift.wait(PATIENCE)
        coupons.give(dora, source="second")

    at_once([give_back, give])
    assert Coupon.objects.count() == 2


def wait_until_somebody_waits():
    """For a lock of ours, in another connection."""
    waiting = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(f"{waiting} AND datname = current_database()")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waited")
