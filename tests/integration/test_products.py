"""Which categories and ranges hold a product: what Oscar says, asked in one query."""

import pytest
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.shop import orders, products
from tests import world

pytestmark = pytest.mark.django_db

Range = get_model("offer", "Range")


class OnlyTeapots:
    """A range with a class of its own, as shops write them."""

    name = "Teapots"

    def contains_product(self, product):
        return product.title == "Teapot"

    def num_products(self):
        return None


@pytest.fixture
def catalogue():
    """A product of its own, and two variants of another in a branch of the category tree."""
    teapot = world.product("20.00", title="Teapot")
    parent = factories.create_product(structure="parent", title="Shirt")
    small, large = (
        factories.create_product(structure="child", parent=parent, title=size, price=9)
        for size in ("Small", "Large")
    )
    for child in (small, large):
        child.product_class = None
        child.save()
    clothes = factories.CategoryFactory(name="Clothes")
    shirts = clothes.add_child(name="Shirts", slug="shirts")
    parent.categories.add(shirts)
    return teapot, parent, small, large, clothes, shirts


def facts_of(*goods):
    order = world.place(world.customer("buyer"), products=goods)
    return orders.facts_of(order.number).lines


def test_ranges_hold_what_oscar_says(catalogue, programme, django_assert_num_queries):
    teapot, parent, small, large, clothes, shirts = catalogue
    every = Range.objects.create(name="Everything", includes_all_products=True)
    but_small = Range.objects.create(name="All but small", includes_all_products=True)
    but_small.excluded_products.add(small)
    whole = Range.objects.create(name="The shirt")
    whole.add_product(parent)
    one = Range.objects.create(name="One variant")
    one.add_product(large)
    shirt_but_small = Range.objects.create(name="The shirt but small")
    shirt_but_small.add_product(parent)
    shirt_but_small.excluded_products.add(small)
    branch = Range.objects.create(name="Clothes")
    branch.included_categories.add(clothes)
    no_shirts = Range.objects.create(name="No shirts", includes_all_products=True)
    no_shirts.excluded_categories.add(shirts)
    classed = Range.objects.create(name="Teapot's class")
    classed.classes.add(teapot.product_class)
    empty = Range.objects.create(name="Nothing")
    ranges = [every, but_small, whole, one, shirt_but_small, branch, no_shirts, classed, empty]

    lines = facts_of(teapot, small, large)
    with django_assert_num_queries(1):
        _categories, found = products.holders(lines, ranges={range_.pk for range_ in ranges})
    for product in (teapot, small, large):
        named = {range_.name for range_ in ranges if range_.pk in found[product.pk]}
        assert named == {range_.name for range_ in ranges if range_.contains_product(product)}
    assert shirt_but_small.pk not in found[small.pk]
    assert shirt_but_small.pk in found[large.pk]
    assert classed.pk in found[teapot.pk]


def test_a_range_of_a_shop_s_own_class_is_asked(catalogue, programme):
    teapot, _parent, small, *_rest = catalogue
    proxy = f"{OnlyTeapots.__module__}.{OnlyTeapots.__name__}"
    teapots = Range.objects.create(name="Teapots", proxy_class=proxy)
    _categories, found = products.holders(facts_of(teapot, small), ranges={teapots.pk})
    assert dict(found) == {teapot.pk: {teapots.pk}}


def test_categories_hold_what_is_in_their_branches(catalogue, programme, django_assert_num_queries):
    teapot, _parent, small, _large, clothes, shirts = catalogue
    beside = factories.CategoryFactory(name="Kitchen")
    lines = facts_of(teapot, small)
    with django_assert_num_queries(1):
        found, ranges = products.holders(
            lines, categories={clothes.pk, shirts.pk, beside.pk}, ranges={-1}
        )
    assert found[small.pk] == {clothes.pk, shirts.pk}
    assert found.get(teapot.pk) is None
    assert dict(ranges) == {}
    shirts_only, _ranges = products.holders(lines, categories={shirts.pk})
    assert dict(shirts_only) == {small.pk: {shirts.pk}}


def test_more_products_than_one_statement_takes(programme, django_assert_num_queries):
    every = Range.objects.create(name="Everything", includes_all_products=True)
    goods = [world.product("1.00") for _n in range(products.PRODUCTS_AT_A_TIME + 1)]
    lines = facts_of(*goods)
    with django_assert_num_queries(2):
        _categories, found = products.holders(lines, ranges={every.pk})
    assert dict(found) == {product.pk: {every.pk} for product in goods}


def test_nothing_asked_costs_nothing(catalogue, programme, django_assert_num_queries):
    lines = facts_of(catalogue[0])
    with django_assert_num_queries(0):
        assert products.holders(lines) == ({}, {})
