"""Orders earn through Oscar's own signal, and what they earned can be explained."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty import conf
from oscar_loyalty.flows import due_jobs, order_placed
from oscar_loyalty.models import Account, Award, Entry, Lot, QualifyingEvent, Standing
from tests import world
from tests.world import MARCH

pytestmark = pytest.mark.django_db


def points(user):
    account = Account.objects.get(user=user)
    return account.balance, account.pending


def test_an_order_earns(programme, bob):
    world.place(bob, "12.99", "7.50", number="1001")
    assert points(bob) == (20, 0)
    entry = Entry.objects.get()
    assert (entry.kind, entry.key, entry.order_number) == ("earn", "earn:1001", "1001")
    award = Award.objects.get()
    assert (award.points, award.carried, award.base) == (20, 20, Decimal("20.49"))
    assert (award.breakdown["rate"], award.breakdown["multiplier"]) == ("1", "1")
    assert award.breakdown["rounding"] == "down"
    bases = [(line["base"], line["exact"]) for line in award.breakdown["lines"]]
    assert bases == [("12.99", "1299/100"), ("7.50", "15/2")]


def test_the_signal_twice_earns_once(bob):
    order = world.place(bob, "10.00")
    assert order_placed.run(str(order.number), at=timezone.now()) is None
    assert points(bob) == (10, 0)


def test_a_guest_earns_nothing(programme):
    world.place(None, "10.00")
    assert (Award.objects.count(), Entry.objects.count()) == (0, 0)


def test_a_customer_from_before_becomes_a_member_with_the_first_order(charlie):
    world.place(charlie, "10.00")
    assert points(charlie) == (10, 0)
    assert Standing.objects.get(account__user=charlie).tier is None


def test_nothing_is_earned_without_a_programme(db):
    nobody = world.customer("nobody")
    world.place(nobody, "10.00")
    assert Award.objects.count() == 0


def test_nothing_is_earned_while_it_is_switched_off(programme, bob):
    programme.active = False
    programme.save()
    world.place(bob, "10.00")
    assert points(bob) == (0, 0)


@pytest.mark.parametrize(
    ("terms", "amount", "expected"),
    [
        ({"earn_points": 2, "earn_amount": Decimal("5.00")}, "14.99", 5),
        ({"earn_points": 1, "earn_amount": Decimal("3.00")}, "9.00", 3),
        ({"earn_points": 10}, "0.19", 1),
        ({"minimum_order": Decimal("20.00")}, "19.99", 0),
        ({"minimum_order": Decimal("20.00")}, "20.00", 20),
        ({"currency": "EUR"}, "50.00", 0),
        ({"counts_shipping": True}, "10.00", 14),
    ],
)
def test_terms(terms, amount, expected):
    world.programme(**terms)
    buyer = world.customer()
    world.place(buyer, amount, shipping="4.80")
    assert points(buyer) == (expected, 0)
    assert Award.objects.get().points == expected


def test_an_order_that_earns_nothing_says_why():
    world.programme(minimum_order=Decimal("20.00"))
    world.place(world.customer(), "19.99")
    award = Award.objects.get()
    assert (award.points, award.why, award.base) == (0, "below-minimum", Decimal("19.99"))
    assert award.get_why_display() == "The order is below the minimum."
    assert QualifyingEvent.objects.count() == 0


def test_rounding_is_once_per_order_and_down(bob):
    world.place(bob, "0.60", "0.60", "0.60")
    assert points(bob) == (1, 0)


def test_discounts_are_not_money_paid(programme, bob):
    get_model("offer", "ConditionalOffer")
    everything = factories.RangeFactory(includes_all_products=True)
    factories.ConditionalOfferFactory(
        condition=factories.ConditionFactory(range=everything, type="Count", value=1),
        benefit=factories.BenefitFactory(range=everything, type="Percentage", value=25),
    )
    world.place(bob, "40.00")
    assert points(bob) == (30, 0)


class TestRules:
    @pytest.fixture
    def book(self):
        return world.product("10.00")

    def test_extra_points_for_a_product(self, programme, bob, book):
        world.rule(product=book, points=50)
        world.place(bob, products=[book, book, world.product("5.00")])
        assert points(bob) == (125, 0)

    def test_extra_points_for_a_category_and_all_below_it(self, programme, bob, book):
        media = factories.CategoryFactory(name="Media")
        novels = media.add_child(name="Novels")
        book.categories.add(novels)
        world.rule(category=media, points=7)
        world.place(bob, products=[book, world.product("5.00")])
        assert points(bob) == (22, 0)

    def test_extra_points_for_a_range(self, programme, bob, book):
        summer = factories.RangeFactory(products=[book])
        world.rule(range=summer, points=3)
        world.place(bob, products=[book, world.product("5.00")])
        assert points(bob) == (18, 0)

    def test_an_excluded_range_earns_nothing_even_with_extra_points(self, programme, bob, book):
        vouchers = factories.RangeFactory(products=[book])
        world.rule(range=vouchers, effect="excludes")
        world.rule(product=book, points=50)
        world.place(bob, products=[book, world.product("5.00")])
        assert points(bob) == (5, 0)

    def test_a_variant_falls_under_the_rules_of_its_parent(self, programme, bob):
        parent = factories.create_product(structure="parent")
        variant = factories.create_product(structure="child", parent=parent)
        factories.create_stockrecord(variant, price=Decimal("10.00"), num_in_stock=10)
        world.rule(product=parent, points=5)
        world.place(bob, products=[variant])
        assert points(bob) == (15, 0)

    def test_extra_points_are_not_multiplied_by_the_tier(self, programme, alice, book):
        world.rule(product=book, points=50)
        world.place(alice, products=[book])
        assert points(alice) == (300 + 20 + 50, 0)


class TestWhenPointsBecomeSpendable:
    def test_after_days(self):
        world.programme(spendable="after-days", spendable_after_days=14)
        buyer = world.customer()
        placed = timezone.now() - timedelta(days=13)
        world.place(buyer, "10.00", at=placed)
        assert points(buyer) == (10, 10)
        assert Lot.objects.get().available_at == placed + timedelta(days=14)
        due_jobs.run(at=placed + timedelta(days=14))
        assert points(buyer) == (10, 0)

    def test_when_a_status_is_reached(self):
        world.programme(spendable="on-status", spendable_status="Complete")
        buyer = world.customer()
        order = world.place(buyer, "10.00", status="Pending")
        assert points(buyer) == (10, 10)
        order.set_status("Being processed")
        assert points(buyer) == (10, 10)
        order.set_status("Complete")
        assert points(buyer) == (10, 0)

    def test_a_status_that_was_reached_without_a_signal_is_caught_up_with(self):
        world.programme(spendable="on-status", spendable_status="Complete")
        buyer = world.customer()
        order = world.place(buyer, "10.00", status="Pending")
        buyer.orders.update(status="Complete")
        due_jobs.run(at=timezone.now())
        due_jobs.run(at=timezone.now())
        assert points(buyer) == (10, 0)
        assert order.number


class TestCancelling:
    def test_takes_the_points_back(self, bob):
        order = world.place(bob, "10.00", number="1001", status="Pending")
        order.set_status("Cancelled")
        assert points(bob) == (0, 0)
        claw = Entry.objects.get(kind="claw")
        assert (claw.points, claw.order_number) == (-10, "1001")
        assert (Award.objects.get().carried, Award.objects.get().cancelled) == (0, True)

    def test_reinstating_gives_them_again(self, bob):
        order = world.place(bob, "10.00", status="Pending")
        for status in ("Cancelled", "Pending", "Cancelled", "Pending"):
            order.set_status(status)
        assert points(bob) == (10, 0)
        assert Entry.objects.count() == 5

    def test_lowers_the_qualifying_progress(self, alice):
        order = world.place(alice, "50.00", number="1001", status="Pending")
        order.set_status("Cancelled")
        event = QualifyingEvent.objects.get(key="order:1001")
        assert (event.spend, event.points, event.orders) == (0, 0, 0)
        order.set_status("Pending")
        event.refresh_from_db()
        assert (event.spend, event.points, event.orders) == (50, 100, 1)

    def test_an_order_that_earned_nothing_also_stops_counting(self, bob):
        order = world.place(bob, "0.40", status="Pending")
        assert QualifyingEvent.objects.get().spend == Decimal("0.40")
        order.set_status("Cancelled")
        assert QualifyingEvent.objects.get().spend == 0

    def test_without_a_signal_it_is_caught_up_with(self, bob):
        world.place(bob, "10.00", status="Pending")
        bob.orders.update(status="Cancelled")
        due_jobs.run(at=timezone.now())
        assert points(bob) == (0, 0)
        bob.orders.update(status="Pending")
        due_jobs.run(at=timezone.now())
        due_jobs.run(at=timezone.now())
        assert points(bob) == (10, 0)

    def test_an_order_placed_as_cancelled_carries_nothing(self, bob, settings):
        settings.OSCAR_LOYALTY_CANCELLED_STATUSES = ["Refused"]
        assert conf.CANCELLED_STATUSES() == ["Refused"]
        world.place(bob, "10.00", status="Refused")
        assert points(bob) == (0, 0)
        assert Award.objects.get().points == 10


class TestSweep:
    def test_an_order_the_signal_missed_is_awarded(self, bob):
        world.unsignalled(bob, "25.00", number="1001")
        assert points(bob) == (0, 0)
        assert due_jobs.run(at=timezone.now())["orders awarded late"] == 1
        assert points(bob) == (25, 0)
        assert due_jobs.run(at=timezone.now())["orders awarded late"] == 0
        assert points(bob) == (25, 0)

    def test_it_looks_only_so_far_back(self, bob, settings):
        settings.OSCAR_LOYALTY_SWEEP_DAYS = 5
        world.unsignalled(bob, "25.00", at=timezone.now() - timedelta(days=6))
        world.unsignalled(bob, "5.00", at=timezone.now() - timedelta(days=4))
        due_jobs.run(at=timezone.now())
        assert points(bob) == (5, 0)

    def test_orders_from_before_the_programme_wait_for_the_backfill(self, programme, bob):
        programme.starts_at = timezone.now() - timedelta(days=1)
        programme.save()
        world.unsignalled(bob, "25.00", at=timezone.now() - timedelta(days=2))
        due_jobs.run(at=timezone.now())
        assert points(bob) == (0, 0)

    def test_a_job_that_fails_stops_no_other(self, bob, monkeypatch):
        def broken(**kwargs):
            raise RuntimeError("disk full")

        monkeypatch.setattr("oscar_loyalty.flows.due_jobs.settle_missed", broken)
        world.unsignalled(bob, "25.00")
        results = due_jobs.run(at=timezone.now())
        assert results["orders brought in line"] is None
        assert results["orders awarded late"] == 1


class TestSignUp:
    def test_points_for_signing_up_once_per_person(self):
        world.programme(signup_points=50)
        dora = world.customer("dora")
        assert points(dora) == (50, 0)
        entry = Entry.objects.get()
        assert (entry.kind, entry.reason) == ("bonus", "signup")
        assert "dora" not in entry.key

    def test_whoever_comes_back_under_the_same_address_gets_nothing(self, django_user_model):
        world.programme(signup_points=50)
        make = django_user_model.objects.create_user
        make("one", email="j.doe+news@gmail.com").delete()
        again = make("two", email="JDoe@googlemail.com")
        assert points(again) == (0, 0)
        assert Entry.objects.count() == 1

    def test_an_address_that_begins_with_a_plus_is_its_own(self, django_user_model):
        world.programme(signup_points=50)
        for name in ("one", "two"):
            django_user_model.objects.create_user(name, email=f"+{name}@example.com")
        assert Entry.objects.count() == 2

    def test_an_old_secret_still_recognises_the_person(self, settings, django_user_model):
        world.programme(signup_points=50)
        django_user_model.objects.create_user("one", email="dora@example.com").delete()
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "a new secret"
        django_user_model.objects.create_user("two", email="dora@example.com")
        assert Entry.objects.count() == 1

    def test_none_are_given_when_none_are_promised(self, programme, bob):
        assert Entry.objects.count() == 0


def test_the_books_stay_when_a_profile_is_deleted(bob):
    world.place(bob, "10.00")
    account = bob.loyalty_account
    bob.delete()
    account.refresh_from_db()
    assert (account.user_id, account.balance) == (None, 10)


def test_orders_of_other_dates_are_posted_at_their_own(bob):
    world.place(bob, "10.00", at=MARCH)
    assert Entry.objects.get().posted_at == MARCH
