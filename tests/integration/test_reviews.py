"""An approved review of a buyer gets points, once for a product; nobody else's gets any."""

from datetime import datetime, timedelta
from datetime import timezone as zones

import pytest
from django.utils import timezone
from oscar.test import factories

from oscar_loyalty import api
from oscar_loyalty.flows import (
    accounts_merged,
    due_jobs,
    member_exported,
    review_rewarded,
)
from oscar_loyalty.models import Account, Entry, Message, Programme, ReviewReward
from tests import comebacks, world
from tests.mailing import switch_on
from tests.reviewing import (
    APPROVED,
    REJECTED,
    WAITING,
    earned,
    offer,
    put,
    review,
    rewards,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]

DAY = timedelta(days=1)


@pytest.fixture
def fifty(programme):
    offer(50)


@pytest.fixture
def pot():
    return world.product("20.00", title="Teapot")


@pytest.fixture
def shirt(db):
    """Two variants of a shirt."""
    parent = factories.create_product(structure="parent", title="Shirt")
    return parent, *(world.product(structure="child", parent=parent) for _size in "SL")


def run(written):
    return review_rewarded.run(written.pk, at=timezone.now())


class TestWho:
    def test_a_buyer_gets_points_once(self, fifty, bob, pot):
        order = world.place(bob, products=[pot], number="7")
        written = review(bob, pot)
        assert run(written)
        assert not run(written)
        assert earned(bob) == [(pot.pk, 50)]
        reward = ReviewReward.objects.get()
        assert (reward.account.user, reward.order_number, reward.line_id) == (
            bob,
            "7",
            order.lines.get().pk,
        )
        entry = Entry.objects.get(kind="bonus")
        assert (entry.key, entry.reason, entry.order_number) == (
            f"bonus::review:{reward.account_id}:{pot.pk}",
            "product-review",
            "",
        )

    @pytest.mark.parametrize("status", [WAITING, REJECTED])
    def test_only_when_it_is_approved(self, fifty, bob, pot, status):
        world.place(bob, products=[pot])
        written = review(bob, pot, status=status)
        assert not run(written)
        put(written, APPROVED)
        assert run(written)
        assert earned(bob) == [(pot.pk, 50)]

    def test_who_bought_something_else_gets_none(self, fifty, bob, alice, pot):
        world.place(bob, "5.00")
        world.place(alice, products=[pot])
        assert not run(review(bob, pot))
        assert (earned(bob), rewards()) == ([], [])

    def test_who_bought_it_later_gets_none_of_the_sweep_either(self, fifty, bob, pot):
        written = review(bob, pot, at=timezone.now() - DAY)
        world.place(bob, products=[pot])
        assert not run(written)
        assert due_jobs.run(at=timezone.now())["reviews brought in line"] == 0
        assert rewards() == []

    def test_nobody_gets_any_for_an_anonymous_review(self, fifty, bob, pot):
        world.place(bob, products=[pot])
        assert not run(review(None, pot, name="Bob", email="bob@example.com"))
        assert due_jobs.run(at=timezone.now())["reviews brought in line"] == 0
        assert rewards() == []

    def test_who_sent_it_back_before_gets_none(self, fifty, bob, pot):
        order = world.place(bob, products=[pot], status="Pending")
        comebacks.send_back(order, (0, 1))
        api.recalculate(order)
        assert not run(review(bob, pot))
        assert due_jobs.run(at=timezone.now())["reviews brought in line"] == 0
        assert rewards() == []

    def test_a_variant_is_reviewed_at_its_parents_page(self, fifty, bob, shirt):
        parent, small, _large = shirt
        world.place(bob, products=[small])
        assert run(review(bob, parent))
        assert earned(bob) == [(parent.pk, 50)]

    def test_page_and_variant_are_one_product(self, fifty, bob, shirt):
        parent, small, _large = shirt
        world.place(bob, products=[small])
        assert run(review(bob, small))
        assert not run(review(bob, parent))
        assert earned(bob) == [(parent.pk, 50)]

    def test_another_variant_was_not_bought(self, fifty, bob, shirt):
        _parent, small, large = shirt
        world.place(bob, products=[small])
        assert not run(review(bob, large))
        assert rewards() == []

    def test_who_was_merged_does_not_get_them_twice(self, fifty, bob, pot):
        eve, clerk = world.customer("eve"), world.customer()
        for user in (bob, eve):
            world.place(user, products=[pot])
        assert run(review(bob, pot))
        ids = [Account.objects.get(user=user).pk for user in (bob, eve)]
        accounts_merged.run(*ids, note="-", actor_id=clerk.pk, at=timezone.now())
        assert not run(review(eve, pot))
        assert len(rewards()) == 1
        rows = member_exported.run(ids[1])
        assert [row["points"] for row in rows["reviews"]] == [50]

    def test_what_was_written_before_the_programme_began_gets_none(self, fifty, bob, pot):
        world.place(bob, products=[pot], at=timezone.now() - 9 * DAY)
        written = review(bob, pot, at=timezone.now() - 8 * DAY)
        Programme.objects.update(starts_at=timezone.now() - 7 * DAY)
        assert not run(written)
        assert rewards() == []


