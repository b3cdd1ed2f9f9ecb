"""A unit of a flash sale is somebody's from before money moves, or comes back."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from oscar.apps.order.exceptions import UnableToPlaceOrder
from oscar.core.loading import get_model

from oscar_loyalty.flows import (
    books_audited,
    due_jobs,
    flash_sales_kept,
    flash_units_claimed,
    flash_units_sold,
    member_exported,
)
from oscar_loyalty.models import FlashSale, FlashSaleUnit
from tests import coupons, flash_sales, world
from tests.functional.sabotage import our_statements
from tests.races import LONG_ENOUGH_MS, at_once

pytestmark = pytest.mark.django_db

ConditionalOffer = get_model("offer", "ConditionalOffer")
FIVE, NOTHING = Decimal("5.00"), Decimal(0)


@pytest.fixture
def teapot(programme):
    return world.product("20.00", title="Teapot")


@pytest.fixture
def dora(programme):
    return world.customer("dora")


@pytest.fixture
def bought(teapot, dora):
    """The only unit, in an order of Dora's."""
    flash_sales.sale(teapot, units=1)
    basket = flash_sales.basket(teapot, dora)
    assert flash_sales.pay(basket)
    return coupons.place(basket, number="first")


def again(basket):
    """The frozen basket as the bank's call reads it."""
    return coupons.as_next_seen(basket)


def violations():
    found = books_audited.run(at=timezone.now() + timedelta(hours=2)).violations
    return [violation.rule for violation in found]


def test_a_unit_is_kept_from_others_while_it_is_paid(teapot, dora, bob):
    flash_sales.sale(teapot, units=1)
    first, second = (flash_sales.basket(teapot, user) for user in (dora, bob))
    assert [flash_sales.pay(basket) for basket in (first, second)] == [True, False]
    assert flash_sales.states() == {"claimed": 1}
    assert flash_sales.taken_off(flash_sales.basket(teapot, bob)) == NOTHING
    assert flash_sales.taken_off(again(first)) == FIVE


def test_a_payment_that_fails_gives_it_back_at_once(teapot, dora):
    flash_sales.sale(teapot)
    for user in (dora, None):
        basket = flash_sales.basket(teapot, user)
        assert flash_sales.pay(basket)
        assert flash_sales.states() == {"claimed": 1, "free": 1}
        basket.thaw()
        assert flash_sales.states() == {"free": 2}
    assert violations() == []


def test_what_was_thawed_and_is_being_paid_again_stays_claimed(teapot, dora):
    flash_sales.sale(teapot)
    basket = flash_sales.basket(teapot, dora)
    assert flash_sales.pay(basket)
    # The same basket by another request, which has begun anew before the first one has let go.
    assert flash_units_claimed.given_up(basket.pk) == 0
    assert flash_sales.states() == {"claimed": 1, "free": 1}


def test_a_payment_at_a_bank_gets_what_it_was_told_whatever_happens(teapot, dora):
    sale = flash_sales.sale(teapot)
    basket = flash_sales.basket(teapot, dora)
    assert flash_sales.pay(basket)
    sale.active = False
    sale.save()
    past = timezone.now() - timedelta(days=1)
    FlashSale.objects.update(value=1, starts_at=past, ends_at=past + timedelta(hours=1))
    flash_sales_kept.run(at=timezone.now())
    order = coupons.place(again(basket))
    assert order.total_incl_tax == Decimal("15.00")
    assert flash_sales.states() == {"free": 1, "sold": 1}
    assert violations() == []


