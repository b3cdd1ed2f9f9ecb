"""A backfill treats those who are members already, and the past of those who are not, as live."""

from datetime import timedelta
from decimal import Decimal

import pytest
from oscar.core.loading import get_model

from oscar_loyalty.flows import due_jobs, order_placed, tier_assigned
from oscar_loyalty.models import Account, Award, Lot, Standing, TierChange
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Cause
from tests import world
from tests.integration.pasts import AT, day, newcomer, run, undone
from tests.world import tier_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]


class TestMembersFromBefore:
    def test_whom_staff_placed_may_rise_and_stays_placed(self, ladder, bob, django_user_model):
        staff = django_user_model.objects.create_user("staff", email="staff@example.com")
        account = Account.objects.get(user=bob)
        tier_assigned.run(account.pk, ladder[0], actor_id=staff.pk, at=AT)
        world.unsignalled(bob, "1000.00", at=day(0))
        foretold = run(dry_run=True)
        assert run() == foretold
        assert tier_of(bob) == "Gold"
        assert Standing.objects.get(account=account).pinned_tier == ladder[0]

    def test_nobody_falls(self, programme, ladder):
        alice = world.customer("alice")
        world.place(alice, "300.00")
        ladder[1].threshold = 5000
        ladder[1].save()
        world.unsignalled(alice, "10.00", at=day(0))
        foretold = run(dry_run=True)
        assert run() == foretold
        assert (tier_of(alice), foretold.tiers["Gold"]) == ("Gold", 1)

    def test_who_rises_does_so_today(self, ladder, bob):
        world.unsignalled(bob, "300.00", at=day(0))
        run()
        change = TierChange.objects.get()
        assert (change.from_name, change.to_name, change.changed_at) == ("", "Gold", AT)
        assert Standing.objects.get(account__user=bob).since == AT

    @pytest.mark.parametrize(
        ("amount", "owned", "remaining"), [("20.00", 0, [0]), ("50.00", 20, [20])]
    )
    def test_a_debt_is_paid_first(self, bob, amount, owned, remaining):
        order = world.place(bob, "30.00", at=day(0))
        account = Account.objects.get(user=bob)
        cause = Cause("adj", "adj:gone", reason="other", note="why", actor="user:1")
        ledger.adjust(account.pk, -30, cause, at=AT)
        order.set_status("Cancelled")
        world.unsignalled(bob, amount, number="past", at=day(1))
        foretold = run(dry_run=True)
        assert run() == foretold
        account.refresh_from_db()
        assert (account.balance, foretold.liability) == (owned or -10, Decimal(owned) / 100)
        lots = Lot.objects.filter(entry__order_number="past")
        assert list(lots.values_list("remaining", flat=True)) == remaining


class TestSpendable:
    def test_after_days(self, programme):
        programme.spendable, programme.spendable_after_days = "after-days", 14
        programme.save()
        bob = newcomer("bob")
        for days in (30, 14, 13):
            world.unsignalled(bob, "10.00", at=AT - timedelta(days=days))
        run()
        account = Account.objects.get(user=bob)
        assert (account.balance, account.pending, account.spendable) == (30, 10, 20)
        due_jobs.run(at=AT + timedelta(days=1))
        account.refresh_from_db()
        assert account.pending == 0

    def test_on_a_status_that_the_order_has_or_had(self, programme):
        programme.spendable, programme.spendable_status = "on-status", "Being processed"
        programme.save()
        bob = newcomer("bob")
        for number, status in (("has", "Being processed"), ("had", "Complete"), ("not", "Pending")):
            world.unsignalled(bob, "10.00", number=number, at=day(0), status=status)
        get_model("order", "OrderStatusChange").objects.create(
            order=bob.orders.get(number="had"),
            old_status="Being processed",
            new_status="Being processed",
        )
        run()
        pending = Lot.objects.filter(pending=True).values_list("entry__order_number", flat=True)
        assert list(pending) == ["not"]
        assert Account.objects.get(user=bob).pending == 10
        assert Award.objects.get(matured=False).order_number == "not"


@pytest.mark.parametrize(
    "terms",
    [
        {"window_months": 1, "grace_days": 10, "downgrade": "one-rung"},
        {"window_months": 2, "grace_days": 0, "measure": "points"},
        {"window": "calendar-year", "grace_days": 5, "measure": "orders"},
    ],
)
def test_a_past_lived_at_once_is_a_past_lived_day_by_day(terms):
    world.programme(**terms)
    world.tier("Silver", 1, "2" if "orders" in terms.values() else "100", multiplier="1.50")
    world.tier("Gold", 2, "4" if "orders" in terms.values() else "250", multiplier="2.00")
    pasts = (
        [(0, 120), (31, 40), (38, 90), (62, 20), (70, 40), (110, 10), (111, 10)],
        [(3, 260), (40, 10), (45, 400), (90, 5), (104, 10), (180, 30), (190, 30)],
        [(170, 99), (170, 1), (170, 150), (186, 10), (205, 10), (230, 10)],
    )
    for past in pasts:
        buyer = newcomer()
        for moment, amount in past:
            world.unsignalled(buyer, f"{amount}.00", at=day(moment))
    lived = undone(lambda: lived_day_by_day(until=day(240)))
    run(at=day(240))
    assert outcome() == lived


def lived_day_by_day(*, until):
    """Each day its review and then its orders, as signals and due jobs would have done it."""
    today, orders = day(0), get_model("order", "Order").objects.order_by("date_placed", "pk")
    while today <= until:
        due_jobs.review_tiers(at=today.replace(hour=1))
        for number in orders.filter(date_placed=today).values_list("number", flat=True):
            order_placed.run(number, at=today)
        today += timedelta(days=1)
    return outcome()


def outcome():
    """Points of every order, and where everybody stands and how they came there."""
    standings = Standing.objects.order_by("account__user__username")
    changes = TierChange.objects.order_by("account__user__username", "changed_at", "pk")
    return (
        sorted(Award.objects.values_list("order_number", "carried")),
        [(str(standing.tier), standing.below_since) for standing in standings],
        [(step.from_name, step.to_name, step.reason) for step in changes],
    )
