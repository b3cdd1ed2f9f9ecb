"""A coupon belongs to the basket that is being paid with it, whatever other orders are placed."""

import logging
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from oscar.apps.order.exceptions import UnableToPlaceOrder
from oscar.core.loading import get_model

from oscar_loyalty.flows import books_audited, due_jobs, payment_begins
from oscar_loyalty.models import Coupon
from tests import coupons, world

pytestmark = pytest.mark.django_db

Order = get_model("order", "Order")
Application = get_model("voucher", "VoucherApplication")


@pytest.fixture
def dora(programme):
    return world.customer("dora")


@pytest.fixture
def five(dora):
    return coupons.give(dora)


@pytest.fixture
def at_the_bank(dora, five):
    """A frozen basket that has claimed the coupon; the bank will call."""
    basket = coupons.basket_of(dora, "20.00", coupon=five)
    basket.freeze()
    assert claim(five, basket)
    return basket


def claim(coupon, basket, **changes):
    terms = {"at": timezone.now(), **changes}
    return payment_begins.claim([coupon.voucher_id], basket.pk, **terms)


def found():
    audit = books_audited.run(at=timezone.now())
    return [(violation.rule, violation.detail) for violation in audit.violations]


@pytest.mark.parametrize("kind", [UnableToPlaceOrder, ValueError])
def test_an_order_that_sent_no_last_look_takes_it_from_no_payment(
    dora, five, at_the_bank, kind, django_capture_on_commit_callbacks
):
    """As by an API, which knows Oscar's ValueErrors; nobody can have paid for an open basket."""
    other = coupons.basket_of(dora, "30.00", coupon=five)
    with pytest.raises(kind, match="was used for another order meanwhile"):
        coupons.ordered(other, number="other")
    assert (Order.objects.count(), Application.objects.count()) == (0, 0)
    assert Coupon.objects.get().basket_id == at_the_bank.pk
    with django_capture_on_commit_callbacks(execute=True):
        order = coupons.ordered(at_the_bank, number="paid")
    assert order.total_incl_tax == Decimal("15.00")
    assert coupons.chain() == [("paid", False, None)]
    assert other.vouchers.count() == 0
    assert found() == []


def test_whoever_has_paid_is_not_refused_and_staff_are_told(dora, five, at_the_bank, caplog):
    """Two paid orders with one coupon: both stand, the second claim is none."""
    other = coupons.basket_of(dora, "30.00", coupon=five)
    other.freeze()
    with caplog.at_level(logging.ERROR, logger="oscar_loyalty"):
        order = coupons.ordered(other, number="other")
    assert order.total_incl_tax == Decimal("25.00")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", "loyalty: order other was paid with a coupon that another order has")
    ]
    assert due_jobs.run(at=timezone.now())["coupons claimed late"] == 0
    assert coupons.ordered(at_the_bank, number="paid").total_incl_tax == Decimal("15.00")
    assert coupons.chain() == [("paid", False, None)]
    assert found() == [("a coupon is used for one order", "order paid")]


def test_a_basket_that_is_not_paid_any_more_keeps_it_from_no_order(dora, five, at_the_bank):
    at_the_bank.thaw()
    order = coupons.order(dora, "30.00", coupon=five, number="other")
    assert order.total_incl_tax == Decimal("25.00")
    assert coupons.chain() == [("other", False, None)]
    assert not claim(five, at_the_bank)
    assert found() == []


@pytest.mark.parametrize("days", [0, 1, 30])
def test_no_payment_takes_it_from_a_frozen_basket_however_old(dora, five, at_the_bank, days):
    other = coupons.basket_of(dora, "30.00", coupon=five)
    other.freeze()
    later = timezone.now() + timedelta(days=days)
    assert not claim(five, other, at=later)
    assert Coupon.objects.get().basket_id == at_the_bank.pk
    at_the_bank.thaw()
    assert claim(five, other, at=later)
    assert not claim(five, at_the_bank, at=later)


