"""Many do the same, or the opposite, at the same moment; the books end up as if one by one."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from oscar_loyalty import signals
from oscar_loyalty.flows import (
    books_audited,
    due_jobs,
    member_joined,
    order_placed,
    order_status_changed,
    payment_begins,
    points_taken_off,
)
from oscar_loyalty.models import Account, Award, Entry, Hold, Standing, TierChange
from oscar_loyalty.program.ledger import services
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.ledger.services import corrections
from oscar_loyalty.program.redemption.policy import Spending
from tests import world
from tests.integration.test_pairs_raced import Other
from tests.races import PATIENCE, at_once

pytestmark = pytest.mark.django_db(transaction=True)

#: When nothing is kept any more that nobody pays for.
LATE = timezone.now() + timedelta(days=1)


@pytest.fixture
def account(programme):
    return world.member("dora")


def bonus(number, points=10):
    return Accrual(points, Cause("bonus", f"bonus:{number}"), world.MARCH)


def take(account, number, points):
    cause = Cause("adj", f"adj:{number}", reason="goodwill", note="Sorry", actor="user:1")
    return partial(services.adjust, account.pk, -points, cause, at=world.MARCH)


def award(order):
    return partial(order_placed.run, order.number, at=timezone.now())


def books(account):
    account.refresh_from_db()
    return account.balance, account.pending, account.seq


def assert_nothing_is_amiss():
    assert books_audited.run(at=timezone.now()).violations == []


def test_one_cause_is_posted_once(account):
    # SQLite lets one thread write at a time, and makes the others wait in real time.
    threads = 16 if connection.vendor == "postgresql" else 8
    accrue = partial(services.accrue, account.pk, bonus("same"))
    assert sorted(at_once([accrue] * threads)) == [False] * (threads - 1) + [True]
    assert books(account) == (10, 0, 1)
    assert_nothing_is_amiss()


def test_whoever_joins_several_times_at_once_joins_once(require_postgres):
    customers = [world.customer() for _number in range(5)]
    for user in customers:
        world.forget_membership(user)
    world.programme(signup_points=10)
    told = []
    receivers = {
        signals.member_joined: lambda account_id, **kwargs: told.append(("joined", account_id)),
        signals.points_earned: lambda account_id, **kwargs: told.append(("earned", account_id)),
    }
    for signal, receiver in receivers.items():
        signal.connect(receiver)
    try:
        for user in customers:
            at_once([partial(member_joined.run, user.pk, at=timezone.now())] * 6)
    finally:
        for signal, receiver in receivers.items():
            signal.disconnect(receiver)
    accounts = Account.objects.values_list("pk", flat=True)
    assert sorted(told) == sorted((what, pk) for pk in accounts for what in ("joined", "earned"))
    assert len(accounts) == len(customers)
    assert_nothing_is_amiss()


def test_many_causes_are_all_posted(account, require_postgres):
    posts = [partial(services.accrue, account.pk, bonus(number, number)) for number in range(1, 17)]
    assert at_once(posts) == [True] * 16
    assert books(account) == (136, 0, 16)
    seqs = Entry.objects.order_by("seq").values_list("seq", flat=True)
    assert list(seqs) == list(range(1, 17))
    assert_nothing_is_amiss()


def test_an_order_cancelled_by_many_is_taken_back_once(programme, bob, require_postgres):
    order = world.place(bob, "70.00")
    order.status = "Cancelled"
    order.save()
    at_once([partial(order_status_changed.run, order.number, at=timezone.now())] * 8)
    assert list(Entry.objects.order_by("seq").values_list("kind", "points")) == [
        ("earn", 70),
        ("claw", -70),
    ]
    assert_nothing_is_amiss()


def test_an_order_awarded_by_many_earns_once(ladder, bob, require_postgres):
    order = world.unsignalled(bob, "70.00")
    answers = at_once([award(order)] * 8)
    assert (answers.count(70), answers.count(None)) == (1, 7)
    assert books(bob.loyalty_account) == (70, 0, 1)
    assert_nothing_is_amiss()


def test_a_customer_who_is_no_member_joins_once(ladder, programme, charlie, require_postgres):
    programme.signup_points = 5
    programme.save()
    orders = [world.unsignalled(charlie, "10.00") for _order in range(8)]
    assert at_once(award(order) for order in orders) == [10] * 8
    assert books(Account.objects.get(user=charlie)) == (85, 0, 9)
    assert Standing.objects.filter(account__user=charlie).count() == 1
    assert_nothing_is_amiss()


def test_the_due_jobs_may_run_twice_at_the_same_time(ladder, require_postgres):
    customers = [world.customer() for _customer in range(8)]
    orders = [world.unsignalled(user, "30.00") for _round in range(5) for user in customers]
    runs = at_once([partial(due_jobs.run, at=timezone.now())] * 2)
    assert sum(run["orders awarded late"] for run in runs) == 40
    assert not any(None in run.values() for run in runs), "a job failed"
    assert Award.objects.count() == Entry.objects.count() == len(orders) == 40
    # Silver from £100, with the fourth order: the fifth earns one and a half times its amount.
    assert set(Account.objects.values_list("balance", flat=True)) == {4 * 30 + 45}
    assert TierChange.objects.count() == 8
    assert_nothing_is_amiss()


# Where a pound is worth no whole point, orders count towards tiers all the same.
@pytest.mark.parametrize("earn_amount", ["1.00", "1000.00"])
@pytest.mark.parametrize("spent_before", ["0.00", "80.00"])
def test_orders_that_together_reach_a_tier_reach_it_once(
    programme, ladder, bob, require_postgres, earn_amount, spent_before
):
    programme.earn_amount = earn_amount
    programme.save()
    if spent_before != "0.00":
        world.place(bob, spent_before)
    orders = [world.unsignalled(bob, "30.00") for _order in range(4)]
    at_once(award(order) for order in orders)
    assert list(TierChange.objects.values_list("to_name", flat=True)) == ["Silver"]
    assert world.tier_of(bob) == "Silver"
    assert_nothing_is_amiss()


def test_points_are_taken_only_as_long_as_there_are_any(account, require_postgres):
    services.accrue(account.pk, bonus("all", 300))
    answers = at_once(take(account, number, 100) for number in range(8))
    assert (answers.count(True), answers.count("insufficient-points")) == (3, 5)
    assert books(account) == (0, 0, 4)
    assert_nothing_is_amiss()


@pytest.mark.parametrize(
    ("rival", "answer"),
    [
        (points_taken_off.by_shopper, "redemption-refused"),
        (lambda basket: points_taken_off.run_expired(at=LATE), 0),
    ],
)
def test_points_of_a_basket_that_is_being_paid_stay(account, require_postgres, rival, answer):
    """Nobody sees that it is frozen before the request that began the payment is over."""
    services.accrue(account.pk, bonus("all", 300))
    basket = world.basket_with(user=account.user)
    world.hold(account.user, 200, basket_id=basket.pk)
    other = Other(rival, basket.pk)
    with transaction.atomic():
        basket.freeze()
        agreed = Spending(200, Decimal("2.00"))
        assert payment_begins.run(basket.pk, agreed, at=timezone.now())
        other.come()
    assert other.join() == answer
    hold = Hold.objects.get()
    assert (hold.state, hold.agreed_points) == ("open", 200)
    assert_nothing_is_amiss()


def test_without_the_lock_that_goes_wrong(account, require_postgres, monkeypatch):
    """The control: who does not lock sees a balance that is being spent by others."""
    services.accrue(account.pk, bonus("all", 300))
    gate = Barrier(8)

    def read(account_id):
        seen = Account.objects.get(pk=account_id)
        gate.wait(PATIENCE)
        return seen

    monkeypatch.setattr(corrections, "locked", read)
    with pytest.raises(IntegrityError):
        at_once(take(account, number, 100) for number in range(8))


def test_histories_in_opposite_order_do_not_wait_for_each_other_for_ever(
    programme, require_postgres
):
    accounts = [world.member(), world.member()]
    both_ways = [accounts, accounts[::-1]]

    def post(writer, ordered):
        for turn in range(20):
            services.post_history(
                {account.pk: [bonus(f"{writer}-{turn}-{account.pk}")] for account in ordered}
            )

    at_once(partial(post, writer, both_ways[writer % 2]) for writer in range(4))
    assert [books(account) for account in accounts] == [(800, 0, 80)] * 2
    assert_nothing_is_amiss()


def test_who_requalifies_during_the_review_keeps_the_tier(ladder, require_postgres):
    """Whichever comes first: the review looks again under the lock, the order climbs after it."""
    members = [world.customer() for _member in range(6)]
    long_ago = timezone.now() - timedelta(days=400)
    for member in members:
        old = world.unsignalled(member, "300.00", at=long_ago)
        order_placed.run(old.number, at=long_ago)
    assert {world.tier_of(member) for member in members} == {"Gold"}
    orders = [world.unsignalled(member, "300.00") for member in members]
    review = partial(due_jobs.review_tiers, at=timezone.now())
    at_once([review, *(award(order) for order in orders)])
    assert {world.tier_of(member) for member in members} == {"Gold"}
    assert_nothing_is_amiss()
