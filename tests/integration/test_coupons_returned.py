"""Coupons come back with a cancelled order, the books know, and the shop can be rid of them."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from oscar_loyalty import api
from oscar_loyalty.flows import (
    books_audited,
    coupon_given,
    coupons_returned,
    due_jobs,
    payment_begins,
    removed,
)
from oscar_loyalty.models import Coupon, Programme
from oscar_loyalty.program.terms import queries as terms_queries
from tests import comebacks, coupons, world

pytestmark = pytest.mark.django_db

Offer = get_model("offer", "ConditionalOffer")
Voucher = get_model("voucher", "Voucher")


@pytest.fixture
def dora(programme):
    return world.customer("dora")


@pytest.fixture
def five(dora):
    """Five pounds off, Dora's."""
    return coupons.give(dora)


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


class TestGivenBack:
    def test_a_cancelled_order_gives_a_new_code(self, dora, five):
        order = coupons.order(dora, "20.00", coupon=five)
        coupons.put(order, "Cancelled")
        assert coupons.chain() == [(order.number, True, None), ("", False, five.pk)]
        new = Coupon.objects.get(order_number="")
        assert new.key == f"remint:{five.pk}:{order.number}"
        assert new.voucher.code != five.voucher.code
        assert (new.gives, new.expires_at) == (five.gives, five.expires_at)
        assert Offer.objects.count() == 1
        five.voucher.refresh_from_db()
        assert five.voucher.end_datetime <= timezone.now()
        api.recalculate(order)
        assert Coupon.objects.count() == 2
        assert_right()

    def test_its_days_are_those_of_grace_at_least(self, dora):
        Programme.objects.update(return_grace_days=45)
        coupon = coupons.give(dora, days=3)
        order = coupons.order(dora, "20.00", coupon=coupon)
        coupons.put(order, "Cancelled")
        new = Coupon.objects.get(order_number="")
        last = new.issued_at.astimezone(ZoneInfo("Europe/London")).date() + timedelta(days=45)
        assert new.expires_at == terms_queries.written().end_of(last)
        assert new.voucher.end_datetime == new.expires_at

    def test_used_again_and_cancelled_again(self, dora, five):
        first = coupons.order(dora, "20.00", coupon=five, number="1")
        coupons.put(first, "Cancelled")
        second_coupon = Coupon.objects.get(order_number="")
        second = coupons.order(dora, "30.00", coupon=second_coupon, number="2")
        assert second.total_incl_tax == Decimal("25.00")
        coupons.put(second, "Cancelled")
        assert coupons.chain() == [
            ("1", True, None),
            ("2", True, five.pk),
            ("", False, second_coupon.pk),
        ]
        third = Coupon.objects.get(order_number="")
        assert third.origin == five
        assert coupons.order(dora, "9.00", coupon=third, number="3").total_incl_tax == 4
        assert_right()

    def test_reinstated_it_is_closed_and_opened_with_the_next_cancellation(self, dora, five):
        order = coupons.order(dora, "20.00", coupon=five)
        coupons.put(order, "Cancelled")
        new = Coupon.objects.get(order_number="")
        coupons.put(order, "Pending")
        assert coupons.chain() == [(order.number, True, None), ("", True, five.pk)]
        basket = coupons.basket_of(dora, "20.00", coupon=new)
        assert coupons.as_next_seen(basket).total_incl_tax == Decimal("20.00")
        assert_right()
        coupons.put(order, "Cancelled")
        assert coupons.chain() == [(order.number, True, None), ("", False, five.pk)]
        assert coupons.as_next_seen(basket).total_incl_tax == Decimal("15.00")
        assert_right()

    def test_reinstated_after_it_was_used_again_nothing_is_taken(self, dora, five):
        first = coupons.order(dora, "20.00", coupon=five, number="1")
        coupons.put(first, "Cancelled")
        new = Coupon.objects.get(order_number="")
        second = coupons.order(dora, "20.00", coupon=new, number="2")
        coupons.put(first, "Pending")
        assert coupons.chain() == [("1", True, None), ("2", False, five.pk)]
        # One coupon was given, and an order that used it stands.
        coupons.put(second, "Cancelled")
        assert Coupon.objects.count() == 2
        coupons.put(first, "Cancelled")
        assert coupons.chain()[2] == ("", False, new.pk)
        assert_right()

    def test_reinstated_while_the_new_code_is_being_paid_with(self, dora, five):
        """The payment was told what the code takes off: it is closed once that is given up."""
        first = coupons.order(dora, "20.00", coupon=five, number="1")
        coupons.put(first, "Cancelled")
        new = Coupon.objects.get(order_number="")
        basket = coupons.basket_of(dora, "30.00", coupon=new)
        basket.freeze()
        assert payment_begins.claim([new.voucher_id], basket.pk, at=timezone.now())
        coupons.put(first, "Pending")
        assert coupons.chain() == [("1", True, None), ("", False, five.pk)]
        assert due_jobs.run(at=timezone.now())["orders brought in line"] == 0
        assert coupons.as_next_seen(basket).total_incl_tax == Decimal("25.00")
        assert_right()
        basket.thaw()
        audit = books_audited.run(at=timezone.now())
        assert [one.rule for one in audit.violations] == [
            "a coupon is used or given back, not both"
        ]
        assert due_jobs.run(at=timezone.now())["orders brought in line"] == 1
        assert coupons.chain() == [("1", True, None), ("", True, five.pk)]
        assert coupons.as_next_seen(basket).total_incl_tax == Decimal("30.00")
        assert_right()

    def test_a_part_that_comes_back_gives_no_coupon(self, dora, five):
        order = coupons.order(dora, "20.00", "10.00", coupon=five)
        comebacks.send_back(order, (0, 1))
        comebacks.refund(order, "25.00")
        api.recalculate(order)
        assert coupons.chain() == [(order.number, False, None)]

    def test_the_sweep_finds_what_no_signal_told(self, dora, five):
        order = coupons.order(dora, "20.00", coupon=five)
        comebacks.put(order, "Cancelled")
        assert due_jobs.run(at=timezone.now())["orders brought in line"] == 1
        assert coupons.chain() == [(order.number, True, None), ("", False, five.pk)]
        comebacks.put(order, "Pending")
        assert due_jobs.run(at=timezone.now())["orders brought in line"] == 1
        assert coupons.chain() == [(order.number, True, None), ("", True, five.pk)]
        assert due_jobs.run(at=timezone.now())["orders brought in line"] == 0
        assert_right()

    def test_without_a_programme_too(self, dora, five):
        order = coupons.order(dora, "20.00", coupon=five)
        Programme.objects.all().delete()
        coupons.put(order, "Cancelled")
        assert coupons.chain() == [(order.number, True, None), ("", False, five.pk)]

    def test_an_expired_one_gets_the_days_of_grace(self, dora, five):
        order = coupons.order(dora, "20.00", coupon=five)
        coupons.put(order, "Cancelled")
        coupons.put(order, "Pending")
        past = timezone.now() - timedelta(days=1)
        Coupon.objects.filter(order_number="").update(
            issued_at=past - timedelta(days=1), expires_at=past
        )
        coupons.put(order, "Cancelled")
        new = Coupon.objects.get(order_number="")
        assert new.expires_at > timezone.now() + timedelta(days=29)
        assert new.voucher.is_active()

    def test_without_grace_it_is_good_for_a_whole_day(self, dora, five):
        Programme.objects.update(return_grace_days=0, time_zone="UTC")
        order = coupons.order(dora, "20.00", coupon=five)
        late = five.expires_at.replace(hour=14)
        order.status = "Cancelled"
        order.save()
        coupons_returned.run(order.number, at=late)
        midnight = late.replace(hour=0, minute=0, second=0, microsecond=0)
        assert Coupon.objects.get(order_number="").expires_at == midnight + timedelta(days=2)

    def test_where_staff_deleted_voucher_and_offer(self, dora, five):
        order = coupons.order(dora, "20.00", coupon=five)
        Voucher.objects.get().delete()
        Offer.objects.get().delete()
        coupons.put(order, "Cancelled")
        new = Coupon.objects.get(order_number="")
        basket = coupons.basket_of(dora, "20.00", coupon=new)
        assert coupons.as_next_seen(basket).total_incl_tax == Decimal("15.00")

    def test_an_order_without_coupons_costs_one_query(self, dora, django_assert_num_queries):
        with django_assert_num_queries(1):
            coupons_returned.run("no-coupon", at=timezone.now())


