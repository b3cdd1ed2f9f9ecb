"""Two members who are one person become one account."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from oscar_loyalty import api
from oscar_loyalty.errors import (
    AccountClosed,
    InvalidCause,
    MergeRefused,
    NoteMissing,
    OwnAccount,
)
from oscar_loyalty.flows import (
    accounts_merged,
    books_audited,
    due_jobs,
    order_status_changed,
    points_adjusted,
    points_spent,
    spending_blocked,
    tier_assigned,
)
from oscar_loyalty.models import (
    Account,
    Award,
    Entry,
    Hold,
    Lot,
    MemberEvent,
    Programme,
    QualifyingEvent,
    Standing,
    TierChange,
)
from oscar_loyalty.program.ledger import queries, services
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.tiers.queries import membership_of
from tests import comebacks, world
from tests.functional.desk import books
from tests.world import JUNE, MARCH

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]


@pytest.fixture
def ann(ladder):
    """The account that goes: Silver, by an order of £150."""
    user = world.customer("ann")
    world.place(user, "150.00", number="1", status="Pending")
    return user


@pytest.fixture
def anna(ladder):
    """The account that stays: 40 points."""
    user = world.customer("anna")
    world.place(user, "40.00", number="2", status="Pending")
    return user


@pytest.fixture
def carol(programme):
    """Who works for the shop."""
    return world.customer("carol")


def account(user):
    return Account.objects.get(user=user)


def merge(gone, stays, actor, **changes):
    terms = {"note": "Same person", "actor_id": actor.pk, "at": timezone.now(), **changes}
    return accounts_merged.run(account(gone).pk, account(stays).pk, **terms)


def put(order, status):
    """The order gets a status, and the books hear of it."""
    comebacks.put(order, status)
    api.recalculate(order)


def figures(user):
    owned = account(user)
    return owned.balance, owned.pending, owned.held, owned.seq


class TestPoints:
    def test_go_over_and_the_account_is_closed(self, ann, anna, carol):
        assert merge(ann, anna, carol) == 150
        assert (figures(ann), figures(anna)) == ((0, 0, 0, 2), (190, 0, 0, 2))
        assert account(ann).merged_into == account(anna)
        gone, stays = account(ann).pk, account(anna).pk
        said = Entry.objects.filter(kind="merge").order_by("pk")
        assert list(said.values_list("account", "key", "points", "order_number")) == [
            (gone, f"merge:{gone}", -150, ""),
            (stays, f"merge:{gone}:1", 150, "1"),
        ]
        assert {(entry.note, entry.actor) for entry in said} == {
            ("Same person", f"user:{carol.pk}")
        }

    def test_keep_their_dates_and_wait_on(self, programme, anna, carol):
        ann = world.customer("ann")
        now = timezone.now()
        in_spring = now + timedelta(days=120)
        terms = [
            {"expires_at": in_spring, "earned_at": MARCH},
            {"pending": True, "available_at": in_spring, "earned_at": MARCH},
            {"pending": True},
            {"expires_at": None, "earned_at": MARCH},
        ]
        for number, dates in enumerate(terms, start=1):
            cause = Cause("bonus", f"bonus:{number}", reason="tea")
            services.accrue(account(ann).pk, Accrual(number * 10, cause, now, **dates))
        fields = ("points", "pending", "available_at", "expires_at", "earned_at")
        before = list(Lot.objects.filter(account=account(ann)).values_list(*fields))
        assert merge(ann, anna, carol) == 100
        came = Lot.objects.filter(account=account(anna)).exclude(entry__kind="earn")
        assert sorted(map(str, came.values_list(*fields))) == sorted(map(str, before))
        assert figures(anna) == (140, 50, 0, 5)

    def test_only_what_is_left_of_a_lot(self, ann, anna, carol):
        api.adjust(ann, -100, reason="other", note="-", actor=carol)
        assert merge(ann, anna, carol) == 50
        assert list(Lot.objects.filter(entry__key__startswith="merge").values_list("points")) == [
            (50,)
        ]

    def test_a_debt_goes_over_too_and_the_other_pays_it(self, ann, anna, carol):
        api.adjust(ann, -120, reason="other", note="-", actor=carol)
        put(ann.orders.get(), "Cancelled")
        assert figures(ann)[0] == -120
        assert merge(ann, anna, carol) == -120
        assert (figures(ann)[0], figures(anna)[0]) == (0, -80)

    def test_points_pay_the_debt_of_the_account_that_stays(self, ann, anna, carol):
        api.adjust(anna, -30, reason="other", note="-", actor=carol)
        put(anna.orders.get(), "Cancelled")
        assert figures(anna)[0] == -30
        merge(ann, anna, carol)
        assert figures(anna)[0] == 120
        assert Lot.objects.get(entry__key__startswith="merge").debt_paid == 30

    def test_an_empty_account_is_closed_without_an_entry(self, anna, bob, carol):
        assert merge(bob, anna, carol) == 0
        assert account(bob).merged_into == account(anna)
        assert not Entry.objects.filter(kind="merge").exists()

    def test_what_was_kept_for_a_basket_is_let_go_first(self, ann, anna, carol):
        world.hold(ann, 30, basket_id=999_001)
        merge(ann, anna, carol)
        assert list(Hold.objects.values_list("account", "state")) == [
            (account(anna).pk, "released")
        ]
        assert figures(anna) == (190, 0, 0, 2)

    def test_what_is_kept_for_a_basket_that_is_being_paid_stays_kept(self, ann, anna, carol):
        basket = world.basket_with(world.product(), user=ann)
        world.hold(ann, 30, basket_id=basket.pk)
        world.hold(ann, 20, basket_id=999_001)
        basket.freeze()
        seen = account(ann).pk
        merge(ann, anna, carol)
        open_ones = Hold.objects.filter(state="open").values_list("account", "points")
        assert list(open_ones) == [(account(anna).pk, 30)]
        assert (account(ann).held, account(anna).held) == (0, 30)
        now = timezone.now()
        assert points_spent.run(seen, basket.pk, 30, order_number="3", at=now)
        hold = Hold.objects.get(state="captured")
        assert (hold.account, hold.uncovered) == (account(anna), False)
        assert (account(anna).balance, account(anna).held) == (160, 0)

    def test_the_database_keeps_a_closed_account_empty(self, ann, anna, carol):
        merge(ann, anna, carol)
        cause = Cause("bonus", "bonus:late", reason="tea")
        with pytest.raises(IntegrityError), transaction.atomic():
            services.accrue(account(ann).pk, Accrual(10, cause, timezone.now()))
        assert figures(ann) == (0, 0, 0, 2)


class TestOrders:
    def test_of_the_closed_account_come_back_in_the_other(self, ann, anna, carol):
        order = ann.orders.get()
        merge(ann, anna, carol)
        put(order, "Cancelled")
        assert (figures(ann)[0], figures(anna)[0]) == (0, 40)
        put(order, "Pending")
        assert figures(anna)[0] == 190
        assert list(Award.objects.values_list("account", flat=True)) == [account(anna).pk] * 2

    def test_paid_with_points_give_them_back_to_the_other(self, ann, anna, carol):
        order = ann.orders.get()
        comebacks.spend(order, 50)
        merge(ann, anna, carol)
        assert figures(anna)[0] == 140
        put(order, "Cancelled")
        assert (figures(ann)[0], figures(anna)[0]) == (0, 40)
        hold = Hold.objects.get()
        assert (hold.account, hold.spent, hold.returned) == (account(anna), 50, 50)

    def test_that_wait_for_a_status_become_spendable_in_the_other(self, anna, carol):
        Programme.objects.update(spendable="on-status", spendable_status="Shipped")
        ann = world.customer("ann")
        order = world.place(ann, "70.00", number="3", status="Pending")
        merge(ann, anna, carol)
        assert figures(anna)[:2] == (110, 70)
        order.status = "Shipped"
        order.save()
        order_status_changed.run("3", at=timezone.now())
        assert figures(anna)[:2] == (110, 0)

    def test_that_wait_are_taken_back_from_what_waits(self, anna, carol):
        Programme.objects.update(spendable="on-status", spendable_status="Shipped")
        ann = world.customer("ann")
        order = world.place(ann, "70.00", number="3", status="Pending")
        merge(ann, anna, carol)
        assert figures(anna)[:2] == (110, 70)
        put(order, "Cancelled")
        assert figures(anna)[:2] == (40, 0)

    def test_paid_for_while_the_accounts_were_merged_take_points_from_the_other(
        self, ann, anna, carol
    ):
        seen = account(ann).pk
        merge(ann, anna, carol)
        order = world.place(ann, "10.00", number="3")
        now = timezone.now()
        assert points_spent.run(seen, order.basket_id, 5, order_number="3", at=now)
        assert (figures(ann)[0], figures(anna)[0]) == (0, 200)
        assert Hold.objects.get().account == account(anna)

    def test_placed_later_with_the_closed_log_in_earn_in_the_other(self, ann, anna, carol):
        merge(ann, anna, carol)
        world.place(ann, "10.00", number="4")
        assert (figures(ann), figures(anna)[0]) == ((0, 0, 0, 2), 205)  # by Silver
        assert api.balance(ann).balance == api.balance(anna).balance == 205

    def test_missed_by_the_signal_are_awarded_once_in_the_other(self, ann, anna, carol):
        world.unsignalled(ann, "20.00", number="5")
        merge(ann, anna, carol)
        for _again in range(2):
            order_status_changed.run("5", at=timezone.now())
        assert due_jobs.award_missed(at=timezone.now()) == 1
        assert due_jobs.award_missed(at=timezone.now()) == 0
        assert Award.objects.get(order_number="5").account == account(anna)

    def test_an_action_is_not_rewarded_again_after_it(self, ann, anna, carol):
        assert api.earn(ann, 5, action="review", reference="7")
        merge(ann, anna, carol)
        assert not api.earn(ann, 5, action="review", reference="7")
        assert not api.earn(anna, 5, action="review", reference="7")
        assert figures(anna)[0] == 195


class TestTiers:
    def test_the_better_one_stands(self, ann, anna, carol):
        assert (world.tier_of(ann), world.tier_of(anna)) == ("Silver", "")
        merge(ann, anna, carol)
        assert world.tier_of(anna) == "Silver"
        step = TierChange.objects.get(account=account(anna))
        assert (step.reason, step.actor, step.threshold) == ("merged", f"user:{carol.pk}", None)
        assert not Standing.objects.filter(account=account(ann)).exists()

    def test_what_both_have_made_may_reach_a_higher_one(self, ann, anna, carol):
        world.place(anna, "110.00", number="6")
        merge(ann, anna, carol)
        made = QualifyingEvent.objects.values_list("account", "spend")
        assert sorted(made) == [
            (account(anna).pk, Decimal(spend)) for spend in ("40.00", "110.00", "150.00")
        ]
        assert world.tier_of(anna) == "Gold"

    def test_a_worse_one_changes_nothing(self, ann, alice, carol):
        merge(ann, alice, carol)
        assert world.tier_of(alice) == "Gold"
        assert TierChange.objects.filter(account=account(alice)).count() == 1

    def test_one_that_staff_set_is_kept(self, ladder, ann, anna, carol):
        tier_assigned.run(account(ann).pk, ladder[1], actor_id=carol.pk, at=timezone.now())
        merge(ann, anna, carol)
        standing = Standing.objects.get(account=account(anna))
        assert (standing.tier, standing.pinned_tier) == (ladder[1], ladder[1])


class TestHistory:
    def test_says_who_did_it_and_why(self, ann, anna, carol):
        merge(ann, anna, carol)
        events = MemberEvent.objects.values_list("account", "kind", "note", "actor")
        by = ("Same person", f"user:{carol.pk}")
        assert list(events) == [
            (account(ann).pk, "merged", *by),
            (account(anna).pk, "received", *by),
        ]

    def test_of_a_chain_leads_to_the_last(self, ann, anna, alice, carol):
        merge(ann, anna, carol)
        merge(anna, alice, carol)
        assert account(ann).merged_into == account(anna).merged_into == account(alice)
        assert figures(alice)[0] == 490
        put(ann.orders.get(), "Cancelled")
        assert figures(alice)[0] == 340

    def test_a_block_goes_along(self, ann, anna, carol):
        services.block(account(ann).pk, at=MARCH)
        services.pause(account(ann).pk, until=JUNE)
        now = timezone.now()
        merge(ann, anna, carol, at=now)
        assert (account(anna).blocked_at, account(anna).paused_until) == (now, JUNE)
        said = MemberEvent.objects.get(account=account(anna), kind="blocked")
        assert (said.note, said.actor) == ("Same person", f"user:{carol.pk}")

    @pytest.mark.parametrize("restraint", ["blocked_at", "paused_until"])
    def test_a_restraint_that_comes_along_lets_go_what_is_kept(self, ann, anna, carol, restraint):
        soon = timezone.now() + timedelta(days=1)
        Account.objects.filter(pk=account(ann).pk).update(**{restraint: soon})
        world.hold(anna, 30, basket_id=999_001)
        merge(ann, anna, carol)
        assert figures(anna)[2] == 0

    def test_who_was_blocked_before_is_not_blocked_anew(self, ann, anna, carol):
        for user in (ann, anna):
            services.block(account(user).pk, at=MARCH)
        merge(ann, anna, carol)
        assert account(anna).blocked_at == MARCH
        assert not MemberEvent.objects.filter(kind="blocked").exists()


class TestRefusals:
    def refused(self, error, gone, stays, actor, **changes):
        before = books()
        with pytest.raises(error) as refusal:
            merge(gone, stays, actor, **changes)
        assert books() == before
        return str(refusal.value)

    def test_without_a_note(self, ann, anna, carol):
        assert self.refused(NoteMissing, ann, anna, carol, note=" ") == (
            "Write a note that says why."
        )
        self.refused(InvalidCause, ann, anna, carol, note="\x00")

    def test_of_ones_own_account(self, ann, anna):
        words = "You cannot merge your own account; ask a colleague."
        assert self.refused(OwnAccount, ann, anna, ann) == words
        assert self.refused(OwnAccount, ann, anna, anna) == words

    def test_of_a_member_with_themselves(self, ann, carol):
        words = "A member cannot be merged with themselves."
        assert self.refused(MergeRefused, ann, ann, carol) == words

    def test_of_an_account_that_was_merged(self, ann, anna, alice, carol):
        merge(ann, anna, carol)
        words = "This account was merged into another one before."
        assert self.refused(MergeRefused, ann, alice, carol) == words
        words = "The other account was itself merged; choose the one that it was merged into."
        assert self.refused(MergeRefused, alice, ann, carol) == words

    def test_into_an_account_of_nobody(self, ann, anna, carol):
        nobody = account(anna).pk
        anna.delete()
        with pytest.raises(MergeRefused, match="belongs to nobody any more"):
            accounts_merged.run(
                account(ann).pk, nobody, note="-", actor_id=carol.pk, at=timezone.now()
            )
        assert account(ann).merged_into is None

    def test_a_closed_account_is_corrected_no_more(self, ladder, ann, anna, carol):
        closed = account(ann).pk
        merge(ann, anna, carol)
        before = books()
        note = {"note": "-", "actor_id": carol.pk, "at": timezone.now()}
        with pytest.raises(AccountClosed):
            points_adjusted.run(closed, 5, reason="other", source="1", **note)
        with pytest.raises(AccountClosed):
            tier_assigned.run(closed, ladder[0], actor_id=carol.pk, at=timezone.now())
        with pytest.raises(AccountClosed):
            spending_blocked.run(closed, **note)
        assert books() == before


def test_one_account_is_audited_by_itself(ann, anna, carol):
    merge(ann, anna, carol)
    put(ann.orders.get(), "Cancelled")
    for user in (ann, anna):
        audit = books_audited.run(at=timezone.now(), account_id=account(user).pk)
        assert audit.violations == []


def test_pages_of_a_merged_log_in_cost_no_more(ann, anna, carol, django_assert_num_queries):
    merge(ann, anna, carol)
    with django_assert_num_queries(1):
        membership = membership_of(ann.pk)
    assert (membership.account_id, membership.user_id) == (account(anna).pk, ann.pk)
    assert queries.balance_of(ann.pk).balance == 190
