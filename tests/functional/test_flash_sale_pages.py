"""What shoppers read of a flash sale, and that they are never charged more than that in silence."""

from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from oscar_loyalty.flows import books_audited, due_jobs, flash_sales_kept
from oscar_loyalty.models import FlashSale, FlashSaleUnit
from tests import coupons, flash_sales, world
from tests.functional import buying
from tests.functional.reading import content, listed, words
from tests.functional.sabotage import our_statements

pytestmark = pytest.mark.django_db

PaymentDetailsView = get_class("checkout.views", "PaymentDetailsView")
UnableToTakePayment = get_class("payment.exceptions", "UnableToTakePayment")

PANEL = "div.alert:has(.fa-bolt)"
NOTICE = "[data-loyalty=flash-sale-units]"


@pytest.fixture
def teapot(programme):
    buying.open_the_country()
    return world.product("20.00", title="Teapot")


@pytest.fixture
def panel(django_app):
    """What the product's page says of a sale; empty for nothing."""

    def read(product, user=None):
        page = django_app.get(product.get_absolute_url(), user=user)
        return " ".join(words(element) for element in content(page).select(PANEL))

    return read


def sell_out():
    basket = flash_sales.basket(get_model("catalogue", "Product").objects.get(title="Teapot"))
    assert flash_sales.pay(basket)
    return basket


class TestTheProductsPage:
    def test_says_price_end_and_units(self, panel, teapot, bob):
        ends_at = timezone.now().replace(month=7, day=5, hour=17, minute=0, second=0, microsecond=0)
        flash_sales.sale(teapot, ends_at=ends_at + timedelta(days=366))
        year = ends_at.year + 1
        day = (ends_at + timedelta(days=366)).day
        assert panel(teapot, bob) == (
            f"Flash sale: Teatime £15 instead of £20. Until July {day}, {year}, 6 p.m. (BST). "
            "2 of 2 are left at this price. At most 1 for a customer."
        )

    def test_counts_what_is_being_paid_and_what_is_in_stock(self, panel, teapot):
        flash_sales.sale(teapot, units=3)
        sell_out()
        assert "2 of 3 are left at this price." in panel(teapot)
        teapot.stockrecords.update(num_in_stock=1)
        assert "1 of 3 is left at this price." in panel(teapot)

    def test_says_when_none_is_left(self, panel, teapot):
        flash_sales.sale(teapot, units=1)
        sell_out()
        assert "All of them are sold, or being paid at this moment." in panel(teapot)

    def test_says_so_to_who_has_had_theirs(self, panel, teapot, bob):
        flash_sales.sale(teapot)
        coupons.place(flash_sales.basket(teapot, bob))
        assert "You have had yours: another one costs the normal price." in panel(teapot, bob)

    def test_says_whose_turn_it_is(self, panel, teapot, alice, bob, ladder):
        flash_sales.sale(teapot, starts_in=2, hours=4, early=[(ladder[1], 3)])
        assert "You buy before all others, whose turn begins:" in panel(teapot, alice)
        for user in (bob, None):
            told = panel(teapot, user)
            assert "Members of some tiers buy before all others. Your turn begins:" in told
            assert "£15" not in told
        FlashSale.objects.update(tiers_only=True)
        assert "Only for members of some tiers." in panel(teapot, bob)

    @pytest.mark.parametrize(("starts_in", "hours"), [(1, 2), (-2, -1)])
    def test_says_nothing_before_and_after(self, panel, teapot, starts_in, hours):
        flash_sales.sale(teapot, starts_in=starts_in, hours=hours)
        assert panel(teapot) == ""

    def test_of_a_product_that_is_cheaper_anyhow_says_nothing(self, panel, teapot):
        cheap = world.product("12.00")
        everything = coupons.product_range("Everything", includes_all_products=True)
        flash_sales.sale(None, range=everything)
        assert (panel(cheap), "£15 instead of £20" in panel(teapot)) == ("", True)

    def test_of_a_parent_says_what_its_variants_cost(self, panel, programme):
        parent = factories.create_product(structure="parent", title="Cup")
        blue = world.product("20.00", structure="child", parent=parent)
        sale = flash_sales.sale(blue, kind="percentage", value="25")
        assert "Now 25% off." in panel(parent)
        sale.product = parent
        sale.save()
        assert "Now 25% off." in panel(parent)

    def test_promises_points_on_no_more_than_the_price(self, django_app, panel, teapot):
        flash_sales.sale(teapot)
        pages = [django_app.get(one.get_absolute_url()) for one in (teapot, world.product("20.00"))]
        promised = [words(content(page).select_one("p:has([data-loyalty=earn])")) for page in pages]
        assert promised == ["Earn up to 20 points", "Earn 20 points"]


