"""Points for a review go with the review, or with what it is about, and may come again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oscar_loyalty import api
from oscar_loyalty.flows import (
    accounts_merged,
    books_audited,
    due_jobs,
    member_erased,
    points_expired,
    review_rewarded,
)
from oscar_loyalty.models import Account, Programme, ReviewReward
from tests import comebacks, world
from tests.reviewing import APPROVED, REJECTED, earned, offer, put, review, rewards

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]

DAY = timedelta(days=1)


@pytest.fixture
def pot(programme):
    offer(50)
    return world.product("20.00", title="Teapot")


@pytest.fixture
def order(bob, pot):
    """Two teapots and a cup for £50; the teapot is praised: 50 and 50 points."""
    made = world.place(bob, products=[pot, pot, world.product("10.00")], status="Pending")
    run(review(bob, pot))
    assert Account.objects.get(user=bob).balance == 100
    return made


def run(written):
    return review_rewarded.run(written.pk, at=timezone.now())


def written_by(user):
    return user.reviews.get()


def back(order, *items):
    comebacks.send_back(order, *items)
    api.recalculate(order)


def balance(user):
    return Account.objects.get(user=user).balance


class TestGoods:
    def test_a_part_that_comes_back_takes_nothing(self, order, bob, pot):
        back(order, (0, 1))
        assert (balance(bob), earned(bob)) == (80, [(pot.pk, 50)])

    def test_something_else_that_comes_back_takes_nothing(self, order, bob, pot):
        back(order, (1, 1))
        assert (balance(bob), earned(bob)) == (90, [(pot.pk, 50)])

    def test_all_that_comes_back_takes_them_once(self, order, bob, pot):
        back(order, (0, 2))
        assert (balance(bob), earned(bob)) == (10, [(pot.pk, 50), (pot.pk, -50)])
        api.recalculate(order)
        due_jobs.run(at=timezone.now())
        assert balance(bob) == 10
        assert not ReviewReward.objects.get().stands

    def test_a_cancelled_order_that_stands_again_gives_them_again(self, order, bob, pot):
        for status, expected in (("Cancelled", 0), ("Pending", 100), ("Cancelled", 0)):
            comebacks.put(order, status)
            api.recalculate(order)
            assert balance(bob) == expected
        assert earned(bob) == [(pot.pk, 50), (pot.pk, -50), (pot.pk, 50), (pot.pk, -50)]

    def test_the_sweep_finds_what_no_signal_told(self, order, bob):
        comebacks.put(order, "Cancelled")
        due_jobs.run(at=timezone.now())
        assert balance(bob) == 0

    def test_another_purchase_from_before_bears_them(self, bob, pot):
        first, second = (
            world.place(bob, products=[pot], status="Pending", number=number) for number in "12"
        )
        run(review(bob, pot))
        back(first, (0, 1))
        assert earned(bob) == [(pot.pk, 50)]
        assert ReviewReward.objects.get().order_number == "2"
        back(second, (0, 1))
        assert earned(bob) == [(pot.pk, 50), (pot.pk, -50)]

    def test_a_purchase_from_after_does_not(self, order, bob, pot):
        world.place(bob, products=[pot])
        back(order, (0, 2))
        assert earned(bob) == [(pot.pk, 50), (pot.pk, -50)]

    def test_an_order_that_is_deleted_stays_as_it_was(self, order, bob, pot):
        order.delete()
        due_jobs.run(at=timezone.now())
        assert earned(bob) == [(pot.pk, 50)]


class TestReview:
    def test_rejected_and_approved_again(self, order, bob, pot):
        written = written_by(bob)
        for status, expected in ((REJECTED, 50), (APPROVED, 100)):
            put(written, status)
            assert run(written)
            assert not run(written)
            assert balance(bob) == expected
        assert rewards() == [(pot.pk, written.pk, 50, True)]

    def test_deleted_and_written_anew(self, order, bob, pot):
        written = written_by(bob)
        pk = written.pk
        written.delete()
        review_rewarded.run(pk, at=timezone.now())
        assert balance(bob) == 50
        anew = review(bob, pot)
        assert run(anew)
        assert balance(bob) == 100
        assert rewards() == [(pot.pk, anew.pk, 50, True)]

    def test_gone_with_its_product_it_was_withdrawn_by_nobody(self, order, bob, pot):
        pk, product = written_by(bob).pk, pot.pk
        pot.delete()
        assert not review_rewarded.run(pk, at=timezone.now())
        due_jobs.run(at=timezone.now())
        assert earned(bob) == [(product, 50)]

    def test_whoever_leaves_keeps_what_the_books_say(self, order, bob):
        account, pk = Account.objects.get(user=bob), written_by(bob).pk
        bob.delete()
        assert not review_rewarded.run(pk, at=timezone.now())
        due_jobs.run(at=timezone.now())
        account.refresh_from_db()
        assert account.balance == 100

    def test_of_an_erased_member_nothing_is_taken(self, order, bob):
        account, written = Account.objects.get(user=bob), written_by(bob)
        member_erased.run(account.pk, at=timezone.now())
        put(written, REJECTED)
        assert not run(written)
        account.refresh_from_db()
        assert account.balance == 0


class TestHowMuch:
    @pytest.mark.parametrize(("clawback", "expected"), [("debt", -70), ("what-there-is", 0)])
    def test_what_is_spent_is_owed_or_forgiven(self, order, bob, clawback, expected):
        """Of 110 points 90 are spent; the teapots gave 40, and their review 50."""
        Programme.objects.update(clawback=clawback, redeemable=True)
        other = world.place(bob, "10.00", points=0)
        comebacks.spend(other, 90)
        back(order, (0, 2))
        assert balance(bob) == expected

    def test_no_more_comes_again_than_was_taken(self, order, bob):
        Programme.objects.update(clawback="what-there-is")
        other = world.place(bob, "10.00")
        comebacks.spend(other, 90)
        written = written_by(bob)
        assert balance(bob) == 20
        put(written, REJECTED)
        run(written)
        assert (balance(bob), ReviewReward.objects.get().taken) == (0, 20)
        put(written, APPROVED)
        run(written)
        assert (balance(bob), ReviewReward.objects.get().taken) == (20, 0)

    @pytest.mark.parametrize("merged", [False, True])
    def test_what_has_expired_is_not_taken_twice(self, order, bob, merged):
        if merged:
            ids = [Account.objects.get(user=bob).pk, world.member("eve").pk]
            clerk = world.customer().pk
            accounts_merged.run(*ids, note="-", actor_id=clerk, at=timezone.now())
        account = Account.objects.get(pk=ids[1]) if merged else Account.objects.get(user=bob)
        Programme.objects.update(expiry="after-earning", expiry_months=1, expiry_grace_days=0)
        late = timezone.now() + 60 * DAY
        points_expired.run(at=late)
        account.refresh_from_db()
        assert account.balance == 0
        put(written_by(bob), REJECTED)
        assert review_rewarded.run(written_by(bob).pk, at=late)
        account.refresh_from_db()
        assert (account.balance, ReviewReward.objects.get().taken) == (0, 0)
        put(written_by(bob), APPROVED)
        assert review_rewarded.run(written_by(bob).pk, at=late)
        account.refresh_from_db()
        assert account.balance == 0

    def test_of_a_merged_member_they_are_taken_where_they_went(self, order, bob):
        eve = world.member("eve")
        clerk = world.customer().pk
        accounts_merged.run(
            Account.objects.get(user=bob).pk, eve.pk, note="-", actor_id=clerk, at=timezone.now()
        )
        back(order, (0, 2))
        eve.refresh_from_db()
        assert eve.balance == 10


class TestAudited:
    def found(self):
        late = timezone.now() + timedelta(hours=2)
        return [violation.rule for violation in books_audited.run(at=late).violations]

    @pytest.fixture
    def spoilt(self, order):
        """Whatever a test breaks is mended before the books are looked at for good."""
        kept = list(ReviewReward.objects.values())
        yield
        ReviewReward.objects.all().delete()
        ReviewReward.objects.bulk_create(ReviewReward(**row) for row in kept)

    def test_points_that_a_reward_does_not_say(self, spoilt):
        ReviewReward.objects.update(points=49)
        assert self.found() == ["points for a review are in the books"]

    def test_points_without_a_reward(self, spoilt):
        ReviewReward.objects.all().delete()
        assert self.found() == ["points in the books were for a review"]

    def test_points_without_the_review(self, spoilt, bob):
        put(written_by(bob), REJECTED)
        assert self.found() == ["points stay with a review and what was bought"]
        put(written_by(bob), APPROVED)
