"""Orders are counted by several at once, while more happens to them."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import partial

import pytest

from oscar_loyalty.flows import sales_counted
from oscar_loyalty.models import CustomerMonth
from tests import comebacks, selling, world
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("require_postgres")]

AT = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)


@pytest.fixture
def orders(programme):
    customers = [world.customer() for _number in range(5)]
    return [
        world.unsignalled(customers[place % 5], "10.00", at=AT - timedelta(days=9 * place))
        for place in range(40)
    ]


@pytest.mark.parametrize("counted_before", [False, True], ids=["the first time", "later"])
def test_everything_is_counted_once(orders, counted_before):
    if counted_before:
        sales_counted.run(at=AT)
    count = partial(sales_counted.run, at=AT)
    refunds = [partial(comebacks.refund, order, "2.50") for order in orders[:3]]
    cancel = partial(orders[3].set_status, "Cancelled")
    at_once([count, count, count, *refunds, cancel])
    sales_counted.run(at=AT)
    found = CustomerMonth.objects.values_list("orders", "spend")
    assert sum(placed for placed, _spend in found) == 39
    assert sum(spend for _placed, spend in found) == Decimal("382.50")
    assert selling.rolled_up() == selling.counted_anew(AT)
