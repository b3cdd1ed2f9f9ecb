"""Alice is Gold, Bob is new, Charlie is no member."""

import pytest

from oscar_loyalty.models import Account, Standing
from tests import world


@pytest.fixture
def programme(db):
    return world.programme()


@pytest.fixture
def ladder(programme):
    """Silver from £100 and Gold from £300, with one and a half and twice the points."""
    return [
        world.tier("Silver", 1, "100", multiplier="1.50"),
        world.tier("Gold", 2, "300", multiplier="2.00"),
    ]


@pytest.fixture
def bob(programme):
    return world.customer("bob")


@pytest.fixture
def alice(ladder):
    """Gold by an order of £300 that earned 300 points."""
    made = world.customer("alice")
    world.place(made, "300.00", number="alice-first")
    return made


@pytest.fixture
def charlie(programme):
    made = world.customer("charlie")
    Standing.objects.filter(account__user=made).delete()
    Account.objects.filter(user=made).delete()
    return made
