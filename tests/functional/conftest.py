"""Alice is Gold, Bob is new, Charlie is no member; each meets the shop at its own pages."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oscar_loyalty.models import Account, Standing
from tests import world


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """A rolled back test leaves its terms in the cache, of which no signal tells."""
    cache.clear()
    yield
    cache.clear()


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


@pytest.fixture
def queries():
    """Run something and give the statements it sent, those that only frame transactions aside."""

    def sent_by(act) -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            act()
        statements = [query["sql"] for query in captured]
        return [sql for sql in statements if not re.match(r"(RELEASE )?SAVEPOINT|BEGIN", sql)]

    return sent_by


@pytest.fixture
def visit(django_app):
    """The account page as a customer sees it."""

    def page(user, query=""):
        return django_app.get(f"/accounts/loyalty/{query}", user=user)

    return page
