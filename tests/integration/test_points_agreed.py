"""What a payment was told that points pay, and the points of orders that nobody captured."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty import api
from oscar_loyalty.errors import RedemptionRefused
from oscar_loyalty.flows import (
    books_audited,
    due_jobs,
    order_placed,
    payment_begins,
    points_spent,
)
from oscar_loyalty.models import Entry, Hold, Programme
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.redemption import services as redemption
from oscar_loyalty.program.redemption.policy import NOTHING, Spending
from oscar_loyalty.shop import offers, orders
from tests import coupons, world
from tests.integration.test_points_offer import WithVat, as_next_seen, basket_of, want

pytestmark = pytest.mark.django_db

FAR = world.MARCH + timedelta(days=9999)


@pytest.fixture
def dora(db):
    """A member with 5,000 points, worth £50."""
    world.programme(redeemable=True)
    user = world.customer("dora")
    cause = Cause("bonus", "bonus:dora")
    ledger.accrue(user.loyalty_account.pk, Accrual(5000, cause, world.MARCH))
    return user


@pytest.mark.parametrize(
    ("prices", "payable", "expected"),
    [(["10.00", "20.00"], 700, (700, "7.00")), (["5.00"], 700, (500, "5.00"))],
)
def test_a_frozen_basket_gives_what_the_payment_was_told(dora, prices, payable, expected):
    """And what the goods cost, where they have become cheaper than that."""
    basket = basket_of(dora, *prices)
    want(basket, payable)
    assert redemption.agree(basket.pk, Spending(700, Decimal("7.00")), until=world.MARCH)
    Programme.objects.update(redeem_minimum=1000, active=False)
    assert as_next_seen(basket)[1] is None
    basket.freeze()
    _basket, result = as_next_seen(basket)
    assert (result.points, result.discount) == (expected[0], Decimal(expected[1]))


def test_a_cent_that_taxes_round_away_is_not_rounded_away_twice(dora, settings):
    settings.OSCAR_OFFERS_INCL_TAX = False
    basket = basket_of(dora, "24.99", "3.33", priced_by=WithVat())
    want(basket, 701)
    _basket, first = as_next_seen(basket)
    assert redemption.agree(basket.pk, first.agreed, until=world.MARCH)
    basket.freeze()
    _basket, again = as_next_seen(basket)
    assert (again.points, again.discount) == (first.points, first.discount)


def test_choosing_anew_makes_void_what_a_payment_was_told(dora):
    basket = basket_of(dora, "20.00")
    want(basket, 700)
    redemption.agree(basket.pk, Spending(700, Decimal("7.00")), until=world.MARCH)
    want(basket, 300)
    basket.freeze()
    assert as_next_seen(basket)[1].points == 300


def test_a_payment_that_was_given_up_is_forgotten(dora):
    basket = basket_of(dora, "5.00")
    want(basket, 1000)
    assert redemption.agree(basket.pk, as_next_seen(basket)[1].agreed, until=world.MARCH)
    basket.freeze()
    basket.thaw()
    basket.add_product(world.product("20.00"))
    basket.freeze()
    assert as_next_seen(basket)[1].points == 1000


def test_one_that_has_begun_again_meanwhile_is_not(dora):
    basket = basket_of(dora, "5.00")
    want(basket, 500)
    basket.freeze()
    redemption.agree(basket.pk, Spending(500, Decimal("5.00")), until=world.MARCH)
    payment_begins.given_up(basket.pk)
    assert Hold.objects.get().agreed_points == 500


def test_a_payment_that_points_pay_nothing_of_is_told_so(dora):
    basket = basket_of(dora, "20.00")
    want(basket, 700)
    assert payment_begins.run(basket.pk, NOTHING, at=timezone.now())
    basket.freeze()
    again, result = as_next_seen(basket)
    assert (result, again.total_incl_tax) == (None, Decimal("20.00"))


class TestABasketThatIsBeingPaid:
    """Whoever lets go has looked at it before."""

    @pytest.fixture
    def seen(self, dora):
        basket = basket_of(dora, "20.00")
        want(basket, 700)
        type(basket).objects.update(status="Frozen")
        return basket

    def test_keeps_its_points_from_the_shopper(self, seen):
        with pytest.raises(RedemptionRefused, match="This basket is being paid"):
            api.spend_none(seen)
        assert Hold.objects.get().state == "open"

    def test_keeps_them_from_the_sweep(self, seen):
        assert redemption.release(seen.pk, unless_paid=True, due_at=FAR) == 0
        assert Hold.objects.get().state == "open"

    def test_what_was_chosen_again_meanwhile_is_kept(self, dora):
        basket = basket_of(dora, "20.00")
        want(basket, 700)
        assert redemption.release(basket.pk, due_at=world.MARCH - timedelta(days=9)) == 0
        assert redemption.release(basket.pk, due_at=FAR) == 700


class TestWhatWasMissed:
    """Orders that were placed while their points stayed kept."""

    def order(self, dora, taken, number="7"):
        """A basket of £20 with 700 points kept, and its order, which an offer made cheaper."""
        basket = basket_of(dora, "20.00")
        want(basket, 700)
        order = world.unsignalled(dora, "13.01", number=number)
        type(order).objects.filter(pk=order.pk).update(basket=basket)
        discounts = get_model("order", "OrderDiscount").objects
        offer_id = offers.points_offer_id()
        discounts.create(order=order, offer_id=offer_id, amount=Decimal(taken))
        return basket

    def spent(self):
        rows = Hold.objects.order_by("pk").values_list("state", "spent", "order_number")
        return list(rows)

    def test_is_spent_in_steps_as_the_checkout_does(self, dora):
        Programme.objects.update(redeem_step=100)
        self.order(dora, "6.99")
        assert points_spent.run_missed(at=world.MARCH) == 1
        assert self.spent() == [("captured", 700, "7")]

    def test_is_spent_as_the_payment_was_told(self, dora):
        basket = self.order(dora, "6.99")
        redemption.agree(basket.pk, Spending(700, Decimal("7.00")), until=world.MARCH)
        points_spent.run_missed(at=world.MARCH)
        assert self.spent() == [("captured", 700, "7")]

    @pytest.mark.parametrize("told", [(500, "5.00"), (1000, "10.00"), (0, "0.00")])
    def test_is_spent_as_it_came_off_where_the_payment_was_told_another(self, dora, told):
        basket = self.order(dora, "7.00")
        Hold.objects.update(agreed_points=told[0], agreed_amount=Decimal(told[1]))
        assert points_spent.run_missed(at=world.MARCH) == 1
        assert self.spent() == [("captured", 700, "7")]
        assert basket.pk == Hold.objects.get().basket_id

    def test_lets_go_where_the_order_has_paid_already(self, dora):
        self.order(dora, "7.00")
        terms = {"order_number": "7", "at": world.MARCH}
        points_spent.run(dora.loyalty_account.pk, 999_001, 650, **terms)
        assert points_spent.run_missed(at=world.MARCH) == 1
        assert self.spent() == [("released", 0, ""), ("captured", 650, "7")]
        dora.loyalty_account.refresh_from_db()
        assert dora.loyalty_account.held == 0

    def test_is_spent_where_nobody_keeps_it_any_more(self, dora, caplog):
        """The basket is gone, and took with it what it had kept."""
        self.order(dora, "7.00").delete()
        assert self.spent() == [("released", 0, "")]
        assert points_spent.run_missed(at=timezone.now()) == 1
        assert self.spent() == [("released", 0, ""), ("captured", 700, "7")]
        dora.loyalty_account.refresh_from_db()
        assert (dora.loyalty_account.balance, dora.loyalty_account.held) == (4300, 0)
        assert Hold.objects.get(state="captured").uncovered
        assert caplog.messages == ["loyalty: order 7 was paid with points that nobody had kept"]
        assert points_spent.run_missed(at=timezone.now()) == 0

    def test_is_owed_where_the_member_has_fewer(self, dora):
        self.order(dora, "7.00").delete()
        taken = Cause("adj", "adj:1", reason="other", note="-", actor="user:1")
        ledger.adjust(dora.loyalty_account.pk, -4900, taken, at=timezone.now())
        points_spent.run_missed(at=timezone.now())
        dora.loyalty_account.refresh_from_db()
        assert dora.loyalty_account.balance == -600
        assert Hold.objects.get(state="captured").uncovered

    def test_is_spent_only_as_far_back_as_the_sweep_looks(self, dora, settings):
        settings.OSCAR_LOYALTY_SWEEP_DAYS = 30
        self.order(dora, "7.00").delete()
        get_model("order", "Order").objects.update(date_placed=timezone.now() - timedelta(days=31))
        assert points_spent.run_missed(at=timezone.now()) == 0
        assert self.spent() == [("released", 0, "")]

    def test_of_a_customer_who_is_gone_or_no_member_is_nobodys(self, dora):
        self.order(dora, "7.00", number="7").delete()
        self.order(dora, "7.00", number="8").delete()
        charlie = world.customer("charlie")
        world.forget_membership(charlie)
        placed = get_model("order", "Order").objects
        placed.filter(number="7").update(user=None)
        placed.filter(number="8").update(user=charlie)
        assert points_spent.run_missed(at=timezone.now()) == 0
        assert not Entry.objects.filter(kind="redeem").exists()

    def test_of_a_cancelled_order_is_returned_by_the_same_run(self, dora):
        self.order(dora, "7.00").delete()
        get_model("order", "Order").objects.update(status="Cancelled")
        due_jobs.run(at=timezone.now())
        hold = Hold.objects.get(state="captured")
        assert (hold.spent, hold.returned) == (700, 700)
        assert books_audited.run(at=timezone.now()).violations == []

    def test_is_looked_for_in_three_queries_however_many(self, dora, django_assert_num_queries):
        """Our offer, what it took off orders that spent none, the baskets that keep points."""
        for number in "789":
            world.place(dora, "20.00", number=number, points=100)
            world.place(dora, "20.00", number=f"{number}0")
        with django_assert_num_queries(3):
            assert points_spent.run_missed(at=timezone.now()) == 0

    def test_one_that_fails_stops_no_other(self, dora, monkeypatch, caplog):
        self.order(dora, "7.00", number="7")
        self.order(dora, "7.00", number="8")
        capture = redemption.capture

        def fail(*args, order_number, **kwargs):
            if order_number == "7":
                raise RuntimeError("no luck")
            return capture(*args, order_number=order_number, **kwargs)

        monkeypatch.setattr(redemption, "capture", fail)
        with pytest.raises(RuntimeError, match="1 failed, 1 done"):
            points_spent.run_missed(at=world.MARCH)
        assert self.spent() == [("open", 0, ""), ("captured", 700, "8")]


def test_the_offer_stays_when_points_can_be_spent_no_more(dora):
    """What it took off old orders is known by its number."""
    first = offers.points_offer_id()
    programme = Programme.objects.get()
    for redeemable in (False, True):
        programme.redeemable = redeemable
        programme.save()
        assert offers.points_offer_id() == first is not None


def test_no_offer_took_nothing_off(dora):
    """Discounts of offers that are gone have no number either."""
    order = world.place(dora, "20.00", number="7", points=700)
    get_model("order", "OrderDiscount").objects.update(offer_id=None)
    assert orders.paid_by(["7"], None) == {}
    assert orders.from_baskets([order.basket_id], None) == [(order.basket_id, "7", None)]


class TestTheAudit:
    """Of an order of £20 that 700 points paid for, told to the payment, an hour ago and more."""

    @pytest.fixture
    def order(self, dora):
        basket = basket_of(dora, "20.00")
        want(basket, 700)
        redemption.agree(basket.pk, Spending(700, Decimal("7.00")), until=timezone.now())
        return coupons.ordered(basket, number="7")

    def found(self, **options):
        later = timezone.now() + timedelta(hours=2)
        return [(one.rule, one.detail) for one in books_audited.run(at=later, **options).violations]

    def test_is_content(self, dora, order):
        assert self.found() == self.found(account_id=dora.loyalty_account.pk) == []

    def test_is_content_when_points_are_worth_less_by_now(self, order):
        Programme.objects.update(value_points=200)
        assert self.found() == []

    def test_finds_what_was_taken_off_and_never_spent(self, dora, order):
        """As it is for a moment, until the due jobs have run."""
        other = world.unsignalled(dora, "13.00", number="8")
        offer_id = offers.points_offer_id()
        other.discounts.create(offer_id=offer_id, amount=Decimal("7.00"))
        order_placed.run("8", at=timezone.now())
        rule = "what points took off an order is spent"
        assert books_audited.run(at=timezone.now()).violations == []
        assert self.found() == [(rule, "order 8")]
        assert self.found(account_id=dora.loyalty_account.pk) == [(rule, "order 8")]
        assert self.found(account_id=world.member("bob").pk) == []
        due_jobs.run(at=timezone.now())
        assert self.found() == []

    @pytest.mark.parametrize("by_ours", [True, False])
    def test_finds_what_is_worth_more_than_the_points(self, order, by_ours):
        """By our offer, or by another that gives the same."""
        offer = get_model("offer", "ConditionalOffer").objects.get()
        if not by_ours:
            offer.pk, offer.name, offer.slug = None, "Points week", "points-week"
            offer.save()
        order.discounts.create(offer_id=offer.pk, amount=Decimal("0.01"))
        rule = "points take off no more than they are worth"
        assert self.found() == [(rule, "order 7")]
