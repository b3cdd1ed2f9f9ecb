"""Members climb with their orders, fall at the review, and get what their tier promises."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from oscar_loyalty.errors import OwnAccount
from oscar_loyalty.flows import backfill, due_jobs, order_placed, tier_assigned
from oscar_loyalty.models import Account, Standing, Tier, TierBenefit, TierChange
from tests import world
from tests.world import tier_of

pytestmark = pytest.mark.django_db

ConditionalOffer = get_model("offer", "ConditionalOffer")


def steps(user):
    changes = TierChange.objects.filter(account__user=user).order_by("changed_at", "pk")
    return [(change.from_name, change.to_name, change.reason) for change in changes]


class TestClimbing:
    def test_as_soon_as_the_threshold_is_crossed(self, ladder, bob):
        world.place(bob, "99.99")
        assert tier_of(bob) == ""
        world.place(bob, "0.01")
        assert tier_of(bob) == "Silver"
        assert steps(bob) == [("", "Silver", "qualified")]

    def test_an_order_is_multiplied_by_the_tier_held_before_it(self, ladder, bob):
        for amount in ("100.00", "200.00", "50.00"):
            world.place(bob, amount)
        # 100 × 1, then 200 × 1.5 as Silver, then 50 × 2 as Gold
        assert Account.objects.get(user=bob).balance == 100 + 300 + 100
        assert tier_of(bob) == "Gold"

    def test_over_several_tiers_at_once(self, ladder, bob):
        world.place(bob, "5000.00")
        assert steps(bob) == [("", "Gold", "qualified")]

    @pytest.mark.parametrize(
        ("measure", "amounts", "expected"),
        [
            ("spend", ["60.00", "40.00"], "Silver"),
            ("points", ["60.00", "40.00"], "Silver"),
            ("orders", ["60.00", "40.00"], ""),
        ],
    )
    def test_by_spend_points_or_orders(self, measure, amounts, expected):
        world.programme(measure=measure)
        world.tier("Silver", 1, "100")
        buyer = world.customer()
        for amount in amounts:
            world.place(buyer, amount)
        assert tier_of(buyer) == expected

    def test_by_number_of_orders(self):
        world.programme(measure="orders")
        world.tier("Regular", 1, "3")
        buyer = world.customer()
        for _order in range(3):
            assert tier_of(buyer) == ""
            world.place(buyer, "1.00")
        assert tier_of(buyer) == "Regular"

    def test_what_lies_before_the_window_does_not_count(self, ladder, bob):
        world.place(bob, "99.00", at=timezone.now() - timedelta(days=400))
        world.place(bob, "99.00")
        assert tier_of(bob) == ""


class TestReview:
    def later(self, *, days):
        """At noon, so that no change of the clocks makes it another day."""
        today = timezone.localtime(timezone.now(), ZoneInfo("Europe/London"))
        return today.replace(hour=12) + timedelta(days=days)

    def test_who_no_longer_qualifies_falls(self, alice):
        assert tier_of(alice) == "Gold"
        due_jobs.run(at=self.later(days=360))
        assert tier_of(alice) == "Gold"
        results = due_jobs.run(at=self.later(days=370))
        assert results["tier changes"] == 1
        assert tier_of(alice) == ""
        assert steps(alice)[-1] == ("Gold", "", "no-longer-qualified")

    def test_it_is_done_once_a_day(self, alice):
        due_jobs.run(at=timezone.now())
        Standing.objects.update(tier=None)
        assert due_jobs.run(at=timezone.now())["tier changes"] == 0
        assert due_jobs.run(at=self.later(days=1))["tier changes"] == 1
        assert tier_of(alice) == "Gold"

    def test_grace(self, programme, alice):
        programme.grace_days = 30
        programme.save()
        due_jobs.run(at=self.later(days=370))
        standing = Standing.objects.get(account__user=alice)
        assert (standing.tier.rank, standing.below_since is not None) == (2, True)
        due_jobs.run(at=self.later(days=399))
        assert tier_of(alice) == "Gold"
        due_jobs.run(at=self.later(days=400))
        assert tier_of(alice) == ""

    def test_a_cancelled_order_costs_the_tier_at_the_next_review(self, ladder, bob):
        order = world.place(bob, "150.00", status="Pending")
        order.set_status("Cancelled")
        assert tier_of(bob) == "Silver"
        due_jobs.run(at=timezone.now())
        assert tier_of(bob) == ""

    @pytest.mark.parametrize("protection", ["never", "kept for ever"])
    def test_what_is_not_lost_must_have_been_earned_by_orders_that_stand(
        self, programme, ladder, bob, protection
    ):
        if protection == "never":
            programme.downgrade = "never"
            programme.save()
        else:
            Tier.objects.update(kept_for_ever=True)
        world.place(bob, "150.00", at=timezone.now() - timedelta(days=500))
        due_jobs.run(at=timezone.now())
        assert tier_of(bob) == "Silver"
        order = world.place(bob, "1000.00", status="Pending")
        assert tier_of(bob) == "Gold"
        order.set_status("Cancelled")
        due_jobs.run(at=self.later(days=1))
        assert tier_of(bob) == "Silver"
        assert steps(bob)[-1] == ("Gold", "Silver", "no-longer-qualified")
        due_jobs.run(at=self.later(days=2))
        assert tier_of(bob) == "Silver"

    def test_one_order_cancelled_among_enough_others_costs_nothing(self, programme, ladder, bob):
        programme.downgrade = "never"
        programme.save()
        long_ago = timezone.now() - timedelta(days=500)
        world.place(bob, "20.00", status="Pending", at=long_ago).set_status("Cancelled")
        for amount in ("200.00", "120.00"):
            world.place(bob, amount, at=long_ago)
        Tier.objects.filter(rank=2).update(threshold=1000)
        due_jobs.run(at=timezone.now())
        assert tier_of(bob) == "Gold"
        assert [change.threshold for change in TierChange.objects.order_by("pk")] == [100, 300]

    @pytest.mark.parametrize(("downgrade", "kept"), [("never", False), ("to-qualified", True)])
    def test_a_leap_that_is_cancelled_leaves_what_the_others_have_earned(
        self, programme, ladder, bob, downgrade, kept
    ):
        type(programme).objects.update(downgrade=downgrade)
        Tier.objects.update(kept_for_ever=kept)
        leap = world.place(bob, "350.00", status="Pending")
        world.place(bob, "150.00")
        leap.set_status("Cancelled")
        for days in (1, 500):
            due_jobs.run(at=timezone.now() + timedelta(days=days))
            assert tier_of(bob) == "Silver"

    @pytest.mark.parametrize("kept", [True, False])
    def test_not_when_the_step_is_dated_to_the_midnight_before_its_order(
        self, programme, ladder, bob, kept
    ):
        type(programme).objects.update(downgrade="to-qualified" if kept else "never")
        Tier.objects.update(kept_for_ever=kept)
        noon = timezone.now().replace(hour=12) - timedelta(days=10)
        order = world.unsignalled(bob, "400.00", at=noon)
        Account.objects.filter(user=bob).delete()
        backfill.run(at=timezone.now())
        assert tier_of(bob) == "Gold"
        order.set_status("Cancelled")
        due_jobs.run(at=timezone.now() + timedelta(days=1))
        assert tier_of(bob) == ""

    def test_not_by_an_order_of_the_day_that_was_seen_before(self, programme, ladder, bob):
        Tier.objects.update(kept_for_ever=True)
        noon = timezone.now().replace(hour=12) - timedelta(days=1)
        seen = world.unsignalled(bob, "60.00", at=noon)
        order_placed.run(seen.number, at=noon)
        missed = world.unsignalled(bob, "60.00", at=noon - timedelta(hours=2))
        order_placed.run(missed.number, at=noon + timedelta(hours=1))
        assert tier_of(bob) == "Silver"
        seen.set_status("Cancelled")
        due_jobs.run(at=timezone.now() + timedelta(days=1))
        assert tier_of(bob) == ""

    @pytest.mark.parametrize(
        "changed", [{"window": "rolling", "window_months": 12}, {"measure": "orders"}]
    )
    def test_new_terms_do_not_make_an_old_tier_doubtful(self, programme, ladder, bob, changed):
        type(programme).objects.update(window="lifetime")
        Tier.objects.update(kept_for_ever=True)
        for days in (1500, 1100, 700):
            world.unsignalled(bob, "100.00", at=timezone.now() - timedelta(days=days))
        backfill.run(at=timezone.now() - timedelta(days=1))
        assert tier_of(bob) == "Gold"
        world.place(bob, "5.00", status="Pending").set_status("Cancelled")
        type(programme).objects.update(**changed)
        due_jobs.run(at=timezone.now() + timedelta(days=1))
        assert tier_of(bob) == "Gold"

    def test_one_rung_in_a_review(self, programme, alice):
        type(programme).objects.update(downgrade="one-rung", window_months=1)
        fallen = [
            due_jobs.run(at=timezone.now() + timedelta(days=days)) and tier_of(alice)
            for days in (10, 40, 41, 42)
        ]
        assert fallen == ["Gold", "Silver", "", ""]

    def test_whom_staff_placed_stays(self, ladder, bob, django_user_model):
        staff = django_user_model.objects.create_user("staff", email="staff@example.com")
        account = Account.objects.get(user=bob)
        tier_assigned.run(account.pk, ladder[1], actor_id=staff.pk, at=timezone.now())
        assert steps(bob) == [("", "Gold", "staff")]
        assert TierChange.objects.get().actor == f"user:{staff.pk}"
        due_jobs.run(at=timezone.now())
        assert tier_of(bob) == "Gold"
        tier_assigned.run(account.pk, None, actor_id=staff.pk, at=timezone.now())
        due_jobs.run(at=self.later(days=1))
        assert tier_of(bob) == ""

    def test_nobody_places_themselves(self, ladder, bob):
        account = Account.objects.get(user=bob)
        with pytest.raises(OwnAccount):
            tier_assigned.run(account.pk, ladder[1], actor_id=bob.pk, at=timezone.now())
        assert tier_of(bob) == ""


class TestBenefitsAreOscarOffers:
    def benefit(self, kind, tier_name="Gold", **fields):
        tier = next(tier for tier in Tier.objects.all() if str(tier.name) == tier_name)
        return TierBenefit.objects.create(tier=tier, kind=kind, **fields)

    def charged(self, user, amount="10.00", shipping="4.80"):
        order = world.place(user, amount, shipping=shipping)
        return order.shipping_incl_tax, order

    def test_gold_ships_free_and_nobody_else(self, alice, bob):
        self.benefit("free-shipping")
        charge, order = self.charged(alice)
        assert charge == 0
        discount = order.discounts.get()
        assert (discount.category, discount.amount) == ("Shipping", Decimal("4.80"))
        assert discount.offer_name == "Gold: free shipping"
        assert self.charged(bob)[0] == Decimal("4.80")
        assert self.charged(None)[0] == Decimal("4.80")

    @pytest.mark.parametrize(
        ("kind", "value", "expected"),
        [("shipping-percentage", "50", "2.40"), ("shipping-amount", "1.00", "3.80")],
    )
    def test_reduced_shipping(self, alice, kind, value, expected):
        self.benefit(kind, value=Decimal(value))
        assert self.charged(alice)[0] == Decimal(expected)

    def test_a_percentage_off_a_range(self, alice, bob):
        record, book = world.product("20.00"), world.product("10.00")
        music = factories.RangeFactory(name="Music", products=[record])
        self.benefit("percentage", value=Decimal("10"), range=music)
        assert world.place(alice, products=[record, book]).total_incl_tax == Decimal("28.00")
        assert world.place(bob, products=[record, book]).total_incl_tax == Decimal("30.00")
        assert str(ConditionalOffer.objects.get()) == "Gold: 10% off Music"

    def test_only_the_named_methods(self, alice):
        benefit = self.benefit("free-shipping", shipping_methods="standard, drone")
        assert self.charged(alice)[0] == 0
        benefit.shipping_methods = "express"
        benefit.save()
        charge, order = self.charged(alice)
        assert charge == Decimal("4.80")
        assert order.discounts.count() == 0

    def test_the_offer_follows_the_admin(self, alice):
        benefit = self.benefit("shipping-percentage", value=Decimal("50"))
        offer = ConditionalOffer.objects.get()
        assert str(offer) == "Gold: 50% off shipping"
        benefit.refresh_from_db()
        benefit.value = Decimal("75")
        benefit.save()
        offer.refresh_from_db()
        assert (str(offer), offer.benefit.value) == ("Gold: 75% off shipping", 75)
        gold = benefit.tier
        gold.name = "Aurum"
        gold.save()
        offer.refresh_from_db()
        assert str(offer) == "Aurum: 75% off shipping"
        benefit.delete()
        assert ConditionalOffer.objects.count() == 0
        assert get_model("offer", "Benefit").objects.count() == 0

    def test_what_staff_suspended_stays_suspended(self, alice):
        benefit = self.benefit("free-shipping")
        ConditionalOffer.objects.get().suspend()
        benefit.refresh_from_db()
        benefit.save()
        due_jobs.run(at=timezone.now())
        assert ConditionalOffer.objects.get().is_suspended
        assert self.charged(alice)[0] == Decimal("4.80")

    def test_an_offer_deleted_in_the_dashboard_comes_back(self, alice):
        self.benefit("free-shipping")
        ConditionalOffer.objects.all().delete()
        due_jobs.run(at=timezone.now())
        assert self.charged(alice)[0] == 0

    def test_a_name_that_is_taken_gets_a_number(self, alice):
        factories.ConditionalOfferFactory(name="Gold: free shipping")
        self.benefit("free-shipping")
        names = set(ConditionalOffer.objects.values_list("name", flat=True))
        assert names == {"Gold: free shipping", "Gold: free shipping (2)"}

    def test_staff_use_the_condition_in_offers_of_their_own(self, alice, bob):
        names = [str(condition) for condition in get_model("offer", "Condition").objects.all()]
        assert names == ["Member of the tier Silver", "Member of the tier Gold"]
        everything = factories.RangeFactory(includes_all_products=True)
        factories.ConditionalOfferFactory(
            condition=get_model("offer", "Condition").objects.last(),
            benefit=factories.BenefitFactory(range=everything, type="Percentage", value=20),
        )
        assert world.place(alice, "10.00").total_incl_tax == Decimal("8.00")
        assert world.place(bob, "10.00").total_incl_tax == Decimal("10.00")

    def test_it_holds_in_a_callback_without_a_user_or_request(self, alice):
        self.benefit("free-shipping")
        basket = world.basket_with(world.product("10.00"), user=alice)
        basket = get_model("basket", "Basket").objects.get(pk=basket.pk)
        basket.strategy = get_class("partner.strategy", "Default")()
        get_class("offer.applicator", "Applicator")().apply(basket)
        assert basket.has_shipping_discounts

    def test_a_deleted_tier_takes_its_condition_with_it(self, ladder):
        self.benefit("free-shipping")
        ladder[1].delete()
        assert ConditionalOffer.objects.count() == 0
        assert get_model("offer", "Condition").objects.count() == 1
