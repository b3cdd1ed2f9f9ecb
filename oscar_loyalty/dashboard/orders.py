"""What the books say about one order: what it earned, what paid for it, and what came back."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format

from oscar_loyalty.dashboard.pages import page_url
from oscar_loyalty.program.coupons.models import Coupon
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.returns import policy
from oscar_loyalty.shop import returns
from oscar_loyalty.staff import people


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


@dataclass(frozen=True)
class Earning:
    """What an order earned and carries now, for whom, and the codes that it used."""

    award: Award
    member: str
    url: str
    codes: list[str]


def earning_on(order: Any) -> Earning | None:
    """What was decided about the order; None where nothing was."""
    number = str(order.number)
    found = Award.objects.filter(order_number=number).select_related("account__user").first()
    if found is None:
        return None
    used = Coupon.objects.filter(order_number=number, voucher__isnull=False)
    return Earning(
        award=found,
        member=people.member_name(found.account),
        url=page_url("dashboard-member", found.account_id),
        codes=list(used.order_by("pk").values_list("voucher__code", flat=True)),
    )
