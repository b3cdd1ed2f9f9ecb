"""What a page of the shop costs in queries of ours."""

import re
import traceback

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from oscar.test import factories

from oscar_loyalty.flows import redemption_changed
from oscar_loyalty.models import Account, Coupon, Programme, TierBenefit
from oscar_loyalty.program.earning import queries as earning_queries
from tests import coupons, world
from tests.functional import buying
from tests.functional.reading import hooked, words
from tests.mailing import switch_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(ladder):
    """A shop with a benefit of every kind, and something to buy."""
    buying.open_the_country()
    TierBenefit.objects.create(tier=ladder[1], kind="free-shipping")
    return world.product("20.00", title="Teapot")


def spent(action):
    """The statements that our code caused while `action` ran, and what it answered."""
    statements = []

    def note(execute, sql, params, many, context):
        if any("/oscar_loyalty/" in frame.filename for frame in traceback.extract_stack()):
            statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = action()
    return [sql for sql in statements if not re.match(r"(RELEASE )?SAVEPOINT|BEGIN", sql)], answer


def besides_the_stock_record(statements):
    """Oscar reads a product's stock record on its page anyway; our tag is only the first to ask."""
    return [sql for sql in statements if 'FROM "partner_stockrecord"' not in sql]


def extra_points_for_everything(product):
    """A rule on a range and a rule on a category."""
    every = factories.RangeFactory(name="Everything", includes_all_products=True)
    world.rule(range=every, points=3)
    rule_on_the_kitchen(product)


def rule_on_the_kitchen(product):
    """Four extra points for what is in the category of the product."""
    kitchen = factories.CategoryFactory(name="Kitchen")
    product.categories.add(kitchen)
    world.rule(category=kitchen, points=4)


class TestGuests:
    @pytest.mark.parametrize("name", ["catalogue:index", "basket:summary", "customer:login"])
    def test_pages_cost_nothing(self, django_app, shop, name):
        django_app.get(reverse(name))
        assert spent(lambda: django_app.get(reverse(name)))[0] == []

    def test_a_product_page_costs_nothing_once_the_terms_are_remembered(self, django_app, shop):
        django_app.get(shop.get_absolute_url())
        statements, _page = spent(lambda: django_app.get(shop.get_absolute_url()))
        assert besides_the_stock_record(statements) == []

    @pytest.mark.parametrize(("rule", "promised"), [(False, "20"), (True, "24")])
    def test_the_first_product_page_in_a_minute_costs_three_or_with_a_category_rule_four(
        self, django_app, shop, rule, promised
    ):
        wanted = ["oscar_loyalty_programme", "offer_conditionaloffer", "oscar_loyalty_flashsale"]
        if rule:
            rule_on_the_kitchen(shop)
            wanted.insert(1, "catalogue_productcategory")
        cache.clear()
        statements, page = spent(lambda: django_app.get(shop.get_absolute_url()))
        asked = [re.search(r'FROM "(\w+)"', sql)[1] for sql in besides_the_stock_record(statements)]
        assert asked == wanted
        assert len(statements) == len(wanted) + 1
        assert hooked(page, "earn") == promised
        statements, _page = spent(lambda: django_app.get(shop.get_absolute_url()))
        assert besides_the_stock_record(statements) == []

    def test_a_basket_costs_nothing(self, django_app, shop):
        buying.add(django_app, shop)
        assert spent(lambda: django_app.get(reverse("basket:summary")))[0] == []