class TestDeletedOffers:
    """Staff delete the offer of many coupons in Oscar's dashboard."""

    @pytest.fixture(autouse=True)
    def deleted(self, five):
        Offer.objects.filter(offer_type="Voucher").delete()

    def price(self, user, coupon):
        return coupons.as_next_seen(coupons.basket_of(user, "20.00", coupon=coupon)).total_incl_tax

    @pytest.mark.parametrize("another", [False, True])
    def test_the_due_jobs_make_it_again(self, dora, five, another):
        other = coupons.give(dora, "percentage", "10", source="other")
        if another:
            six = coupons.give(dora, source="six")
            assert self.price(dora, six) == Decimal("15.00")
        audit = books_audited.run(at=timezone.now())
        assert [(one.rule, one.detail) for one in audit.violations] == [
            ("a coupon gives what it promises", f"coupon {five.pk}")
        ]
        assert self.price(dora, five) == Decimal("20.00")
        assert due_jobs.run(at=timezone.now())["coupons whose offer was deleted"] == 1
        assert self.price(dora, five) == Decimal("15.00")
        assert self.price(dora, other) == Decimal("18.00")
        assert due_jobs.run(at=timezone.now())["coupons whose offer was deleted"] == 0
        assert Offer.objects.count() == 2
        assert_right()

    def test_many_at_a_time(self, dora, five, monkeypatch):
        monkeypatch.setattr(coupon_given, "CHUNK", 2)
        codes = [coupons.give(dora, source=f"source-{turn}") for turn in range(4)]
        Offer.objects.filter(offer_type="Voucher").delete()
        assert due_jobs.run(at=timezone.now())["coupons whose offer was deleted"] == 5
        assert [self.price(dora, one) for one in (five, *codes)] == [Decimal("15.00")] * 5
        assert Offer.objects.count() == 1

    @pytest.mark.parametrize("why", ["expired", "closed", "used", "voucher deleted"])
    def test_not_for_what_nobody_can_use(self, dora, five, why):
        if why == "expired":
            coupons.days_pass(61)
        elif why == "voucher deleted":
            five.voucher.delete()
        else:
            now = timezone.now()
            change = {"order_number": "1", "claimed_at": now} if why == "used" else {}
            Coupon.objects.update(**(change or {"closed_at": now}))
        assert_right()
        assert due_jobs.run(at=timezone.now())["coupons whose offer was deleted"] == 0
        assert Offer.objects.count() == 0