class TestHowMuch:
    def test_without_points_the_review_is_only_noted(self, programme, bob, pot):
        world.place(bob, products=[pot])
        written = review(bob, pot)
        assert run(written)
        offer(50)
        assert not run(written)
        due_jobs.run(at=timezone.now())
        assert (earned(bob), rewards()) == ([], [(pot.pk, written.pk, 0, True)])

    def test_while_the_programme_is_off_likewise(self, fifty, bob, pot):
        world.place(bob, products=[pot])
        Programme.objects.update(active=False)
        assert run(review(bob, pot))
        Programme.objects.update(active=True)
        assert earned(bob) == []

    def test_so_many_in_a_month(self, programme, bob):
        """By the programme's clock: in London the second review comes on the first of April."""
        offer(50, monthly=1)
        products = [world.product() for _number in range(4)]
        world.place(bob, products=products)
        moments = [
            datetime(2030, month, day, hour, 30, tzinfo=zones.utc)
            for month, day, hour in ((3, 31, 22), (3, 31, 23), (4, 2, 12), (5, 1, 12))
        ]
        for product, at in zip(products, moments, strict=True):
            review_rewarded.run(review(bob, product).pk, at=at)
        assert [points for _product, _review, points, _stands in rewards()] == [50, 50, 0, 50]

    def test_the_thanks_are_queued_once(self, fifty, bob, pot):
        switch_on("review-thanks")
        world.place(bob, products=[pot])
        written = review(bob, pot)
        run(written)
        run(written)
        message = Message.objects.get()
        assert (message.kind, message.about, message.order_number) == (
            "review-thanks",
            str(written.pk),
            "",
        )


class TestSwept:
    def test_what_no_signal_told_is_found(self, fifty, bob, pot):
        world.place(bob, products=[pot])
        written = review(bob, pot, status=WAITING)
        put(written, APPROVED)
        assert due_jobs.run(at=timezone.now())["reviews brought in line"] == 1
        assert due_jobs.run(at=timezone.now())["reviews brought in line"] == 0
        assert earned(bob) == [(pot.pk, 50)]

    def test_as_far_back_as_it_looks(self, fifty, bob, pot):
        at = timezone.now()
        world.place(bob, products=[pot], at=at - 90 * DAY)
        review(bob, pot, at=at - 61 * DAY)
        assert due_jobs.run(at=at)["reviews brought in line"] == 0
        type(review(world.customer(), pot)).objects.filter(user=bob).update(
            date_created=at - 59 * DAY
        )
        assert due_jobs.run(at=at)["reviews brought in line"] == 1

    def test_what_was_rejected_unseen_is_taken_back(self, fifty, bob, pot):
        world.place(bob, products=[pot])
        written = review(bob, pot)
        run(written)
        put(written, REJECTED)
        assert due_jobs.run(at=timezone.now())["reviews brought in line"] == 1
        assert earned(bob) == [(pot.pk, 50), (pot.pk, -50)]
        assert due_jobs.run(at=timezone.now())["reviews brought in line"] == 0

    def test_one_that_fails_stops_no_other(self, fifty, bob, alice, pot, monkeypatch):
        for user in (bob, alice):
            world.place(user, products=[pot])
            review(user, pot)
        bobs = Account.objects.get(user=bob).pk
        accrue = review_rewarded.ledger.accrue

        def broken(account_id, accrual):
            if account_id == bobs:
                raise RuntimeError("disk full")
            return accrue(account_id, accrual)

        monkeypatch.setattr(review_rewarded.ledger, "accrue", broken)
        assert due_jobs.run(at=timezone.now())["reviews brought in line"] is None
        assert (earned(alice), earned(bob)) == ([(pot.pk, 50)], [])
        monkeypatch.undo()
        assert due_jobs.run(at=timezone.now())["reviews brought in line"] == 1
        assert earned(bob) == [(pot.pk, 50)]