class TestMembers:
    @pytest.mark.parametrize(
        "name",
        ["catalogue:index", "basket:summary", "customer:profile-view", "customer:order-list"],
    )
    def test_a_page_costs_one(self, django_app, shop, alice, name):
        django_app.get(reverse(name), user=alice)
        statements, _page = spent(lambda: django_app.get(reverse(name), user=alice))
        assert len(statements) == 1

    def test_a_product_page_costs_one(self, django_app, shop, alice):
        django_app.get(shop.get_absolute_url(), user=alice)
        statements, _page = spent(lambda: django_app.get(shop.get_absolute_url(), user=alice))
        assert len(besides_the_stock_record(statements)) == 1

    def test_a_full_basket_costs_one(self, django_app, shop, alice):
        buying.add(django_app, shop, user=alice)
        statements, _page = spent(lambda: django_app.get(reverse("basket:summary"), user=alice))
        assert len(statements) == 1

    @pytest.mark.parametrize("name", ["catalogue:index", "basket:summary"])
    def test_with_a_full_basket_a_page_costs_one_more_where_points_can_be_spent(
        self, django_app, shop, alice, name
    ):
        Programme.objects.update(redeemable=True)
        earning_queries.forget_display()
        redemption_changed.run(language="en-gb")
        buying.add(django_app, shop, user=alice)
        statements, _page = spent(lambda: django_app.get(reverse(name), user=alice))
        assert len(statements) == 2, statements

    def test_points_that_are_chosen_cost_the_terms_and_what_they_cannot_pay_for(
        self, django_app, shop, alice
    ):
        Programme.objects.update(redeemable=True)
        earning_queries.forget_display()
        redemption_changed.run(language="en-gb")
        buying.add(django_app, shop, user=alice)
        world.hold(alice, 100, basket_id=alice.baskets.get(status="Open").pk)
        statements, page = spent(lambda: django_app.get(reverse("basket:summary"), user=alice))
        assert "100 points pay £1 of this order." in words(page.html)
        # The others are Oscar's reads of its lines, which we are the first to ask for.
        assert len([sql for sql in statements if "oscar_loyalty_" in sql]) == 4

    # As in a shop: inside a transaction of somebody else's, what we limit we also set back.
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(
        ("lifted", "rules", "wanted"),
        [(False, False, 8), (False, True, 9), (True, False, 9), (True, True, 10)],
    )
    def test_placing_an_order_costs_at_most_ten(self, django_app, shop, bob, lifted, rules, wanted):
        """
        Ten with all that may come: one for the rules on ranges and categories, however many there
        are, and one for a step up. Among them is the one that every page of a member costs.

        SQLite writes but one table in a statement: two more for an award, and one for a step. There
        is nothing to limit about its waiting, which saves one.
        """
        if rules:
            extra_points_for_everything(shop)
            for _number in range(30):
                buying.add(django_app, world.product("0.01"), user=bob)
        world.place(bob, "90.00" if lifted else "10.00")
        buying.add(django_app, shop, user=bob)
        preview = buying.go_to_preview(django_app, user=bob)
        statements, _page = spent(preview.forms["place_order_form"].submit)
        assert Account.objects.get(user=bob).seq == 2
        assert world.tier_of(bob) == ("Silver" if lifted else "")
        more = 0 if connection.vendor == "postgresql" else 1 + lifted
        assert len(statements) == wanted + more, "\n".join(statements)

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(
        ("case", "says", "more"),
        [
            ("what the order itself tells", {"countries": ["GB"], "minimum": 1, "cap_order": 9}, 0),
            ("the hour, the tier, the language", {"tiers": [0], "languages": ["en-gb"]}, 0),
            ("groups", {"groups": [1]}, 1),
            ("which order it is", {"nth_order": 1}, 1),
            # To lock the account and then the rule, to note the use, and to count it.
            ("a budget", {"budget": 99}, 4),
            # The member's uses are read, too.
            ("a cap of a member", {"cap_member": 99}, 5),
            ("all of it", {"groups": [1], "nth_order": 2, "budget": 99, "cap_member": 99}, 7),
        ],
    )
    def test_a_rule_costs_what_it_asks_for(self, django_app, shop, bob, case, says, more):
        """However many rules ask the same; none costs anything where it asks for nothing."""
        traders, _made = Group.objects.get_or_create(pk=1, defaults={"name": "Traders"})
        traders.user_set.add(bob)
        without = self.statements_of_an_order(django_app, shop, bob)
        for _number in range(2):
            world.rule(points=5, **says)
        statements = self.statements_of_an_order(django_app, shop, bob)
        if connection.vendor != "postgresql":
            # What PostgreSQL locks by reading it is written first, and then read.
            more += 2 * ("budget" in says or "cap_member" in says)
        assert len(statements) == len(without) + more, "\n".join(statements)

    def statements_of_an_order(self, django_app, shop, bob):
        buying.add(django_app, shop, user=bob)
        preview = buying.go_to_preview(django_app, user=bob)
        return spent(preview.forms["place_order_form"].submit)[0]

    def test_messages_that_are_switched_on_cost_one_however_many(self, django_app, shop, bob):
        """What is switched on is remembered for a minute."""

        def bought():
            buying.add(django_app, shop, user=bob)
            preview = buying.go_to_preview(django_app, user=bob)
            return spent(preview.forms["place_order_form"].submit)[0]

        bought()
        without = len(bought())
        switch_on("thank-you", "check-in", "review-request", "related-products")
        bought()
        statements = bought()
        assert len([sql for sql in statements if "oscar_loyalty_message" in sql]) == 1
        assert len(statements) == without + 1

    @pytest.mark.django_db(transaction=True)
    def test_an_order_claims_its_coupon_in_one_statement(self, django_app, shop, bob):
        five = coupons.give(bob)
        buying.add(django_app, shop, user=bob)
        bob.baskets.get(status="Open").vouchers.add(five.voucher)
        preview = buying.go_to_preview(django_app, user=bob)
        statements, _page = spent(preview.forms["place_order_form"].submit)
        about = [sql for sql in statements if "oscar_loyalty_coupon" in sql]
        claims = [sql for sql in about if sql.startswith("UPDATE")]
        # One before the payment, one with the order; Oscar's use of the voucher asks once more.
        assert len(claims) == 2, "\n".join(about)
        kept = [sql for sql in statements if sql.startswith('UPDATE "voucher_voucher" SET "end_')]
        # Oscar must not call it expired before the payment is over.
        assert len(kept) == 1, "\n".join(statements)
        assert Coupon.objects.get().order_number == bob.orders.get().number
