"""A review is approved twice at the same moment, or just as it loses what it is about."""

from functools import partial

import pytest
from django.utils import timezone

from oscar_loyalty.flows import books_audited, order_recalculated, review_rewarded
from oscar_loyalty.models import Account
from tests import comebacks, world
from tests.races import LONG_ENOUGH_MS, at_once
from tests.reviewing import APPROVED, REJECTED, earned, moderate, offer, put, review

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("require_postgres")]


@pytest.fixture(autouse=True)
def _patience(settings):
    settings.OSCAR_LOYALTY_LOCK_TIMEOUT_MS = LONG_ENOUGH_MS


@pytest.fixture
def pot(programme):
    offer(50)
    return world.product("20.00")


def look(written):
    return review_rewarded.run(written.pk, at=timezone.now())


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


def test_approved_by_many_it_pays_once(bob, pot):
    world.place(bob, products=[pot])
    written = review(bob, pot, status=0)
    at_once(partial(moderate, written, APPROVED) for _clerk in range(6))
    assert earned(bob) == [(pot.pk, 50)]
    assert_right()


def test_the_limit_of_a_month_holds(bob, programme):
    offer(50, monthly=2)
    products = [world.product() for _number in range(6)]
    world.place(bob, products=products)
    written = [review(bob, product, status=0) for product in products]
    for one in written:
        put(one, APPROVED)
    at_once(partial(look, one) for one in written)
    assert sorted(points for _product, points in earned(bob)) == [50, 50]
    assert_right()


def test_rejected_by_many_it_is_taken_once(bob, pot):
    world.place(bob, products=[pot])
    written = review(bob, pot)
    at_once(partial(moderate, written, REJECTED) for _clerk in range(6))
    assert earned(bob) == [(pot.pk, 50), (pot.pk, -50)]
    assert_right()


@pytest.mark.parametrize("turn", range(4))
def test_approved_as_the_order_is_cancelled(bob, pot, turn):
    order = world.place(bob, products=[pot], status="Pending")
    written = review(bob, pot, status=0)
    put(written, APPROVED)
    comebacks.put(order, "Cancelled")
    cancel = partial(order_recalculated.run, str(order.number), at=timezone.now())
    at_once([cancel, partial(look, written)][:: -1 if turn % 2 else 1])
    assert Account.objects.get(user=bob).balance == 0
    assert_right()
