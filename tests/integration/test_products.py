"""Which categories and ranges hold a product: what Oscar says, asked in one query."""

import random
from decimal import Decimal

import pytest
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.facts import LineFacts
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
    no_clothes = Range.objects.create(name="No clothes", includes_all_products=True)
    no_clothes.excluded_categories.add(clothes)
    by_hand = Range.objects.create(name="By hand, in a branch that is excluded")
    by_hand.add_product(small)
    by_hand.excluded_categories.add(shirts)
    no_shirt = Range.objects.create(name="No shirt", includes_all_products=True)
    no_shirt.excluded_products.add(parent)
    classed = Range.objects.create(name="Teapot's class")
    classed.classes.add(teapot.product_class)
    empty = Range.objects.create(name="Nothing")
    ranges = [every, but_small, whole, one, shirt_but_small, branch, classed, empty]
    ranges += [no_clothes, by_hand, no_shirt]

    lines = facts_of(teapot, small, large)
    with django_assert_num_queries(1):
        _categories, found = products.holders(lines, ranges={range_.pk for range_ in ranges})
    for product in (teapot, small, large):
        named = {range_.name for range_ in ranges if range_.pk in found[product.pk]}
        assert named == {range_.name for range_ in ranges if range_.contains_product(product)}
    assert shirt_but_small.pk not in found[small.pk]
    assert shirt_but_small.pk in found[large.pk]
    assert classed.pk in found[teapot.pk]
    assert no_clothes.pk not in found[small.pk]
    assert by_hand.pk in found[small.pk]


def _some(chance, things):
    return chance.sample(things, chance.randint(0, 2))


def _goods(chance, branches, classes):
    """Products of their own, and variants of others."""
    goods, parents = [], []
    for number in range(10):
        made = factories.create_product(
            structure="parent" if number % 3 == 0 else "standalone",
            product_class=chance.choice(classes).name,
            title=f"Product {number}",
        )
        made.categories.set(_some(chance, branches))
        (parents if made.is_parent else goods).append(made)
    for number in range(6):
        parent = chance.choice(parents)
        child = factories.create_product(structure="child", parent=parent, title=f"Child {number}")
        child.product_class = None
        child.save()
        goods.append(child)
    return goods, parents


def _any_range(chance, name, every, branches, classes):
    made = Range.objects.create(name=name, includes_all_products=chance.random() < 0.4)
    for product in _some(chance, every):
        made.add_product(product)
    made.excluded_products.set(_some(chance, every))
    made.included_categories.set(_some(chance, branches))
    made.excluded_categories.set(_some(chance, branches))
    made.classes.set(_some(chance, classes))
    return made


@pytest.mark.parametrize("seed", range(3))
def test_any_range_holds_what_offers_take_it_to_hold(programme, seed):
    chance = random.Random(seed)
    classes = [factories.ProductClassFactory(name=name) for name in ("Book", "Tea", "Cup")]
    roots = [factories.CategoryFactory(name=name) for name in ("Sale", "Home")]
    below = [root.add_child(name=f"{root.name} below", slug=f"below-{root.pk}") for root in roots]
    goods, parents = _goods(chance, roots + below, classes)
    ranges = [
        _any_range(chance, f"Range {number}", goods + parents, roots + below, classes)
        for number in range(25)
    ]
    lines = [
        LineFacts(
            line_id=0,
            title="",
            quantity=1,
            paid_incl_tax=Decimal(1),
            paid_excl_tax=Decimal(1),
            product_id=product.pk,
            parent_id=product.parent_id,
            product_class_id=products.class_of(product),
        )
        for product in goods
    ]
    _categories, found = products.holders(lines, ranges={range_.pk for range_ in ranges})
    for product in goods:
        held = {made.pk for made in Range.objects.all() if made.contains_product(product)}
        assert found.get(product.pk, set()) == held, product


def test_ranges_that_answer_by_themselves_are_asked(catalogue, programme, monkeypatch):
    teapot, _parent, small, *_rest = catalogue
    every = Range.objects.create(name="Everything", includes_all_products=True)
    lines = facts_of(teapot, small)
    monkeypatch.setattr(Range, "contains_product", OnlyTeapots.contains_product)
    _categories, found = products.holders(lines, ranges={every.pk})
    assert dict(found) == {teapot.pk: {every.pk}}


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


def test_more_products_than_one_statement_takes(programme, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(products, "PRODUCTS_AT_A_TIME", 3)
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
