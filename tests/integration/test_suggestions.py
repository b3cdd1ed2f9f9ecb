"""What goes with an order: the shop's word first, then what others bought; only what can be had."""

from datetime import timedelta

import pytest
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.shop import suggestions
from tests import comebacks, world

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def goods(programme):
    return {
        name: world.product(title=name) for name in ("pot", "cup", "tea", "spoon", "jug", "tin")
    }


@pytest.fixture
def order(bob, goods):
    return world.place(bob, products=[goods["pot"]], number="7")


def recommend(primary, *products):
    """The first is recommended most."""
    model = get_model("catalogue", "ProductRecommendation")
    for ranking, product in zip((9, 5, 1), products, strict=False):
        model.objects.create(primary=primary, recommendation=product, ranking=ranking)


def together(*products, times=1, at=None, status=None):
    """Others buy these products at once, so often."""
    for _time in range(times):
        world.place(world.customer(), products=products, at=at, status=status)


def titles(number="7", *, limit=4):
    since = timezone.now() - 365 * DAY
    return [title for title, _path in suggestions.beside(number, since=since, limit=limit)]


def sell_out(product):
    product.stockrecords.update(num_in_stock=0)


def test_nothing_is_known(order):
    assert titles() == []


@pytest.mark.parametrize("number", ["", "8"])
def test_there_is_no_such_order(order, number):
    assert titles(number) == []


def test_recommendations_come_first_and_by_their_rank(order, goods):
    together(goods["pot"], goods["jug"], times=3)
    recommend(goods["pot"], goods["tea"], goods["cup"])
    assert titles() == ["tea", "cup", "jug"]
    assert titles(limit=2) == ["tea", "cup"]
    ((_title, path), *_others) = suggestions.beside("7", since=timezone.now() - DAY, limit=4)
    assert path == goods["tea"].get_absolute_url()


def test_what_most_orders_have_comes_first(order, goods):
    together(goods["pot"], goods["cup"], times=2)
    together(goods["pot"], goods["tea"], goods["cup"])
    together(goods["pot"], goods["tea"], goods["tea"], goods["spoon"])
    assert titles() == ["cup", "tea", "spoon"]


def test_one_that_is_recommended_and_bought_together_comes_once(order, goods):
    recommend(goods["pot"], goods["tea"])
    together(goods["pot"], goods["tea"], goods["cup"])
    assert titles() == ["tea", "cup"]


def test_what_the_customer_has_ever_bought_does_not_come(order, bob, goods):
    recommend(goods["pot"], goods["tea"], goods["cup"])
    together(goods["pot"], goods["jug"])
    world.place(bob, products=[goods["tea"], goods["jug"]], at=timezone.now() - 900 * DAY)
    assert titles() == ["cup"]


def test_nor_what_is_sold_out_hidden_or_has_no_price(order, goods):
    recommend(goods["pot"], goods["tea"], goods["cup"], goods["jug"])
    together(goods["pot"], goods["spoon"], goods["tin"])
    sell_out(goods["tea"])
    goods["cup"].stockrecords.all().delete()
    type(goods["jug"]).objects.filter(pk=goods["jug"].pk).update(is_public=False)
    sell_out(goods["tin"])
    assert titles() == ["spoon"]


def test_nor_what_was_bought_together_long_ago_or_in_cancelled_orders(order, goods):
    together(goods["pot"], goods["tea"], at=timezone.now() - 366 * DAY)
    together(goods["pot"], goods["jug"], status="Cancelled")
    together(goods["pot"], goods["cup"], at=timezone.now() - 364 * DAY)
    assert titles() == ["cup"]


def test_a_guests_order_counts_and_gets_nothing(order, goods):
    world.place(None, products=[goods["pot"], goods["tea"]], number="8")
    assert (titles(), titles("8")) == (["tea"], [])


class TestVariants:
    @pytest.fixture
    def shirt(self, goods):
        """Two sizes of one shirt."""
        parent = factories.create_product(structure="parent", title="Shirt")
        sizes = [world.product(structure="child", parent=parent) for _size in "SL"]
        return parent, *sizes

    def test_come_as_the_product_with_the_page(self, order, goods, shirt):
        _parent, small, large = shirt
        recommend(goods["pot"], small)
        together(goods["pot"], large)
        assert titles() == ["Shirt"]
        sell_out(small)
        assert titles() == ["Shirt"]
        sell_out(large)
        assert titles() == []

    def test_of_what_was_bought_do_not_come(self, order, bob, goods, shirt):
        parent, small, large = shirt
        recommend(goods["pot"], large)
        together(goods["pot"], parent.children.last())
        world.place(bob, products=[small])
        assert titles() == []

    def test_that_others_bought_count_as_the_product(self, bob, goods, shirt):
        parent, small, large = shirt
        world.place(bob, products=[small], number="9")
        together(large, goods["tea"])
        recommend(parent, goods["cup"])
        assert titles("9") == ["cup", "tea"]


def test_it_costs_a_bounded_number_of_statements(order, goods, django_assert_max_num_queries):
    recommend(goods["pot"], goods["tea"], goods["cup"], goods["jug"])
    together(goods["pot"], goods["spoon"])
    for product in goods.values():
        sell_out(product)
    # The order, its lines, two searches, and three for each of four products looked at.
    with django_assert_max_num_queries(4 + 3 * 4):
        assert titles() == []


def test_what_is_sent_back_was_bought_all_the_same(order, bob, goods):
    recommend(goods["pot"], goods["tea"])
    other = world.place(bob, products=[goods["tea"]])
    comebacks.send_back(other, (0, 1))
    assert titles() == []