class TestWhatItCosts:
    """In queries of ours."""

    @pytest.fixture
    def cost(self, django_app, queries):
        def count(address, user=None):
            django_app.get(address, user=user)
            statements = queries(lambda: django_app.get(address, user=user))
            return len([sql for sql in statements if "oscar_loyalty_" in sql])

        return count

    def test_nothing_while_none_is_on(self, django_app, cost, teapot):
        flash_sales.sale(teapot, starts_in=-2, hours=-1)
        flash_sales_kept.run(at=timezone.now())
        flash_sales.sale(teapot, starts_in=1, hours=2)
        buying.add(django_app, teapot)
        pages = (teapot.get_absolute_url(), reverse("basket:summary"))
        assert [cost(page) for page in pages] == [0, 0]

    def test_one_while_one_is_on_and_two_with_a_basket(self, django_app, cost, teapot):
        flash_sales.sale(teapot)
        other = world.product().get_absolute_url()
        assert [cost(page) for page in (teapot.get_absolute_url(), other)] == [1, 0]
        buying.add(django_app, teapot)
        pages = (teapot.get_absolute_url(), other, reverse("basket:summary"))
        assert [cost(page) for page in pages] == [2, 1, 1]


class TestTheBasket:
    @pytest.fixture
    def notice(self, django_app, teapot):
        def read(user=None, quantity=1):
            for _item in range(quantity):
                buying.add(django_app, teapot, user=user)
            return listed(django_app.get(reverse("basket:summary"), user=user), NOTICE)

        return read

    def test_says_that_a_unit_is_not_kept_yet(self, notice, teapot, bob):
        flash_sales.sale(teapot)
        assert notice(bob) == [
            "1 item has the price of the flash sale Teatime, and is kept for you when you pay."
        ]

    def test_says_how_many_a_customer_gets(self, notice, teapot, bob):
        flash_sales.sale(teapot)
        assert notice(bob, 3) == [
            "1 of 3 has the price of the flash sale Teatime, for a customer gets no more; "
            "the rest costs the normal price."
        ]

    def test_says_how_many_are_left(self, notice, teapot):
        flash_sales.sale(teapot, per_customer=None)
        assert notice(quantity=3) == [
            "2 of 3 have the price of the flash sale Teatime, for no more are left; "
            "the rest costs the normal price."
        ]

    def test_says_that_none_is_left(self, notice, teapot):
        flash_sales.sale(teapot, units=1)
        sell_out()
        assert notice() == [
            "The flash sale Teatime has no units left: this costs the normal price."
        ]

    def test_says_nothing_without_a_sale(self, notice):
        assert notice() == []


