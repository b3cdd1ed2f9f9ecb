"""What tiers give stays in step with Oscar's offers, and never makes a member pay more."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from oscar_loyalty.flows import benefits_changed, due_jobs
from oscar_loyalty.models import MadeOffer, TierBenefit, TierShippingBenefit
from oscar_loyalty.offers.benefits import FRAMES
from oscar_loyalty.shop import offers
from oscar_loyalty.shop.offers import TIER_CONDITION
from tests import races, world

pytestmark = pytest.mark.django_db

ConditionalOffer = get_model("offer", "ConditionalOffer")
Benefit = get_model("offer", "Benefit")
Condition = get_model("offer", "Condition")


@pytest.fixture
def gold(ladder):
    return ladder[1]


@pytest.fixture
def everything(db):
    return factories.RangeFactory(name="Everything", includes_all_products=True)


def give(tier, kind, value=None, **fields):
    value = value and Decimal(value)
    return TierBenefit.objects.create(tier=tier, kind=kind, value=value, **fields)


def paid(user, *amounts, **fields):
    return world.place(user, *amounts, **fields).total_incl_tax


def shipping_paid(user, amount="10.00", shipping="4.80"):
    return world.place(user, amount, shipping=shipping).shipping_incl_tax


def sale(scope, value=20, *, kind="Percentage", **fields):
    """An offer of the shop's own, for everybody."""
    bought = factories.RangeFactory(name=f"Bought {value}", includes_all_products=True)
    return factories.ConditionalOfferFactory(
        name=f"Sale {value} {kind}",
        condition=factories.ConditionFactory(range=bought, type="Count", value=1),
        benefit=factories.BenefitFactory(range=scope, type=kind, value=value),
        **fields,
    )


def own_offer(tier, benefit, name="Theirs"):
    """An offer that staff made for a tier."""
    condition = offers.condition_for(tier.pk)
    return factories.ConditionalOfferFactory(name=name, condition=condition, benefit=benefit)


def names():
    return sorted(ConditionalOffer.objects.values_list("name", flat=True))


def kept_in_step():
    return due_jobs.run(at=timezone.now())["offers kept in step"]


class TestNobodyPaysMoreForBeingAMember:
    def test_a_bigger_sale_comes_first(self, alice, bob, gold, everything):
        give(gold, "percentage", "5", range=everything)
        assert (paid(alice, "100.00"), paid(bob, "100.00")) == (Decimal("95.00"), Decimal("100.00"))
        sale(everything)
        assert (paid(alice, "100.00"), paid(bob, "100.00")) == (Decimal("80.00"), Decimal("80.00"))

    def test_nor_in_a_sale_that_combines_with_others(self, alice, bob, gold, everything):
        give(gold, "percentage", "5", range=everything)
        sale(everything, exclusive=False)
        assert (paid(alice, "100.00"), paid(bob, "100.00")) == (Decimal("80.00"), Decimal("80.00"))

    def test_what_the_sale_leaves_is_the_tiers(self, alice, bob, gold, everything):
        """The line of the sale is the cheapest, at which Oscar's own percentage would stop."""
        book, teapot = world.product("10.00"), world.product("100.00")
        give(gold, "percentage", "5", range=everything)
        sale(factories.RangeFactory(name="Books", products=[book]))
        both = [book, teapot]
        assert paid(alice, products=both) == Decimal("8.00") + Decimal("95.00")
        assert paid(bob, products=both) == Decimal("8.00") + Decimal("100.00")

    def test_two_ranges_of_one_tier(self, alice, gold, everything):
        book, teapot = world.product("10.00"), world.product("100.00")
        books = factories.RangeFactory(name="Books", products=[book])
        give(gold, "percentage", "50", range=books)
        give(gold, "percentage", "5", range=everything)
        assert paid(alice, products=[book, teapot]) == Decimal("5.00") + Decimal("95.00")

    @pytest.mark.parametrize(
        ("methods", "alice_pays"),
        [("", "3.80"), ("standard", "3.80"), ("express", "4.80")],
    )
    def test_a_reduced_charge(self, alice, gold, methods, alice_pays):
        give(gold, "shipping-amount", "1.00", shipping_methods=methods)
        assert shipping_paid(alice) == Decimal(alice_pays)

    @pytest.mark.parametrize("methods", ["", "standard", "express"])
    def test_free_shipping_for_everybody_is_for_members_too(
        self, alice, bob, gold, everything, methods
    ):
        give(gold, "shipping-amount", "1.00", shipping_methods=methods)
        sale(None, 0, kind="Shipping fixed price")
        assert (shipping_paid(alice), shipping_paid(bob)) == (0, 0)

    def test_the_better_of_the_two_and_not_both(self, alice, bob, gold):
        give(gold, "shipping-amount", "3.00", shipping_methods="standard")
        sale(None, 1, kind="Shipping absolute")
        assert (shipping_paid(alice), shipping_paid(bob)) == (Decimal("1.80"), Decimal("3.80"))


