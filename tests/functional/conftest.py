"""What a page costs us, and what it charges the customer."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from oscar.core.loading import get_class


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


@pytest.fixture
def goods(django_app):
    """The page of a product, as a customer or a guest sees it."""

    def page(product, user=None):
        if user is None:
            django_app.reset()
        return django_app.get(product.get_absolute_url(), user=user)

    return page


@pytest.fixture
def till(monkeypatch):
    """What was charged."""
    charged = []
    monkeypatch.setattr(
        get_class("checkout.views", "PaymentDetailsView"),
        "handle_payment",
        lambda self, number, total, **kwargs: charged.append(total.incl_tax),
    )
    return charged
