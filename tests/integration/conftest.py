"""An order that more than one file sends back."""

import pytest

from tests import world


@pytest.fixture
def goods(programme):
    """Cups at £10, a teapot at £20 with 50 points more, and a voucher at £10 that earns none."""
    cup, pot, voucher = world.product("10.00"), world.product("20.00"), world.product("10.00")
    world.rule(product=pot, points=50)
    world.rule(product=voucher, effect="excludes")
    return [cup, cup, cup, cup, pot, voucher]


@pytest.fixture
def order(goods, alice):
    """Gold: 4 × £10 × 2 and £20 × 2 + 50 are 170 points for £60 of £70."""
    return world.place(alice, products=goods, number="1001", status="Pending")
