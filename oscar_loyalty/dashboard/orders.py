"""Of an order that points paid a part of: which part of a refund is money, and which points."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format

from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.returns import policy
from oscar_loyalty.shop import returns


@dataclass(frozen=True)
class Spending:
    """What points paid for, how many have returned, and the money that was refunded beside them."""

    worth: Decimal
    spent: str
    returned: str
    refunded: Decimal


def spending_on(order: Any) -> Spending | None:
    """The order's books by now; None where no points were spent."""
    number = str(order.number)
    hold = redemption_queries.spending_on([number]).get(number)
    if hold is None:
        return None
    found = returns.returns_of([number])[number]
    return Spending(
        worth=sum((line.by_points for line in found.lines), Decimal(0)),
        spent=number_format(hold.spent, force_grouping=True),
        returned=number_format(hold.returned, force_grouping=True),
        refunded=policy.refunded(found),
    )