class TestStaffUseWhatIsOurs:
    @pytest.mark.parametrize(
        ("kind", "value", "total", "shipping"),
        [
            ("Percentage", 10, "27.00", "4.80"),
            ("Absolute", 4, "26.00", "4.80"),
            ("Fixed", 3, "24.00", "4.80"),
            ("Multibuy", None, "20.00", "4.80"),
            # Sells the items of the condition's range: ours has none.
            ("Fixed price", 5, "30.00", "4.80"),
            ("Shipping absolute", 1, "30.00", "3.80"),
            ("Shipping fixed price", 2, "30.00", "2.00"),
            ("Shipping percentage", 50, "30.00", "2.40"),
        ],
    )
    def test_every_benefit_of_oscars_with_our_condition(
        self, alice, bob, gold, everything, kind, value, total, shipping
    ):
        scope = None if kind == "Fixed price" or "Shipping" in kind else everything
        own_offer(gold, factories.BenefitFactory(range=scope, type=kind, value=value))
        order = world.place(alice, "10.00", "20.00", shipping="4.80")
        goods = order.total_incl_tax - order.shipping_incl_tax
        assert (goods, order.shipping_incl_tax) == (Decimal(total), Decimal(shipping))
        order = world.place(bob, "10.00", "20.00", shipping="4.80")
        assert (order.total_incl_tax, order.shipping_incl_tax) == (
            Decimal("34.80"),
            Decimal("4.80"),
        )

    def test_the_list_above_is_whole(self):
        assert len(Benefit.TYPE_CHOICES) == 8

    def test_our_benefit_in_an_offer_of_theirs(self, alice, bob, ladder, gold):
        give(gold, "free-shipping", shipping_methods="standard")
        everybody = factories.ConditionalOfferFactory(
            name="Theirs",
            benefit=Benefit.objects.get(),
            condition=factories.ConditionFactory(
                range=factories.RangeFactory(includes_all_products=True), type="Count", value=1
            ),
        )
        assert (shipping_paid(alice), shipping_paid(bob)) == (0, 0)
        TierBenefit.objects.filter(kind="free-shipping").update(shipping_methods="express")
        assert shipping_paid(bob) == Decimal("4.80")
        TierBenefit.objects.get(kind="free-shipping").delete()
        assert names() == ["Theirs"]
        assert everybody.benefit == Benefit.objects.get()
        # Nobody knows any more which methods it was for.
        assert shipping_paid(bob) == Decimal("4.80")

    def test_the_benefit_goes_with_the_last_offer(self, gold):
        benefit = give(gold, "free-shipping")
        benefit.delete()
        assert (names(), Benefit.objects.count()) == ([], 0)