class TestAudit:
    @pytest.fixture
    def books(self, dora, five):
        order = coupons.order(dora, "20.00", coupon=five, number="1")
        coupons.put(order, "Cancelled")
        old = timezone.now() - timedelta(hours=2)
        type(order).objects.update(date_placed=old)
        get_model("order", "OrderStatusChange").objects.update(date_created=old)
        return order

    def found(self):
        return {violation.rule for violation in books_audited.run(at=timezone.now()).violations}

    def test_in_order(self, books):
        assert self.found() == set()

    def test_no_replacement(self, books):
        Coupon.objects.filter(order_number="").delete()
        assert self.found() == {"a cancelled order gives its coupon back"}

    def test_no_replacement_yet(self, books):
        Coupon.objects.filter(order_number="").delete()
        type(books).objects.update(date_placed=timezone.now())
        assert self.found() == set()

    def test_a_replacement_that_was_closed(self, books):
        Coupon.objects.filter(order_number="").update(closed_at=timezone.now())
        assert self.found() == {"a cancelled order gives its coupon back"}

    def test_a_replacement_of_an_order_that_stands(self, books):
        comebacks.put(books, "Pending")
        api.recalculate(books)
        assert self.found() == set()
        Coupon.objects.filter(order_number="").update(closed_at=None)
        assert self.found() == {"a coupon is used or given back, not both"}

    def test_two_that_can_be_used(self, books, dora):
        other = coupons.give(dora, source="other")
        last = Coupon.objects.get(replaces__isnull=False)
        Coupon.objects.filter(pk=other.pk).update(origin=last.origin_id, replaces=last.pk)
        assert self.found() == {"a coupon is used or given back, not both"}

    def test_one_that_two_orders_used(self, books, dora):
        other = world.place(dora, "10.00", number="2")
        voucher = Coupon.objects.get(order_number="1").voucher
        other.discounts.create(voucher_id=voucher.pk, amount=5)
        assert self.found() == {"a coupon is used for one order"}


def test_uninstalling_removes_the_codes(dora, five):
    coupons.give(dora, "free-shipping", "0", source="other")
    coupons.order(dora, "20.00", coupon=five)
    theirs = factories.VoucherFactory(code="THEIRS")
    gone = removed.run()
    rules = {"offers": 2, "conditions": 2, "benefits": 2}
    assert gone == {**rules, "vouchers": 2, "texts of messages": 0}
    assert list(Voucher.objects.all()) == [theirs]
    for name in ("Condition", "Benefit"):
        left = get_model("offer", name).objects.filter(proxy_class__startswith="oscar_loyalty")
        assert left.count() == 0
    basket = coupons.basket_of(dora, "20.00")
    get_class("offer.applicator", "Applicator")().apply(basket, dora)
    assert basket.total_incl_tax == Decimal("20.00")