class TestExpiresMeanwhile:
    """The payment was told what the coupon takes off."""

    @pytest.mark.parametrize("days", [61, 500])
    def test_for_the_basket_that_is_being_paid_it_does_not(self, dora, five, at_the_bank, days):
        coupons.days_pass(days)
        assert due_jobs.run(at=timezone.now())["coupons that expired after all"] == 0
        assert coupons.as_next_seen(at_the_bank).total_incl_tax == Decimal("15.00")
        assert claim(five, at_the_bank)
        assert coupons.ordered(at_the_bank, number="paid").total_incl_tax == Decimal("15.00")
        assert coupons.chain() == [("paid", False, None)]
        assert found() == []

    def test_for_every_other_basket_it_does(self, dora, five, at_the_bank):
        other = coupons.basket_of(dora, "30.00", coupon=five)
        coupons.days_pass(61)
        assert coupons.as_next_seen(other).total_incl_tax == Decimal("30.00")
        other.freeze()
        assert coupons.as_next_seen(other).total_incl_tax == Decimal("30.00")
        assert not five.voucher.is_available_for_basket(other)[0]
        assert coupons.ordered(other, number="other").total_incl_tax == Decimal("30.00")
        assert coupons.ordered(at_the_bank, number="paid").total_incl_tax == Decimal("15.00")
        assert found() == []

    def test_once_the_payment_is_given_up_it_has(self, dora, five, at_the_bank):
        coupons.days_pass(61)
        at_the_bank.thaw()
        assert coupons.as_next_seen(at_the_bank).total_incl_tax == Decimal("20.00")
        assert due_jobs.run(at=timezone.now())["coupons that expired after all"] == 1
        again = Coupon.objects.select_related("voucher").get()
        assert again.voucher.is_expired()
        assert again.voucher.end_datetime == again.expires_at
        assert due_jobs.run(at=timezone.now())["coupons that expired after all"] == 0

    def test_before_its_day_a_payment_that_was_given_up_changes_nothing(self, dora, at_the_bank):
        at_the_bank.thaw()
        assert due_jobs.run(at=timezone.now())["coupons that expired after all"] == 0
        assert coupons.as_next_seen(at_the_bank).total_incl_tax == Decimal("15.00")


def test_what_was_paid_without_it_keeps_it_from_nobody(dora, five, at_the_bank):
    """The payment was refused; the shopper took the coupon out and paid the full price."""
    at_the_bank.thaw()
    at_the_bank.vouchers.remove(five.voucher)
    assert coupons.ordered(at_the_bank, number="without").total_incl_tax == Decimal("20.00")
    other = coupons.basket_of(dora, "30.00", coupon=five)
    other.freeze()
    assert claim(five, other)
    other.thaw()
    order = coupons.order(dora, "30.00", coupon=five, number="with")
    assert order.total_incl_tax == Decimal("25.00")
    assert coupons.chain() == [("with", False, None)]
    assert found() == []


def test_an_order_whose_claim_failed_keeps_it_from_all_others(dora, five, at_the_bank):
    """It took something off, though the sweep has yet to say so."""
    coupons.ordered(at_the_bank, number="paid")
    Coupon.objects.update(order_number="")
    other = coupons.basket_of(dora, "30.00", coupon=five)
    other.freeze()
    assert not claim(five, other)
    assert due_jobs.run(at=timezone.now())["coupons claimed late"] == 1
    assert coupons.chain() == [("paid", False, None)]


def test_of_two_coupons_none_is_kept_when_one_cannot_be(dora, five, at_the_bank):
    tenth = coupons.give(dora, "percentage", "10", source="tenth")
    other = coupons.basket_of(dora, "30.00", coupon=tenth)
    other.vouchers.add(five.voucher)
    other.freeze()
    ids = [five.voucher_id, tenth.voucher_id]
    for vouchers in (ids, ids[::-1]):
        assert not payment_begins.claim(vouchers, other.pk, at=timezone.now())
    baskets = Coupon.objects.order_by("pk").values_list("basket_id", flat=True)
    assert list(baskets) == [at_the_bank.pk, None]
    tenth.refresh_from_db()
    assert tenth.voucher.end_datetime == tenth.expires_at


def test_the_sweep_claims_it_once_the_payment_was_given_up(dora, five, at_the_bank):
    other = coupons.basket_of(dora, "30.00", coupon=five)
    other.freeze()
    coupons.ordered(other, number="other")
    at_the_bank.thaw()
    assert due_jobs.run(at=timezone.now())["coupons claimed late"] == 1
    assert coupons.chain() == [("other", False, None)]
    assert found() == []