class TestInStep:
    def test_how_many_rows_were_changed(self, gold):
        give(gold, "free-shipping")
        assert kept_in_step() == 0
        Benefit.objects.update(value=3)
        assert kept_in_step() == 1
        assert Benefit.objects.get().value == 0
        ConditionalOffer.objects.all().delete()
        assert kept_in_step() == 2, "an offer and its benefit"
        Condition.objects.all().delete()
        assert kept_in_step() == 4, "two conditions, an offer and its benefit"

    def test_a_removal_that_failed_is_made_up_for(self, alice, gold, monkeypatch):
        benefit = give(gold, "free-shipping")
        own_offer(gold, factories.BenefitFactory(range=None, type="Shipping absolute", value=1))
        with monkeypatch.context() as broken:
            broken.setattr(offers, "remove", None)
            benefit.delete()
        assert names() == ["Gold: free shipping", "Theirs"]
        assert kept_in_step() == 1
        assert names() == ["Theirs"]
        assert shipping_paid(alice) == Decimal("3.80")

    def test_nor_does_a_condition_of_a_lost_tier_stay(self, ladder, gold, monkeypatch):
        give(gold, "free-shipping")
        with monkeypatch.context() as broken:
            broken.setattr(offers, "tiers_asked_for", None)
            gold.delete()
        assert (names(), Condition.objects.count()) == (["Gold: free shipping"], 2)
        assert kept_in_step() == 2
        assert (names(), MadeOffer.objects.count()) == ([], 0)
        assert [int(left.value) for left in Condition.objects.all()] == [ladder[0].pk]

    def test_a_benefit_that_becomes_a_multiplier(self, gold):
        TierBenefit.objects.all().delete()
        benefit = give(gold, "shipping-percentage", "50")
        benefit.kind, benefit.value = "multiplier", Decimal(2)
        benefit.save()
        assert (names(), Benefit.objects.count()) == ([], 0)

    def test_a_benefit_that_becomes_another_takes_its_place(self, gold, everything):
        benefit = give(gold, "shipping-percentage", "50")
        before = ConditionalOffer.objects.get()
        benefit.kind, benefit.range = "percentage", everything
        benefit.save()
        after = ConditionalOffer.objects.get()
        assert (after.pk, before.priority, after.priority) == (before.pk, 1000, -1000)

    def test_saving_a_tier_is_about_that_tier(self, ladder, gold):
        for tier in ladder:
            give(tier, "free-shipping")
        Benefit.objects.update(value=3)
        with CaptureQueriesContext(connection) as asked:
            assert benefits_changed.run(gold.pk, language=settings.LANGUAGE_CODE) == 1
        assert len(asked) <= 15
        assert sorted(Benefit.objects.values_list("value", flat=True)) == [0, 3]

    def test_a_tier_that_is_gone_gets_nothing(self, gold):
        number = gold.pk
        gold.delete()
        assert benefits_changed.run(number, language=settings.LANGUAGE_CODE) == 0
        assert not Condition.objects.filter(value=number).exists()

    def test_two_conditions_of_one_tier(self, alice, gold):
        first = offers.condition_for(gold.pk)
        Condition.objects.create(proxy_class=TIER_CONDITION, value=gold.pk)
        give(gold, "free-shipping")
        assert offers.condition_for(gold.pk) == first == ConditionalOffer.objects.get().condition
        assert shipping_paid(alice) == 0


@pytest.mark.django_db(transaction=True)
def test_two_writers_make_one_condition(require_postgres):
    world.programme()
    gold = world.tier("Gold", 1, "10")
    Condition.objects.all().delete()
    answers = races.at_once(
        [lambda: benefits_changed.run(gold.pk, language=settings.LANGUAGE_CODE)] * 2
    )
    assert sorted(answers) == [0, 1]
    assert Condition.objects.count() == 1


class TestTheBenefitItself:
    def test_without_a_type(self, alice):
        benefit = TierShippingBenefit(type="")
        assert benefit.name == benefit.description == "shipping benefit of a tier"
        assert not benefit.apply(world.basket_with(user=alice), None, None).is_successful

    def test_its_name_says_when_methods_are_named(self, gold):
        benefit = give(gold, "free-shipping")
        assert str(Benefit.objects.get()) == "Get shipping for £0.00"
        benefit.shipping_methods = "express"
        benefit.save()
        assert str(Benefit.objects.get()) == "Get shipping for £0.00, for some shipping methods"

    def test_only_the_nearest_frames_are_searched(self, alice, gold):
        """A charge asked for by something else than a method is of no named method."""
        give(gold, "free-shipping", shipping_methods="standard")
        basket = world.basket_with(world.product("10.00"), user=alice)
        get_class("offer.applicator", "Applicator")().apply(basket, alice)
        offer = basket.shipping_discounts[0]["offer"]
        fixed = get_class("shipping.methods", "FixedPrice")(Decimal("4.80"), Decimal("4.80"))
        fixed.code = "standard"
        method = get_class("shipping.methods", "TaxInclusiveOfferDiscount")(fixed, offer)
        assert method.calculate(basket).incl_tax == 0
        assert offer.shipping_discount(Decimal("4.80")) == 0

        def ask_from(self, depth):
            if depth:
                return ask_from(None, depth - 1)
            return offer.shipping_discount(Decimal("4.80"))

        assert ask_from(method, FRAMES - 2) == Decimal("4.80")
        assert ask_from(method, FRAMES - 1) == 0
