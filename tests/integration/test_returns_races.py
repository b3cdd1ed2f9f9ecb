"""What comes back meets what is spent, at the same moment."""

from functools import partial

import pytest
from django.db import connection
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty.flows import books_audited, order_recalculated
from oscar_loyalty.models import Account, Award, Entry, Hold
from oscar_loyalty.program.redemption import services as redemption
from tests import comebacks, world
from tests.races import LONG_ENOUGH_MS, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("require_postgres")]


@pytest.fixture(autouse=True)
def _patience(settings):
    settings.OSCAR_LOYALTY_LOCK_TIMEOUT_MS = LONG_ENOUGH_MS


def recalculate(order):
    return order_recalculated.run(str(order.number), at=timezone.now()).points


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


@pytest.mark.parametrize("turn", range(6))
def test_a_refund_against_a_redemption(programme, turn):
    """Whoever comes first: the points are spent once, or not at all, and nothing is lost."""
    user = world.customer()
    order = world.place(user, "100.00", status="Pending")
    account_id = Account.objects.get(user=user).pk
    comebacks.put(order, "Cancelled")
    now = timezone.now()

    def redeem():
        redemption.hold(account_id, 77, 100, at=now, until=now)
        return redemption.capture(account_id, 77, 100, order_number="other", at=now)

    acts = [partial(recalculate, order), redeem]
    answers = at_once(acts[:: -1 if turn % 2 else 1])
    assert -100 in answers
    spent = True in answers
    assert spent or "insufficient-points" in answers
    account = Account.objects.get(pk=account_id)
    assert (account.balance, account.held) == (-100 if spent else 0, 0)
    assert Award.objects.get().carried == 0
    assert_right()


def test_refunds_at_the_same_moment_add_up(programme, bob):
    order = world.place(bob, "100.00", status="Pending")
    kind = get_model("payment", "SourceType").objects.create(name="Till")
    order.sources.create(source_type=kind, currency="GBP", amount_debited=100)
    at_once(partial(comebacks.refund, order, "10.01") for _clerk in range(6))
    assert Award.objects.get().carried == 39
    claws = Entry.objects.filter(kind="claw").values_list("points", flat=True)
    assert sum(claws) == -61
    assert_right()


def test_many_look_at_a_cancelled_order_and_one_posts(programme, bob):
    world.place(bob, "500.00", number="past")
    order = world.place(bob, "100.00", number="1001", status="Pending")
    comebacks.spend(order, 200)
    comebacks.put(order, "Cancelled")
    answers = at_once([partial(recalculate, order)] * 8)
    assert sorted(answers) == [-100] + [0] * 7
    assert Hold.objects.get().returned == 200
    assert Account.objects.get(user=bob).balance == 500
    assert Entry.objects.filter(kind__in=["claw", "return"]).count() == 2
    assert_right()


def test_cancelled_and_reinstated_by_two_it_ends_as_the_shop_says(programme, bob):
    world.place(bob, "500.00", number="past")
    order = world.place(bob, "100.00", number="1001", status="Pending")
    comebacks.spend(order, 200)

    def put(status):
        comebacks.put(order, status)
        recalculate(order)

    for _turn in range(5):
        at_once([partial(put, "Cancelled"), partial(put, "Pending")])
        order.refresh_from_db()
        stands = order.status == "Pending"
        assert Award.objects.get(order_number="1001").carried == (100 if stands else 0)
        assert Hold.objects.get().returned == (0 if stands else 200)
        assert Account.objects.get(user=bob).balance == (400 if stands else 500)
        assert_right()
    assert connection.vendor == "postgresql"