class TestTheCheckout:
    def test_sells_to_members_and_to_guests(self, django_app, teapot, bob, till):
        flash_sales.sale(teapot)
        buying.buy(django_app, teapot, user=bob)
        assert till == [Decimal("19.80")]
        assert flash_sales.states() == {"free": 1, "sold": 1}
        django_app.reset()
        django_app.set_user(None)
        buying.as_guest(django_app, teapot)
        assert till == [Decimal("19.80")] * 2
        assert flash_sales.states() == {"sold": 2}

    def submit_after(self, django_app, teapot, bob, happens):
        buying.add(django_app, teapot, user=bob)
        preview = buying.go_to_preview(django_app, user=bob)
        assert listed(preview, NOTICE) != []
        happens()
        return preview.forms["place_order_form"].submit()

    def test_charges_nothing_where_the_last_unit_is_gone(self, django_app, teapot, bob, till):
        flash_sales.sale(teapot, units=1)
        page = self.submit_after(django_app, teapot, bob, sell_out)
        assert "A flash sale has no longer enough units for your basket." in page.text
        assert (till, bob.orders.count()) == ([], 0)
        assert bob.baskets.get().status == "Open"
        # Who goes on has seen what it costs now.
        preview = buying.go_to_preview(django_app, user=bob)
        assert "has no units left: this costs the normal price." in preview.text
        preview.forms["place_order_form"].submit().follow()
        assert till == [Decimal("24.80")]

    def test_charges_nothing_where_the_sale_is_over(self, django_app, teapot, bob, till):
        flash_sales.sale(teapot)
        over = {"ends_at": timezone.now(), "starts_at": timezone.now() - timedelta(hours=1)}
        page = self.submit_after(django_app, teapot, bob, lambda: FlashSale.objects.update(**over))
        assert "nothing was charged" in page.text
        assert till == []

    def test_charges_nothing_where_we_fail(self, django_app, teapot, bob, till, monkeypatch):
        flash_sales.sale(teapot)
        freeze = PaymentDetailsView.freeze_basket
        buying.add(django_app, teapot, user=bob)
        preview = buying.go_to_preview(django_app, user=bob)
        with ExitStack() as trouble, monkeypatch.context() as patch:

            def and_then(self, basket):
                freeze(self, basket)
                trouble.enter_context(our_statements(fail_at=0))

            patch.setattr(PaymentDetailsView, "freeze_basket", and_then)
            page = preview.forms["place_order_form"].submit()
        assert "nothing was charged" in page.text
        assert (till, flash_sales.states()) == ([], {"free": 2})

    def test_where_we_fail_before_the_shopper_pays_the_normal_price(
        self, django_app, teapot, bob, till
    ):
        flash_sales.sale(teapot)
        with our_statements(fail_at=0):
            buying.buy(django_app, teapot, user=bob)
        assert till == [Decimal("24.80")]
        assert flash_sales.states() == {"free": 2}

    def test_lets_others_have_the_unit_of_a_refused_payment(
        self, django_app, teapot, bob, monkeypatch
    ):
        flash_sales.sale(teapot, units=1)

        def refuse(self, *args, **kwargs):
            assert flash_sales.states() == {"claimed": 1}
            raise UnableToTakePayment("No.")

        monkeypatch.setattr(PaymentDetailsView, "handle_payment", refuse)
        buying.add(django_app, teapot, user=bob)
        preview = buying.go_to_preview(django_app, user=bob)
        assert "No." in preview.forms["place_order_form"].submit().text
        assert flash_sales.states() == {"free": 1}
        assert FlashSaleUnit.objects.get().basket_id is None


class TestAnyStatementMayFail:
    """One after the other, from when the basket is frozen."""

    def attempt(self, django_app, teapot, user, monkeypatch, fail_at):
        """Buy one; the answer, and the statements of ours that were sent."""
        buying.add(django_app, teapot, user=user)
        preview = buying.go_to_preview(django_app, user=user)
        freeze, seen = PaymentDetailsView.freeze_basket, []
        with ExitStack() as trouble, monkeypatch.context() as patch:

            def and_then(self, basket):
                freeze(self, basket)
                seen.append(trouble.enter_context(our_statements(fail_at=fail_at)))

            patch.setattr(PaymentDetailsView, "freeze_basket", and_then)
            return preview.forms["place_order_form"].submit(), seen[0]

    def test_nobody_is_charged_another_price_and_the_books_are_right_in_the_end(
        self, django_app, teapot, till, monkeypatch
    ):
        flash_sales.sale(teapot, units=50)
        page, seen = self.attempt(django_app, teapot, world.customer(), monkeypatch, None)
        assert (page.status_code, len(till)) == (302, 1)
        for number in range(1, len(seen) + 1):
            charged = len(till)
            page, _seen = self.attempt(django_app, teapot, world.customer(), monkeypatch, number)
            assert (page.status_code == 302) == (len(till) == charged + 1), number
            assert page.status_code == 302 or "nothing was charged" in page.text, number
        assert set(till) == {Decimal("19.80")}
        flash_sales.time_is_up()
        due_jobs.run(at=timezone.now())
        sold = len(till)
        assert flash_sales.states() == {"free": 50 - sold, "sold": sold}
        assert books_audited.run(at=timezone.now() + timedelta(hours=2)).violations == []