class TestPaymentsThatTakeTooLong:
    @pytest.fixture
    def abandoned(self, teapot, dora):
        flash_sales.sale(teapot, units=1)
        basket = flash_sales.basket(teapot, dora)
        assert flash_sales.pay(basket)
        assert flash_units_claimed.run_expired(at=timezone.now()) == 0
        flash_sales.time_is_up()
        assert flash_units_claimed.run_expired(at=timezone.now()) == 1
        return basket

    def test_let_others_buy(self, teapot, abandoned, bob):
        assert flash_sales.states() == {"free": 1, "lapsed": 1}
        basket = flash_sales.basket(teapot, bob)
        assert flash_sales.pay(basket)
        assert coupons.place(basket).total_incl_tax == Decimal("15.00")
        assert violations() == []

    def test_find_what_they_were_told_while_there_are_units(self, abandoned):
        assert coupons.place(again(abandoned)).total_incl_tax == Decimal("15.00")
        assert flash_sales.states() == {"sold": 1}
        assert violations() == []

    def test_are_honoured_and_told_to_staff_where_there_are_none(
        self, teapot, abandoned, bob, caplog
    ):
        basket = flash_sales.basket(teapot, bob)
        assert flash_sales.pay(basket)
        coupons.place(basket)
        late = coupons.place(again(abandoned), number="late")
        assert late.total_incl_tax == Decimal("15.00")
        assert "order late has 1 units of a flash sale that were sold already" in caplog.text
        flash_sales_kept.run(at=timezone.now())
        assert violations() == ["a flash sale has its units, and sells no more"]

    def test_are_begun_anew_only_with_a_unit(self, teapot, abandoned, bob):
        other = flash_sales.basket(teapot, bob)
        assert flash_sales.pay(other)
        seen = again(abandoned)
        assert not flash_sales.pay(seen)
        other.thaw()
        assert flash_sales.pay(again(abandoned))
        assert flash_sales.states() == {"claimed": 1}

    def test_that_were_given_up_meanwhile_leave_nothing(self, abandoned):
        abandoned.thaw()
        assert flash_sales.states() == {"free": 1}

    def test_are_forgotten_in_the_end_and_the_sale_is_settled(self, abandoned):
        FlashSale.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
        offer = ConditionalOffer.objects.get()
        flash_sales_kept.run(at=timezone.now())
        assert FlashSale.objects.get().settled_at is None
        FlashSaleUnit.objects.filter(state="lapsed").update(
            claimed_at=timezone.now() - timedelta(days=8)
        )
        flash_sales_kept.run(at=timezone.now())
        assert FlashSale.objects.get().settled_at is not None
        offer.refresh_from_db()
        assert offer.end_datetime is not None
        assert flash_sales.states() == {"free": 1}


class TestOrdersWithoutALastLook:
    """As by an API."""

    def test_take_a_unit_when_they_are_placed(self, teapot, dora):
        flash_sales.sale(teapot, units=1)
        assert coupons.place(flash_sales.basket(teapot, dora)).total_incl_tax == Decimal("15.00")
        assert flash_sales.states() == {"sold": 1}

    def test_are_refused_where_there_is_none(self, teapot, dora, bob):
        flash_sales.sale(teapot, units=1)
        first, second = (flash_sales.basket(teapot, user) for user in (dora, bob))
        coupons.place(first)
        with pytest.raises(UnableToPlaceOrder, match="were sold meanwhile"):
            coupons.place(second)
        assert get_model("order", "Order").objects.count() == 1
        assert flash_sales.states() == {"sold": 1}
        assert violations() == []


class TestOrdersThatCameWhileWeFailed:
    @pytest.fixture
    def missed(self, teapot, dora):
        flash_sales.sale(teapot, units=1)
        basket = flash_sales.basket(teapot, dora)
        assert flash_sales.pay(basket)
        with our_statements(fail_at=0):
            order = coupons.place(basket, number="missed")
        assert order.total_incl_tax == Decimal("15.00")
        assert flash_sales.states() == {"claimed": 1}
        return order

    def test_are_found_by_the_audit_and_settled_by_the_due_jobs(self, missed):
        assert "the price of a flash sale takes a unit" in violations()
        flash_sales.time_is_up()
        done = due_jobs.run(at=timezone.now())
        assert done["flash sale units sold late, or back from an order"] == 1
        assert done["baskets whose flash sale units came back"] == 0
        assert flash_sales.states() == {"sold": 1}
        assert violations() == []


class TestCancelledOrders:
    def test_give_their_units_back_while_the_sale_is_on(self, teapot, bought, dora):
        coupons.put(bought, "Cancelled")
        assert flash_sales.states() == {"free": 1, "lapsed": 1}
        assert flash_sales.taken_off(flash_sales.basket(teapot, dora)) == FIVE
        assert violations() == []

    def test_that_stand_again_get_them_back(self, bought):
        for status in ("Cancelled", "Pending", "Pending"):
            coupons.put(bought, status)
        assert flash_sales.states() == {"sold": 1}
        assert violations() == []

    def test_are_noticed_without_a_signal(self, bought):
        type(bought).objects.update(status="Cancelled")
        assert flash_units_sold.run_missed(at=timezone.now()) == 1
        assert flash_units_sold.run_missed(at=timezone.now()) == 0
        assert flash_sales.states() == {"free": 1, "lapsed": 1}

    def test_keep_them_once_the_sale_is_settled(self, bought):
        FlashSale.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
        flash_sales_kept.run(at=timezone.now())
        coupons.put(bought, "Cancelled")
        assert flash_sales.states() == {"sold": 1}


