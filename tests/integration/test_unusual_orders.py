"""Orders that come late, unseen, or for somebody else than the signal says; and absurd rates."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty import receivers
from oscar_loyalty.flows import due_jobs, order_matches, order_recalculated
from oscar_loyalty.models import Account, Award, Entry
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.shop import orders
from tests import comebacks, world

pytestmark = pytest.mark.django_db


def points(user):
    account = Account.objects.get(user=user)
    return account.balance, account.pending


class TestUnusualOrders:
    def test_one_that_fails_stops_no_other(self, programme, bob):
        broken = factories.RangeFactory(name="Broken")
        type(broken).objects.filter(pk=broken.pk).update(proxy_class="nowhere.Range")
        world.rule(range=broken, points=5)
        order = world.unsignalled(bob, "10.00", at=timezone.now() - timedelta(minutes=5))
        line = order.lines.get()
        line.product = world.product("10.00")
        line.save()
        world.unsignalled(bob, "25.00", number="good")
        results = due_jobs.run(at=timezone.now())
        assert results["orders awarded late"] is None
        assert points(bob) == (25, 0)

    def test_while_switched_off_orders_earn_nothing_for_good(self, programme, bob):
        type(programme).objects.update(active=False)
        world.place(bob, "10.00", number="signalled")
        world.unsignalled(bob, "20.00", number="missed")
        due_jobs.run(at=timezone.now())
        type(programme).objects.update(active=True)
        due_jobs.run(at=timezone.now())
        assert points(bob) == (0, 0)
        assert set(Award.objects.values_list("order_number", "points", "why")) == {
            ("signalled", 0, "switched-off"),
            ("missed", 0, "switched-off"),
        }

    @pytest.mark.parametrize("odd", ["1001:2", "1001::2", "1001::1"])
    def test_a_number_with_colons_is_no_part_of_another_order(self, programme, bob, odd):
        pot = world.product("10.00")
        world.rule(product=pot, points=50, expiry_months=1)
        world.place(bob, products=[pot], number=odd)
        world.place(bob, products=[pot], number="1001")
        keys = Entry.objects.values_list("key", flat=True)
        assert (keys.count(), points(bob)) == (4, (120, 0))
        for number in ("1001", odd):
            comebacks.put(get_model("order", "Order").objects.get(number=number), "Cancelled")
            order_recalculated.run(number, at=timezone.now())
        assert points(bob) == (0, 0)
        comebacks.assert_right()

    def test_the_order_says_whose_it_is(self, programme, bob):
        staff = world.customer("staff")
        order = world.unsignalled(bob, "10.00")
        receivers.on_order_placed(order=order, user=staff)
        assert (points(bob), points(staff)) == ((10, 0), (0, 0))

    def test_two_orders_of_one_user_object(self, programme, bob):
        world.tier("Gold", 1, "100", multiplier="2.00")
        for number in ("1", "2"):
            order = world.unsignalled(bob, "100.00", number=number)
            receivers.on_order_placed(order=order, user=bob)
        assert points(bob) == (300, 0)

    def test_a_missed_order_earns_by_the_tier_of_its_own_day(self, programme, bob):
        world.tier("Gold", 1, "100", multiplier="2.00")
        world.unsignalled(bob, "10.00", at=timezone.now() - timedelta(hours=5))
        world.place(bob, "100.00")
        assert world.tier_of(bob) == "Gold"
        due_jobs.run(at=timezone.now())
        assert points(bob) == (110, 0)

    def test_an_order_of_the_old_year_lifts_also_when_it_is_seen_in_the_new(self):
        world.programme(window="calendar-year", grace_days=30)
        world.tier("Gold", 1, "100")
        buyer = world.customer()
        eve = datetime(2026, 12, 31, 23, 30, tzinfo=timezone.get_default_timezone())
        world.unsignalled(buyer, "100.00", at=eve)
        due_jobs.run(at=eve + timedelta(hours=2))
        assert world.tier_of(buyer) == "Gold"
        due_jobs.run(at=eve + timedelta(days=32))
        assert world.tier_of(buyer) == ""

    def test_extra_points_alone_count_when_points_are_what_counts(self):
        world.programme(measure="points")
        world.tier("Gold", 1, "50")
        gift = world.product("0.00")
        world.rule(product=gift, points=60)
        buyer = world.customer()
        world.place(buyer, products=[gift])
        assert (points(buyer), world.tier_of(buyer)) == ((60, 0), "Gold")

    def test_points_wait_no_longer_when_the_programme_waits_for_no_status(self):
        programme = world.programme(spendable="on-status", spendable_status="Complete")
        buyer = world.customer()
        world.place(buyer, "10.00", status="Pending")
        programme.spendable, programme.spendable_status = "at-once", ""
        programme.save()
        due_jobs.run(at=timezone.now())
        assert points(buyer) == (10, 0)

    def test_a_status_that_was_passed_unseen_counts_as_reached(self):
        world.programme(spendable="on-status", spendable_status="Being processed")
        buyer = world.customer()
        order = world.place(buyer, "10.00", status="Pending")
        order.status_changes.create(old_status="Pending", new_status="Being processed")
        buyer.orders.update(status="Complete")
        due_jobs.run(at=timezone.now())
        assert points(buyer) == (10, 0)

    def test_whoever_registered_before_the_programme_gets_no_welcome(self, db):
        old = world.customer("old")
        world.programme(signup_points=50, starts_at=timezone.now())
        world.place(old, "10.00")
        assert points(old) == (10, 0)

    def test_a_registration_that_was_missed_is_caught_up_with(self, charlie, programme):
        programme.signup_points = 50
        programme.save()
        assert due_jobs.run(at=timezone.now())["customers enrolled late"] == 1
        assert points(charlie) == (50, 0)
        assert due_jobs.run(at=timezone.now())["customers enrolled late"] == 0


@pytest.mark.parametrize("kinds", [1, 3, 12])
def test_however_many_ranges_have_rules_the_queries_are_the_same(
    programme, bob, kinds, django_assert_num_queries
):
    goods = [world.product("10.00") for _n in range(3)]
    for number in range(kinds):
        extra = factories.RangeFactory(name=f"Range {number}", products=goods[:1])
        world.rule(range=extra, points=1)
    order = world.place(bob, products=goods)
    assert points(bob) == (30 + kinds, 0)
    rules = earning_queries.terms_and_rules()[1]
    facts = orders.facts_of(order.number)
    with django_assert_num_queries(1):
        order_matches.of([facts], rules)


@pytest.mark.parametrize(("per_unit", "refused"), [(10_000, False), (10_001, True)])
def test_absurd_rates_are_refused(programme, per_unit, refused):
    programme.earn_points, programme.value_points = per_unit, 1_000_000
    if refused:
        with pytest.raises(ValidationError, match="Give at most 10000 points"):
            programme.full_clean()
    else:
        programme.full_clean()
