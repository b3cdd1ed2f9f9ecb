"""Coupons: given once, their owner's alone, used once, and given back with a cancelled order."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty import api, errors, signals
from oscar_loyalty.flows import books_audited, coupon_given, due_jobs
from oscar_loyalty.models import Coupon, CouponOffer, Programme
from oscar_loyalty.program.coupons import policy
from tests import coupons, world

pytestmark = pytest.mark.django_db

Offer = get_model("offer", "ConditionalOffer")
Voucher = get_model("voucher", "Voucher")
Application = get_model("voucher", "VoucherApplication")


@pytest.fixture
def dora(programme):
    return world.customer("dora")


@pytest.fixture
def five(dora):
    """Five pounds off, Dora's."""
    return coupons.give(dora)


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


def tomorrow(days=1):
    return timezone.now() + timedelta(days=days)


class TestGiving:
    def test_a_coupon_is_a_code_for_one_use(self, dora):
        until = tomorrow(30)
        given = api.give_coupon(
            dora, "percentage", Decimal(10), expires_at=until, source="birthday-2026"
        )
        assert given.new
        assert policy.may_be_code(given.code)
        coupon = Coupon.objects.get()
        assert (coupon.key, coupon.account_id, coupon.expires_at) == (
            f"shop:{dora.loyalty_account.pk}:birthday-2026",
            dora.loyalty_account.pk,
            until,
        )
        voucher = Voucher.objects.get()
        assert (voucher.code, voucher.usage, voucher.end_datetime) == (
            given.code,
            Voucher.SINGLE_USE,
            until,
        )
        assert voucher.name == f"Coupon: 10% off ({given.code})"
        assert coupon.voucher == voucher
        assert Offer.objects.get().offer_type == Offer.VOUCHER

    def test_the_same_source_gives_once(self, dora, five):
        again = coupons.give(dora)
        assert again == five
        given = api.give_coupon(dora, "amount", Decimal(5), expires_at=tomorrow(), source="test")
        assert (given.new, given.code) == (False, five.voucher.code)
        assert (Coupon.objects.count(), Voucher.objects.count()) == (1, 1)

    def test_the_same_source_with_another_gift_is_refused(self, dora, five):
        with pytest.raises(errors.KeyReused):
            coupons.give(dora, value="6.00")
        assert (Coupon.objects.count(), Voucher.objects.count()) == (1, 1)

    def test_coupons_of_one_kind_share_one_offer(self, dora, bob):
        for user in (dora, bob):
            for source in ("spring", "autumn"):
                coupons.give(user, source=source)
        coupons.give(dora, "percentage", "5.00", source="other")
        assert (Coupon.objects.count(), Voucher.objects.count()) == (5, 5)
        assert (Offer.objects.count(), CouponOffer.objects.count()) == (2, 2)

    def test_an_offer_that_staff_deleted_is_made_again(self, dora, five):
        Offer.objects.get().delete()
        assert CouponOffer.objects.get().offer_id is None
        coupons.give(dora, source="second")
        assert CouponOffer.objects.get().offer_id == Offer.objects.get().pk

    def test_who_is_no_member_becomes_one(self, charlie):
        coupon = coupons.give(charlie)
        assert coupon.account.user == charlie

    def test_the_shop_hears_of_it(self, dora, django_capture_on_commit_callbacks):
        heard = []

        def listen(sender, account_id, coupon_id, key, **kwargs):
            heard.append((account_id, coupon_id, key))

        signals.coupon_given.connect(listen)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                coupon = coupons.give(dora)
                coupons.give(dora)
        finally:
            signals.coupon_given.disconnect(listen)
        assert heard == [(coupon.account_id, coupon.pk, coupon.key)]

    @pytest.mark.parametrize(
        ("terms", "refusal"),
        [
            ({"kind": "percentage", "value": "100.01"}, errors.InvalidCoupon),
            ({"kind": "percentage", "value": "-1"}, errors.InvalidCoupon),
            ({"kind": "percentage", "value": "0"}, errors.InvalidCoupon),
            ({"kind": "percentage", "value": "NaN"}, errors.InvalidCoupon),
            ({"kind": "amount", "value": "1000000.01"}, errors.InvalidCoupon),
            ({"kind": "amount", "value": "0.001"}, errors.InvalidCoupon),
            ({"kind": "free-shipping", "value": "1"}, errors.InvalidCoupon),
            ({"kind": "a pony", "value": "1"}, errors.InvalidCoupon),
            ({"minimum": Decimal("-1")}, errors.InvalidCoupon),
            ({"days": 0}, errors.InvalidDate),
            ({"days": -1}, errors.InvalidDate),
            ({"days": 3661}, errors.InvalidDate),
            ({"source": ""}, errors.InvalidCause),
            ({"source": "x" * 101}, errors.InvalidCause),
            ({"source": "a\x00b"}, errors.InvalidCause),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, dora, terms, refusal):
        with pytest.raises(refusal):
            coupons.give(dora, **terms)
        assert (Coupon.objects.count(), Voucher.objects.count(), Offer.objects.count()) == (0, 0, 0)

    def test_a_range_that_is_gone_is_refused(self, dora):
        music = factories.RangeFactory(name="Music")
        music_id = music.pk
        music.delete()
        music.pk = music_id
        with pytest.raises(errors.InvalidCoupon, match=r"There is no such range\."):
            coupons.give(dora, product_range=music)
        assert Coupon.objects.count() == 0

    def test_nobody_without_an_account_and_nothing_without_a_programme(self, dora):
        with pytest.raises(errors.NotAMember):
            coupons.give(AnonymousUser())
        Programme.objects.all().delete()
        with pytest.raises(errors.NoProgramme):
            coupons.give(dora)
        assert Coupon.objects.count() == 0

    def test_nobody_gives_themselves_one(self, dora):
        with pytest.raises(errors.OwnAccount):
            coupon_given.by_staff(
                dora.loyalty_account.pk,
                coupon_given.gift_of("amount", Decimal(5)),
                expires_at=tomorrow(),
                reason="goodwill",
                note="For me.",
                actor_id=dora.pk,
                source="1",
                at=timezone.now(),
            )
        assert Coupon.objects.count() == 0


class TestWhatItGives:
    @pytest.mark.parametrize(
        ("case", "terms", "prices", "total"),
        [
            ("an amount", {"value": "5.00"}, ["20.00", "10.00"], "25.00"),
            ("more than there is", {"value": "50.00"}, ["20.00"], "0.00"),
            ("a percentage", {"kind": "percentage", "value": "15"}, ["20.00", "9.99"], "25.50"),
            ("enough spent", {"minimum": Decimal("30.00")}, ["20.00", "10.00"], "25.00"),
            ("not enough", {"minimum": Decimal("30.01")}, ["20.00", "10.00"], "30.00"),
        ],
    )
    def test_comes_off_the_goods(self, dora, case, terms, prices, total):
        coupon = coupons.give(dora, **terms)
        basket = coupons.as_next_seen(coupons.basket_of(dora, *prices, coupon=coupon))
        assert basket.total_incl_tax == Decimal(total)

    def test_free_shipping(self, dora):
        coupon = coupons.give(dora, "free-shipping", "0")
        order = coupons.order(dora, "20.00", coupon=coupon, charge="4.80")
        assert (order.shipping_incl_tax, order.total_incl_tax) == (0, Decimal("20.00"))
        assert Coupon.objects.get().order_number == order.number
        assert_right()

    def test_only_the_products_of_its_range(self, dora):
        record, pot = world.product("20.00"), world.product("100.00")
        music = factories.RangeFactory(name="Music", products=[record])
        coupon = coupons.give(
            dora, "percentage", "50", product_range=music, minimum=Decimal("20.00")
        )
        basket = world.basket_with(record, pot, user=dora)
        basket.vouchers.add(coupon.voucher)
        assert coupons.as_next_seen(basket).total_incl_tax == Decimal("110.00")
        without = world.basket_with(pot, user=dora)
        without.vouchers.add(coupon.voucher)
        assert coupons.as_next_seen(without).total_incl_tax == Decimal("100.00")

    def test_a_range_that_staff_delete_widens_nothing(self, dora):
        record, pot = world.product("20.00"), world.product("100.00")
        music = factories.RangeFactory(name="Music", products=[record])
        coupon = coupons.give(dora, "percentage", "50", product_range=music)
        music.delete()
        basket = world.basket_with(record, pot, user=dora)
        basket.vouchers.add(coupon.voucher)
        assert coupons.as_next_seen(basket).total_incl_tax == Decimal("120.00")

    @pytest.mark.parametrize("exclusive", [False, True])
    def test_takes_no_other_offer_away(self, dora, exclusive):
        everything = factories.RangeFactory(name="Everything", includes_all_products=True)
        benefit = factories.BenefitFactory(type="Percentage", value=25, range=everything)
        condition = factories.ConditionFactory(type="Count", value=1, range=everything)
        factories.ConditionalOfferFactory(
            name="Sale", benefit=benefit, condition=condition, exclusive=exclusive
        )
        coupon = coupons.give(dora, "percentage", "10")
        basket = coupons.as_next_seen(coupons.basket_of(dora, "100.00", coupon=coupon))
        assert basket.total_incl_tax == Decimal("67.50")

    def test_money_of_another_currency_is_not_meant(self, dora):
        coupon = coupons.give(dora)
        percentage = coupons.give(dora, "percentage", "10", source="other")
        basket = coupons.basket_of(dora, "20.00", coupon=coupon)
        basket.lines.update(price_currency="EUR")
        assert coupons.as_next_seen(basket).total_incl_tax == Decimal("20.00")
        basket.vouchers.add(percentage.voucher)
        assert coupons.as_next_seen(basket).total_incl_tax == Decimal("18.00")

    def test_two_of_one_kind_are_used_one_after_the_other(self, dora, five):
        other = coupons.give(dora, source="other")
        basket = coupons.basket_of(dora, "20.00", coupon=five)
        basket.vouchers.add(other.voucher)
        first = coupons.ordered(basket, number="1")
        assert first.total_incl_tax == Decimal("15.00")
        assert [discount.amount for discount in first.discounts.all()] == [Decimal("5.00")]
        used = Coupon.objects.get(order_number="1")
        assert first.discounts.get().voucher_id == used.voucher_id
        assert Application.objects.get().voucher_id == used.voucher_id
        left = Coupon.objects.get(order_number="")
        second = coupons.order(dora, "20.00", coupon=left, number="2")
        assert second.total_incl_tax == Decimal("15.00")
        assert set(Coupon.objects.values_list("order_number", flat=True)) == {"1", "2"}
        assert_right()

    def test_two_percentages_of_one_kind_come_off_once(self, dora):
        basket = coupons.basket_of(dora, "100.00")
        for source in ("spring", "autumn"):
            basket.vouchers.add(coupons.give(dora, "percentage", "10", source=source).voucher)
        again = coupons.as_next_seen(basket)
        assert again.total_incl_tax == Decimal("90.00")
        again.reset_offer_applications()
        assert coupons.as_next_seen(again).total_incl_tax == Decimal("90.00")

    def test_two_of_different_kinds_come_off_together(self, dora, five):
        basket = coupons.basket_of(dora, "100.00", coupon=five)
        basket.vouchers.add(coupons.give(dora, value="7.00", source="other").voucher)
        assert coupons.as_next_seen(basket).total_incl_tax == Decimal("88.00")

    def test_two_that_ship_for_free_are_counted_once(
        self, dora, django_capture_on_commit_callbacks
    ):
        basket = coupons.basket_of(dora, "20.00")
        for source in ("spring", "autumn"):
            basket.vouchers.add(coupons.give(dora, "free-shipping", "0", source=source).voucher)
        with django_capture_on_commit_callbacks(execute=True):
            order = coupons.ordered(basket, number="1", charge="4.80")
        assert order.total_incl_tax == Decimal("20.00")
        discount = order.discounts.get()
        assert (discount.amount, discount.frequency) == (Decimal("4.80"), 1)
        offer = Offer.objects.get()
        assert (offer.num_applications, offer.num_orders) == (1, 1)
        assert sorted(Coupon.objects.values_list("order_number", flat=True)) == ["", "1"]
        assert_right()


class TestWhose:
    def test_other_members_and_guests_get_nothing_off(self, five, bob):
        for owner in (bob, None):
            basket = coupons.basket_of(owner, "20.00", coupon=five)
            again = coupons.as_next_seen(basket, owner or AnonymousUser())
            assert again.total_incl_tax == Decimal("20.00")

    def test_the_offer_alone_asks_who_owns_one(self, dora, bob, five):
        """Oscar asks whether a voucher is for a basket without saying which."""
        for owner, available in ((dora, True), (bob, False)):
            basket = coupons.basket_of(owner, "20.00")
            assert five.voucher.is_available_for_basket(basket)[0] is available

    def test_a_coupon_that_gave_nothing_stays_good(self, bob, five):
        """Oscar counts every voucher of a basket as used, whatever it gave."""
        coupons.order(bob, "20.00", coupon=five, number="1")
        assert Application.objects.count() == 0
        order = coupons.order(five.account.user, "20.00", coupon=five, number="2")
        assert order.total_incl_tax == Decimal("15.00")
        assert coupons.chain() == [("2", False, None)]
        assert_right()


class TestUsedOnce:
    def test_an_order_claims_it(self, dora, five):
        order = coupons.order(dora, "20.00", coupon=five)
        assert order.total_incl_tax == Decimal("15.00")
        assert coupons.chain() == [(order.number, False, None)]
        basket = coupons.basket_of(dora, "20.00", coupon=five)
        assert coupons.as_next_seen(basket).total_incl_tax == Decimal("20.00")
        assert_right()

    def test_a_deleted_profile_sets_nothing_free(self, dora, five):
        """Oscar forgets with the customer that the voucher was used."""
        order = coupons.order(dora, "20.00", coupon=five)
        account = five.account
        dora.delete()
        available, _why = five.voucher.is_available_to_user(AnonymousUser())
        assert available
        assert Coupon.objects.get().order_number == order.number
        # Even where the account went on to somebody else, as by merging it.
        again = world.customer("again")
        world.forget_membership(again)
        type(account).objects.filter(pk=account.pk).update(user=again)
        basket = coupons.basket_of(again, "20.00", coupon=five)
        assert coupons.as_next_seen(basket, again).total_incl_tax == Decimal("20.00")
        assert_right()

    def test_other_baskets_lose_it(self, dora, five, django_capture_on_commit_callbacks):
        """Oscar would take the money for them, and then refuse the order."""
        waiting = coupons.basket_of(dora, "30.00", coupon=five)
        with django_capture_on_commit_callbacks(execute=True):
            order = coupons.order(dora, "20.00", coupon=five)
        assert waiting.vouchers.count() == 0
        assert order.basket.vouchers.get() == five.voucher
        assert coupons.ordered(waiting, number="2").total_incl_tax == Decimal("30.00")

    def test_what_the_signal_missed_is_claimed_later(self, dora, five):
        order = coupons.order(dora, "20.00", coupon=five)
        Coupon.objects.update(order_number="", claimed_at=None)
        old = timezone.now() - timedelta(hours=2)
        type(order).objects.update(date_placed=old)
        found = [violation.rule for violation in books_audited.run(at=timezone.now()).violations]
        assert found == ["an order claims the coupon it used"]
        assert due_jobs.run(at=timezone.now())["coupons claimed late"] == 1
        assert coupons.chain() == [(order.number, False, None)]
        assert due_jobs.run(at=timezone.now())["coupons claimed late"] == 0
        assert_right()
