"""Points as Oscar's last offer: what comes off which line, with every tax and beside others."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone
from oscar.apps.partner import strategy
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from oscar_loyalty.flows import books_audited, redemption_changed
from oscar_loyalty.models import Entry, ExcludedRange, Hold, Programme, Standing
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.redemption import services as redemption
from oscar_loyalty.shop import baskets, offers
from tests import coupons, world
from tests.functional.sabotage import our_statements
from tests.races import at_once

pytestmark = pytest.mark.django_db

ConditionalOffer = get_model("offer", "ConditionalOffer")


class WithVat(
    strategy.UseFirstStockRecord, strategy.StockRequired, strategy.FixedRateTax, strategy.Structured
):
    """Prices in the catalogue are without tax; 20 % comes on top."""

    rate = Decimal("0.20")


class TwoRates(WithVat):
    """5 % on what costs 20.00."""

    def get_rate(self, product, stockrecord):
        return Decimal("0.05") if stockrecord.price == 20 else self.rate


class TaxLater(
    strategy.UseFirstStockRecord,
    strategy.StockRequired,
    strategy.DeferredTax,
    strategy.Structured,
):
    """The tax is known only when the goods have an address."""


@pytest.fixture
def dora(db):
    """A member with 5,000 points, worth £50."""
    world.programme(redeemable=True)
    user = world.customer("dora")
    cause = Cause("bonus", "bonus:dora")
    ledger.accrue(user.loyalty_account.pk, Accrual(5000, cause, world.MARCH))
    return user


def basket_of(user, *prices, priced_by=None, **fields):
    basket = factories.create_basket(empty=True)
    basket.owner, basket.strategy = user, priced_by or strategy.Default()
    basket.save()
    for price in prices:
        basket.add_product(world.product(price, **fields))
    return basket


def want(basket, points):
    world.hold(basket.owner, points, basket_id=basket.pk)


def as_next_seen(basket):
    """The basket as a new request reads it, with its offers, and what points take off it."""
    again = type(basket).objects.get(pk=basket.pk)
    again.strategy = basket.strategy
    get_class("offer.applicator", "Applicator")().apply(again, again.owner)
    return again, baskets.points_discount(again)


@pytest.mark.parametrize(
    ("case", "incl_tax", "prices", "wanted", "points", "off", "total"),
    [
        # 20 % on top: 10.00 → 12.00, 20.00 → 24.00, 24.99 and 3.33 → 29.988 and 3.996.
        ("seven pounds", False, ["10.00"], 700, 700, "7.00", "5.00"),
        ("seven pounds", True, ["10.00"], 700, 700, "7.00", "5.00"),
        ("over two lines", False, ["10.00", "20.00"], 700, 700, "7.00", "29.00"),
        ("over two lines", True, ["10.00", "20.00"], 700, 700, "7.00", "29.00"),
        ("all of it", False, ["10.00"], 5000, 1200, "12.00", "0.00"),
        ("all of it", True, ["10.00"], 5000, 1200, "12.00", "0.00"),
        ("a penny is left", False, ["10.00"], 1199, 1199, "11.99", "0.01"),
        ("a penny is left", True, ["10.00"], 1199, 1199, "11.99", "0.01"),
        # Without tax 7.35 and 0.99 come off; with it the lines cost 21.17 and 2.81.
        ("odd prices", False, ["24.99", "3.33"], 1000, 1000, "10.00", "23.98"),
        ("odd prices", True, ["24.99", "3.33"], 1000, 1000, "10.00", "23.98"),
        # 24.98 and 3.33 come off, and 1 penny without tax is 1 with it.
        ("odd, a penny is left", False, ["24.99", "3.33"], 3397, 3397, "33.97", "0.01"),
        # Of the second line's 4.00 there is only 3.996 to take off.
        ("odd, two are left", True, ["24.99", "3.33"], 3397, 3396, "33.96", "0.02"),
        ("odd, all of it", False, ["24.99", "3.33"], 5000, 3398, "33.98", "0.00"),
        ("odd, all of it", True, ["24.99", "3.33"], 5000, 3398, "33.98", "0.00"),
        # 3.996 is 4.00 to whoever pays.
        ("rounded up, all of it", False, ["3.33"], 5000, 400, "4.00", "0.00"),
        ("rounded up, all of it", True, ["3.33"], 5000, 400, "4.00", "0.00"),
        # 3.32 → 3.984. With 0.05 off each costs 3.92, which were 0.64 off: two get 0.04, and cost
        # 3.94.
        ("many lines", False, ["3.32"] * 10, 60, 60, "0.60", "39.24"),
        ("many lines", True, ["3.32"] * 10, 60, 60, "0.60", "39.24"),
        # 5 % on what costs 20.00: 12.00 and 21.00. Of 11.00 they pay 4.00 and 7.00; without tax
        # 3.34 and 6.67, which is 11.01, so 3.33 it is.
        ("two rates", False, ["10.00", "20.00"], 1100, 1100, "11.00", "22.00"),
        ("two rates", True, ["10.00", "20.00"], 1100, 1100, "11.00", "22.00"),
    ],
)
def test_with_tax(dora, settings, case, incl_tax, prices, wanted, points, off, total):
    settings.OSCAR_OFFERS_INCL_TAX = incl_tax
    basket = basket_of(dora, *prices, priced_by=TwoRates() if case == "two rates" else WithVat())
    want(basket, wanted)
    basket, result = as_next_seen(basket)
    assert (result.points, result.discount) == (points, Decimal(off))
    assert basket.total_incl_tax == Decimal(total)


@pytest.mark.parametrize("incl_tax", [False, True])
def test_before_the_tax_is_known(dora, settings, incl_tax):
    settings.OSCAR_OFFERS_INCL_TAX = incl_tax
    basket = basket_of(dora, "10.00", priced_by=TaxLater())
    want(basket, 700)
    basket, result = as_next_seen(basket)
    assert (result.points, basket.total_excl_tax) == (700, Decimal("3.00"))


class TestLimits:
    @pytest.mark.parametrize(
        ("terms", "wanted", "points", "off", "limit"),
        [
            ({}, 700, 700, "7.00", ""),
            ({}, 4000, 3000, "30.00", "paid"),
            ({"redeem_share": 50}, 4000, 1500, "15.00", "share"),
            ({"redeem_step": 500}, 1700, 1500, "15.00", "step"),
            ({"redeem_step": 500}, 4000, 3000, "30.00", "paid"),
            ({"redeem_minimum": 700}, 700, 700, "7.00", ""),
        ],
    )
    def test_of_the_programme(self, dora, terms, wanted, points, off, limit):
        Programme.objects.update(**terms)
        basket = basket_of(dora, "10.00", "20.00")
        want(basket, wanted)
        _basket, result = as_next_seen(basket)
        assert (result.points, result.discount, result.limit) == (points, Decimal(off), limit)

    @pytest.mark.parametrize(
        "terms",
        [
            {"redeem_minimum": 701},
            {"redeem_step": 1000},
            {"redeemable": False},
            {"redeem_without_tier": False},
            {"active": False},
            {"currency": "EUR"},
        ],
    )
    def test_where_nothing_may_be_spent(self, dora, terms):
        basket = basket_of(dora, "10.00", "20.00")
        want(basket, 700)
        Programme.objects.update(**terms)
        basket, result = as_next_seen(basket)
        assert (result, basket.total_incl_tax) == (None, Decimal("30.00"))

    def test_a_tier_that_may_not(self, dora):
        tier = world.tier("Silver", 1, "0", may_redeem=False)
        Standing.objects.update(tier=tier)
        basket = basket_of(dora, "10.00")
        want(basket, 700)
        assert as_next_seen(basket)[1] is None

    def test_what_points_cannot_pay_for(self, dora):
        """In an excluded range, or not to be discounted at all."""
        basket = basket_of(dora, "10.00", "20.00", "5.00")
        excluded, _payable, fixed = (line.product for line in basket.all_lines())
        books = factories.RangeFactory(name="Books", products=[excluded])
        ExcludedRange.objects.create(programme=Programme.objects.get(), range=books)
        type(fixed).objects.filter(pk=fixed.pk).update(is_discountable=False)
        want(basket, 5000)
        basket, result = as_next_seen(basket)
        assert (result.points, result.limit) == (2000, "paid")
        paid = [line.line_price_incl_tax_incl_discounts for line in basket.all_lines()]
        assert paid == [Decimal("10.00"), Decimal("0.00"), Decimal("5.00")]

    def test_it_grows_back_with_the_basket(self, dora):
        basket = basket_of(dora, "10.00")
        want(basket, 2500)
        assert as_next_seen(basket)[1].points == 1000
        basket.add_product(world.product("30.00"))
        assert as_next_seen(basket)[1].points == 2500
        assert Hold.objects.get().points == 2500

    def test_points_lost_meanwhile_are_not_spent(self, dora):
        earned = Accrual(2000, Cause("earn", "earn:1", "1"), world.MARCH)
        ledger.accrue(dora.loyalty_account.pk, earned)
        basket = basket_of(dora, "80.00")
        want(basket, 6500)
        ledger.settle_order(dora.loyalty_account.pk, [earned], 0, at=world.MARCH)
        assert as_next_seen(basket)[1].points == 5000


class TestBesideOtherOffers:
    def offer(self, percent, *, exclusive=False, **fields):
        everything = factories.RangeFactory(name=f"All {percent}", includes_all_products=True)
        return factories.ConditionalOfferFactory(
            condition=factories.ConditionFactory(range=everything, type="Count", value=1),
            benefit=factories.BenefitFactory(range=everything, type="Percentage", value=percent),
            exclusive=exclusive,
            **fields,
        )

    @pytest.mark.parametrize("exclusive", [False, True])
    def test_points_pay_what_is_left(self, dora, exclusive):
        self.offer(25, exclusive=exclusive)
        basket = basket_of(dora, "40.00")
        want(basket, 5000)
        basket, result = as_next_seen(basket)
        assert (result.points, basket.total_incl_tax) == (3000, Decimal("0.00"))

    @pytest.mark.parametrize(
        ("incl_tax", "by_voucher", "total"), [(False, "29.91", "19.91"), (True, "30.59", "20.59")]
    )
    def test_a_voucher_too_with_tax(self, dora, settings, incl_tax, by_voucher, total):
        """
        Oscar takes 10 % of prices with tax, 2.9988 and 0.3996, off those with tax or without.

        Without, 21.9912 and 2.9304 are left, which is 26.39 and 3.52. Of 10.00 they pay 8.82 and
        1.18: without tax 7.35 and 0.99, which is 10.01, so 7.34 it is.
        """
        settings.OSCAR_OFFERS_INCL_TAX = incl_tax
        voucher = factories.VoucherFactory(code="TENOFF")
        voucher.offers.add(self.offer(10, offer_type="Voucher", name="Ten off"))
        basket = basket_of(dora, "24.99", "3.33", priced_by=WithVat())
        basket.vouchers.add(voucher)
        assert as_next_seen(basket)[0].total_incl_tax == Decimal(by_voucher)
        want(basket, 1000)
        basket, result = as_next_seen(basket)
        assert (result.points, result.discount) == (1000, Decimal("10.00"))
        assert basket.total_incl_tax == Decimal(total)

    def test_a_voucher_too(self, dora):
        voucher = factories.VoucherFactory(code="TENOFF")
        voucher.offers.add(self.offer(10, offer_type="Voucher", name="Ten off"))
        basket = basket_of(dora, "40.00")
        basket.vouchers.add(voucher)
        want(basket, 1000)
        basket, result = as_next_seen(basket)
        assert (result.points, basket.total_incl_tax) == (1000, Decimal("26.00"))

    @pytest.mark.parametrize("priority", [-2_000_000, -1_000_000, 0])
    def test_a_second_offer_of_the_same_benefit_gives_nothing(self, dora, priority):
        ours = ConditionalOffer.objects.get()
        second = {"condition": ours.condition, "benefit": ours.benefit, "priority": priority}
        ConditionalOffer.objects.create(name="Points week", offer_type="Site", **second)
        voucher = factories.VoucherFactory(code="TWICE")
        voucher.offers.create(name="Points by code", offer_type="Voucher", **second)
        self.offer(25)
        basket = basket_of(dora, "40.00")
        basket.vouchers.add(voucher)
        want(basket, 500)
        basket, result = as_next_seen(basket)
        assert (result.points, basket.total_incl_tax) == (500, Decimal("25.00"))
        assert coupons.ordered(basket).discounts.filter(offer_id=ours.pk).get().amount == 5
        assert Entry.objects.get(kind="redeem").points == -500

    def test_offers_of_staff_do_not_stand_in_for_ours(self, dora):
        """Once it is gone, it is made anew."""
        ours = ConditionalOffer.objects.get()
        shared = {"benefit": ours.benefit}
        ConditionalOffer.objects.create(
            name="By code", offer_type="Voucher", condition=ours.condition, **shared
        )
        other = self.offer(25).condition
        ConditionalOffer.objects.create(name="By count", condition=other, **shared)
        ours.delete()
        assert offers.points_offer_id() is None
        redemption_changed.run(language="en-gb")
        made = ConditionalOffer.objects.get(pk=offers.points_offer_id())
        assert (made.name, made.priority) == ("Pay with points", -1_000_000)

    def test_queries_however_many_lines_and_offers(self, dora, django_assert_num_queries):
        """The points kept, our offer, the terms, the member, and the ranges that are excluded."""
        self.offer(25)
        basket = basket_of(dora, *["10.00"] * 8)
        want(basket, 500)
        again = type(basket).objects.get(pk=basket.pk)
        again.strategy = basket.strategy
        with our_statements() as statements:
            get_class("offer.applicator", "Applicator")().apply(again, again.owner)
        assert len(statements) == 5, statements


def test_where_a_statement_of_ours_fails_nothing_comes_off(dora):
    basket = basket_of(dora, "10.00", "20.00")
    want(basket, 700)
    with our_statements() as statements:
        again, result = as_next_seen(basket)
    assert (result.points, again.total_incl_tax) == (700, Decimal("23.00"))
    for number in range(len(statements) + 1):
        with our_statements(fail_at=number):
            again, result = as_next_seen(basket)
        assert (result, again.total_incl_tax) == (None, Decimal("30.00")), number


class TestCapturedWithoutCover:
    def capture(self, dora, points):
        redemption.capture(dora.loyalty_account.pk, 1, points, order_number="7", at=world.MARCH)
        return Hold.objects.get(state="captured")

    def test_points_that_were_kept_are_covered(self, dora):
        world.hold(dora, 700)
        assert not self.capture(dora, 700).uncovered

    def test_points_that_nobody_kept(self, dora, caplog):
        assert self.capture(dora, 700).uncovered
        assert caplog.messages == ["loyalty: order 7 was paid with points that nobody had kept"]

    def test_points_that_a_cancelled_order_took_become_a_debt(self, dora):
        earned = Accrual(2000, Cause("earn", "earn:1", "1"), world.MARCH)
        ledger.accrue(dora.loyalty_account.pk, earned)
        world.hold(dora, 7000)
        ledger.settle_order(dora.loyalty_account.pk, [earned], 0, at=world.MARCH)
        assert self.capture(dora, 7000).uncovered
        dora.loyalty_account.refresh_from_db()
        assert (dora.loyalty_account.balance, dora.loyalty_account.held) == (-2000, 0)


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    """Whoever asks in time gets the points; nobody gets them twice."""

    def choose(self, account_id, basket_id, points):
        at = timezone.now()
        until = at + timedelta(hours=1)
        return partial(redemption.hold, account_id, basket_id, points, at=at, until=until)

    def test_baskets_that_want_more_than_there_is(self, dora, require_postgres):
        account = dora.loyalty_account
        answers = at_once([self.choose(account.pk, number, 600) for number in range(1, 65)])
        assert sorted(map(str, answers)) == ["None"] * 8 + ["insufficient-points"] * 56
        account.refresh_from_db()
        assert (account.balance, account.held) == (5000, 8 * 600)
        assert Hold.objects.count() == 8
        assert books_audited.run(at=timezone.now()).violations == []

    def test_one_basket_in_many_tabs(self, dora, require_postgres):
        account = dora.loyalty_account
        at_once([self.choose(account.pk, 1, 100 * number) for number in range(1, 17)])
        account.refresh_from_db()
        assert account.held == Hold.objects.get(state="open").points
        assert books_audited.run(at=timezone.now()).violations == []

    @pytest.mark.parametrize("others", ["release", "choose", "capture"])
    def test_a_capture_against_another(self, dora, others, require_postgres):
        account = dora.loyalty_account
        self.choose(account.pk, 1, 1000)()
        spend = partial(redemption.capture, account.pk, 1, 1000, order_number="7", at=world.MARCH)
        rival = {
            "release": partial(redemption.release, 1),
            "choose": self.choose(account.pk, 1, 2000),
            "capture": spend,
        }[others]
        answers = at_once([spend, rival, spend, rival])
        assert answers.count(True) == 1
        redemption.release(1)
        account.refresh_from_db()
        assert (account.balance, account.held) == (4000, 0)
        assert Hold.objects.filter(state="captured").count() == 1
        assert books_audited.run(at=timezone.now()).violations == []
