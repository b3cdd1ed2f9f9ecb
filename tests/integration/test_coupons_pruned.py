"""Codes that expired unused long ago leave the shop; whatever may still matter stays."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.flows import books_audited, coupons_pruned, due_jobs, payment_begins
from oscar_loyalty.models import Coupon
from tests import comebacks, coupons, world
from tests.races import LONG_ENOUGH_MS, at_once

pytestmark = pytest.mark.django_db

Voucher = get_model("voucher", "Voucher")
JOB = "codes that expired long ago"


@pytest.fixture
def dora(programme):
    return world.customer("dora")


@pytest.fixture
def five(dora):
    """Five pounds off for sixty days."""
    return coupons.give(dora)


def prune():
    return coupons_pruned.run(at=timezone.now())


def codes():
    return set(Voucher.objects.values_list("pk", flat=True))


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


class TestGone:
    def test_thirty_days_after_it_expired(self, dora, five):
        coupons.days_pass(89)
        assert due_jobs.run(at=timezone.now())[JOB] == 0
        assert codes() == {five.voucher_id}
        coupons.days_pass(2)
        assert due_jobs.run(at=timezone.now())[JOB] == 1
        assert codes() == set()
        five.refresh_from_db()
        assert (five.voucher_id, five.key) == (None, f"shop:{dora.loyalty_account.pk}:test")
        assert due_jobs.run(at=timezone.now())[JOB] == 0
        assert_right()

    def test_it_is_not_given_again(self, dora, five):
        coupons.days_pass(91)
        assert prune() == 1
        again = coupons.give(dora)
        assert (again.pk, again.voucher) == (five.pk, None)
        assert codes() == set()

    def test_out_of_baskets_too(self, dora, five):
        basket = coupons.basket_of(dora, "20.00", coupon=five)
        coupons.days_pass(91)
        assert prune() == 1
        assert basket.vouchers.count() == 0
        assert coupons.ordered(basket).total_incl_tax == 20

    def test_what_a_payment_claimed_and_gave_up(self, dora, five):
        basket = coupons.basket_of(dora, "20.00", coupon=five)
        basket.freeze()
        assert payment_begins.claim([five.voucher_id], basket.pk, at=timezone.now())
        Coupon.objects.update(expires_at=timezone.now() - timedelta(days=31), issued_at=LONG_AGO)
        assert due_jobs.run(at=timezone.now())[JOB] == 0
        basket.thaw()
        # Its voucher ends first, and is gone with the same run.
        assert due_jobs.run(at=timezone.now())[JOB] == 1
        assert codes() == set()
        assert_right()

    def test_many_at_a_time(self, dora, monkeypatch):
        monkeypatch.setattr(coupons_pruned, "CHUNK", 2)
        made = [coupons.give(dora, source=f"source-{turn}") for turn in range(5)]
        coupons.days_pass(91)
        kept = made[2]
        coupons.basket_of(dora, "20.00", coupon=kept).freeze()
        assert prune() == 4
        assert codes() == {kept.voucher_id}
        assert prune() == 0

    def test_only_ours(self, dora, five):
        past = timezone.now() - timedelta(days=400)
        theirs = factories.VoucherFactory(start_datetime=past, end_datetime=past)
        coupons.days_pass(91)
        assert prune() == 1
        assert codes() == {theirs.pk}

    def test_one_statement_finds_that_there_is_none(self, five, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert prune() == 0


LONG_AGO = timezone.now() - timedelta(days=200)


class TestKept:
    """None of these ever goes, however long ago it expired."""

    @pytest.fixture(autouse=True)
    def kept(self, dora, five):
        yield
        coupons.days_pass(400)
        before = codes()
        assert prune() == 0
        assert codes() == before
        assert due_jobs.run(at=timezone.now())[JOB] == 0

    def test_that_an_order_used(self, dora, five):
        coupons.order(dora, "20.00", coupon=five)

    def test_that_an_order_used_unseen_by_us(self, dora, five):
        order = coupons.order(dora, "20.00", coupon=five)
        Coupon.objects.update(order_number="", claimed_at=None, basket_id=None)
        get_model("voucher", "VoucherApplication").objects.all().delete()
        assert order.discounts.get().voucher_id == five.voucher_id

    def test_that_is_in_a_basket_at_the_bank(self, dora, five):
        coupons.basket_of(dora, "20.00", coupon=five).freeze()

    def test_that_a_payment_keeps_good(self, dora, five):
        basket = coupons.basket_of(dora, "20.00", coupon=five)
        basket.freeze()
        assert payment_begins.claim([five.voucher_id], basket.pk, at=timezone.now())

    def test_that_a_cancelled_order_gave_back(self, dora, five):
        """Stands the order again, it is closed; if not, it comes back with new days."""
        order = coupons.order(dora, "20.00", coupon=five)
        coupons.put(order, "Cancelled")

    def test_that_is_closed_while_the_order_stands_again(self, dora, five):
        order = coupons.order(dora, "20.00", coupon=five)
        coupons.put(order, "Cancelled")
        coupons.put(order, "Pending")


def test_that_oscar_counts_as_used_once_that_is_mended(dora, five):
    """Of a voucher that gave nothing the use is forgotten first."""
    application = get_model("voucher", "VoucherApplication")
    used = application(voucher=five.voucher, order=world.place(dora, "1.00"))
    application.objects.bulk_create([used])
    coupons.days_pass(91)
    assert prune() == 0
    done = due_jobs.run(at=timezone.now())
    assert (done["coupons claimed late"], done[JOB]) == (1, 1)


def test_a_replacement_comes_back_after_all(dora, five):
    """An order that is cancelled for the second time, a year later."""
    order = coupons.order(dora, "20.00", coupon=five)
    comebacks.put(order, "Cancelled")
    due_jobs.run(at=timezone.now())
    comebacks.put(order, "Pending")
    due_jobs.run(at=timezone.now())
    coupons.days_pass(400)
    due_jobs.run(at=timezone.now())
    comebacks.put(order, "Cancelled")
    due_jobs.run(at=timezone.now())
    back = Coupon.objects.select_related("voucher").get(order_number="")
    assert coupons.order(dora, "20.00", coupon=back, number="2").total_incl_tax == 15
    assert_right()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("require_postgres")
@pytest.mark.parametrize("turn", range(4))
def test_while_its_owner_tries_to_pay_with_it(dora, five, turn, settings):
    """Whoever comes first: what expired long ago is never paid with, and the code goes."""
    settings.OSCAR_LOYALTY_LOCK_TIMEOUT_MS = LONG_ENOUGH_MS
    basket = coupons.basket_of(dora, "20.00", coupon=five)
    coupons.days_pass(91)

    def pay():
        basket.freeze()
        return payment_begins.claim([five.voucher_id], basket.pk, at=timezone.now())

    acts = [pay, prune][:: -1 if turn % 2 else 1]
    answers = at_once(acts)
    assert False in answers
    basket.thaw()
    assert prune() + sum(answers) == 1
    assert coupons.ordered(basket).total_incl_tax == 20
    assert_right()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("require_postgres")
def test_two_who_prune_at_once_delete_once(dora):
    for turn in range(30):
        coupons.give(dora, source=f"source-{turn}")
    coupons.days_pass(91)
    assert sum(at_once([partial(coupons_pruned.run, at=timezone.now())] * 4)) == 30
    assert codes() == set()
    assert Coupon.objects.filter(voucher=None).count() == 30