class TestUnits:
    def test_follow_what_staff_write(self, teapot):
        sale = flash_sales.sale(teapot, units=5)
        for units in (8, 3):
            sale.units = units
            sale.save()
            assert flash_sales.states() == {"free": units}

    def test_are_not_taken_from_who_is_paying(self, teapot, bob, dora):
        sale = flash_sales.sale(teapot)
        baskets = [flash_sales.basket(teapot, user) for user in (bob, dora)]
        assert all(map(flash_sales.pay, baskets))
        sale.units = 1
        sale.save()
        assert flash_sales.states() == {"claimed": 2}
        baskets[0].thaw()
        flash_sales_kept.run(at=timezone.now())
        assert flash_sales.states() == {"claimed": 1}

    def test_of_an_extended_sale_are_sold_again(self, teapot, bob):
        sale = flash_sales.sale(teapot, starts_in=-2, hours=-1)
        flash_sales_kept.run(at=timezone.now())
        sale.refresh_from_db()
        assert sale.settled_at is not None
        sale.ends_at = timezone.now() + timedelta(hours=1)
        sale.save()
        assert flash_sales.taken_off(flash_sales.basket(teapot, bob)) == FIVE

    def test_go_with_the_sale_and_so_does_the_offer(self, teapot, silver):
        sale = flash_sales.sale(teapot, early=[(silver, 2)])
        assert ConditionalOffer.objects.count() == 1
        sale.delete()
        assert [model.objects.count() for model in (FlashSaleUnit, ConditionalOffer)] == [0, 0]
        assert list(get_model("offer", "Condition").objects.values_list("value")) == [(silver.pk,)]

    @pytest.mark.parametrize(
        "impossible",
        [
            {"state": "free", "basket_id": 1},
            {"state": "claimed", "basket_id": None},
            {"state": "sold", "basket_id": 1, "order_number": ""},
        ],
    )
    def test_say_whose_they_are(self, teapot, impossible):
        flash_sales.sale(teapot)
        with pytest.raises(IntegrityError), transaction.atomic():
            FlashSaleUnit.objects.update(**impossible)


def test_staff_who_deleted_or_bent_the_offer_get_it_back(teapot, bob):
    flash_sales.sale(teapot)
    ConditionalOffer.objects.update(priority=-1, start_datetime=None)
    ConditionalOffer.objects.get()
    flash_sales_kept.run(at=timezone.now())
    assert flash_sales.taken_off(flash_sales.basket(teapot, bob)) == FIVE
    ConditionalOffer.objects.all().delete()
    assert flash_sales.taken_off(flash_sales.basket(teapot, bob)) == NOTHING
    flash_sales_kept.run(at=timezone.now())
    assert flash_sales.taken_off(flash_sales.basket(teapot, bob)) == FIVE


class TestMembers:
    def test_merged_take_their_units_along(self, teapot, bought, dora, bob):
        world.merge(dora, bob)
        assert FlashSaleUnit.objects.get().account == bob.loyalty_account
        assert violations() == []

    def test_are_told_what_they_bought(self, bought, dora):
        (row,) = member_exported.run(dora.loyalty_account.pk)["flash_sale_units"]
        assert (row["order_number"], row["off"], str(row["flash_sale"])) == (
            "first",
            FIVE,
            "Teatime",
        )

    def test_leave_nameless_units_behind(self, bought, dora):
        dora.delete()
        unit = FlashSaleUnit.objects.get()
        assert (unit.state, unit.account.user) == ("sold", None)
        assert violations() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("require_postgres")
class TestAtTheSameMoment:
    @pytest.fixture(autouse=True)
    def _patience(self, settings):
        settings.OSCAR_LOYALTY_LOCK_TIMEOUT_MS = LONG_ENOUGH_MS

    def test_eight_baskets_of_one_member_get_one_unit(self, teapot, dora):
        flash_sales.sale(teapot, units=8)
        baskets = [flash_sales.basket(teapot, dora) for _turn in range(8)]
        answers = at_once(partial(flash_sales.pay, basket) for basket in baskets)
        assert sorted(answers) == [False] * 7 + [True]
        assert flash_sales.states() == {"claimed": 1, "free": 7}

    def test_nobody_waits_for_who_is_paying(self, teapot, dora, bob):
        """As in a shop whose requests are transactions, and whose banks are slow."""
        flash_sales.sale(teapot)
        first, second = (flash_sales.basket(teapot, user) for user in (dora, bob))
        with transaction.atomic():
            assert flash_sales.pay(first)
            assert at_once([partial(flash_sales.pay, second)]) == [True]
        assert flash_sales.states() == {"claimed": 2}

    def test_eight_sweeps_bring_back_each_unit_once(self, teapot, dora):
        flash_sales.sale(teapot)
        assert flash_sales.pay(flash_sales.basket(teapot, dora))
        flash_sales.time_is_up()
        at_once([partial(flash_units_claimed.run_expired, at=timezone.now())] * 8)
        assert flash_sales.states() == {"free": 2, "lapsed": 1}

    def test_eight_sweeps_settle_a_missed_order_once(self, teapot, dora):
        flash_sales.sale(teapot, units=8)
        basket = flash_sales.basket(teapot, dora)
        assert flash_sales.pay(basket)
        with our_statements(fail_at=0):
            coupons.place(basket, number="missed")
        at_once([partial(flash_units_sold.run_missed, at=timezone.now())] * 8)
        assert flash_sales.states() == {"free": 7, "sold": 1}
