"""What the programme costs: what members got, beside what they paid."""

from datetime import date
from fractions import Fraction

import pytest
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.flows import due_jobs, sales_counted
from oscar_loyalty.models import Entry, GoneOffer, Programme, Standing, TierBenefit
from oscar_loyalty.program.ledger import services as ledger
from tests import comebacks, coupons, flash_sales, world
from tests.integration.ageing import earn, on, spend
from tests.selling import asked

AT = on("2026-03-20")
FIRST = date(2026, 1, 1)


@pytest.fixture
def shop(ladder):
    """Gold has a tenth off and free shipping; nothing else is lowered."""
    everything = factories.RangeFactory(name="Everything", includes_all_products=True)
    gold = {"tier": ladder[1]}
    TierBenefit.objects.create(kind="percentage", value=10, range=everything, **gold)
    TierBenefit.objects.create(kind="free-shipping", **gold)
    due_jobs.run(at=timezone.now())
    dora = world.customer("dora")
    Standing.objects.filter(account__user=dora).update(tier=ladder[1])
    return dora


def moved(order, day):
    """The order as if it had been placed then."""
    get_model("order", "Order").objects.filter(pk=order.pk).update(date_placed=on(day))
    return order


def test_each_month(shop, charlie):
    moved(world.place(shop, "50.00", shipping="4.80"), "2026-01-10")
    world.unsignalled(charlie, "30.00", at=on("2026-01-10"))
    bob = world.customer("bob")
    used = coupons.order(bob, "20.00", coupon=coupons.give(bob))
    moved(used, "2026-02-10")
    earn(bob.loyalty_account, 500, at=on("2026-01-01"))
    spend(bob.loyalty_account, 250, at=on("2026-02-11"), kind="redeem")
    sales_counted.run(at=AT)
    rows, whole = asked("cost", FIRST, at=AT)
    # Points, tiers, coupons, flash sales, all, members' orders, and which part of these it is.
    assert [row[1:] for row in rows] == [
        (0, Fraction("9.80"), 0, 0, Fraction("9.80"), 45, Fraction("9.80") / 45),
        (Fraction("2.50"), 0, 5, 0, Fraction("7.50"), 15, Fraction(1, 2)),
        (0, 0, 0, 0, 0, 0, None),
    ]
    assert whole[1:] == (
        Fraction("2.50"),
        Fraction("9.80"),
        5,
        0,
        Fraction("17.30"),
        60,
        Fraction("17.30") / 60,
    )


def test_what_is_cancelled_has_cost_nothing(shop):
    order = moved(world.place(shop, "50.00", shipping="4.80"), "2026-01-10")
    comebacks.put(order, "Cancelled")
    sales_counted.run(at=AT)
    _rows, whole = asked("cost", FIRST, at=AT)
    assert whole[1:] == (0, 0, 0, 0, 0, 0, None)


def test_flash_sales_whoever_bought(programme, bob):
    teapot = world.product("20.00", title="Teapot")
    flash_sales.sale(teapot, per_customer=None, units=3)
    for number, user, day in (("1", bob, "2026-01-10"), ("2", None, "2026-02-10")):
        basket = flash_sales.basket(teapot, user, quantity=int(number))
        assert flash_sales.pay(basket)
        moved(coupons.place(basket, number=number), day)
    sales_counted.run(at=AT)
    rows, _whole = asked("cost", FIRST, at=AT)
    assert [row[4:7] for row in rows] == [(5, 5, 15), (10, 10, 0), (0, 0, 0)]


def test_what_offers_took_off_stays_when_they_are_deleted(shop):
    teapot = world.product("20.00", title="Teapot")
    flash_sales.sale(teapot)
    basket = flash_sales.basket(teapot)
    assert flash_sales.pay(basket)
    moved(coupons.place(basket), "2026-01-10")
    bob = world.customer("bob")
    moved(coupons.order(bob, "20.00", coupon=coupons.give(bob)), "2026-01-10")
    moved(world.place(shop, "50.00", shipping="4.80"), "2026-01-10")
    offers = get_model("offer", "ConditionalOffer").objects
    sales_counted.run(at=AT)
    before = asked("cost", FIRST, at=AT)
    assert before[1][2:5] == (Fraction("9.80"), 5, 5)
    get_model("offer", "Condition").objects.all().delete()
    assert not offers.exists()
    assert asked("cost", FIRST, at=AT) == before


def test_a_deleted_offer_of_the_shops_own_is_none_of_ours(shop):
    factories.create_offer().delete()
    assert not GoneOffer.objects.exists()


def test_points_that_return_cost_nothing(programme):
    Programme.objects.update(value_points=3)
    dora = world.member("dora")
    earn(dora, 100, at=on("2026-01-01"))
    spend(dora, 50, at=on("2026-01-11"), kind="redeem")
    number = Entry.objects.get(kind="redeem").order_number
    ledger.give_back(dora.pk, number, 49, at=on("2026-02-01"), least=AT, ending=lambda life: None)
    sales_counted.run(at=AT)
    rows, whole = asked("cost", FIRST, at=AT)
    assert [row[1] for row in rows] == [Fraction(50, 3), Fraction(-49, 3), 0]
    assert whole[1] == Fraction(1, 3)
