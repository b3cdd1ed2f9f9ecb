"""What customers' pasts say of the year ahead, for all who came in the same month."""

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal

from oscar_loyalty.program.reports.policy.estimates import lifetime
from oscar_loyalty.program.reports.policy.estimates.lifetime import History, Money, Orders, Spending
from oscar_loyalty.program.reports.policy.periods import month_of

#: How far ahead one looks.
WEEKS = 52
#: Of so many customers at most is learned: more take long, and say the same.
SAMPLE = 20_000
_WEEK = 7


@dataclass(frozen=True)
class Expected:
    """How many orders and how much money so many customers will bring; None if nobody can say."""

    customers: int
    orders: float | None
    spend: float | None


@dataclass(frozen=True)
class Outlook:
    """The parameters by name, and what is expected of customers, by the month they came in."""

    parameters: dict[str, float]
    expected: dict[int, Expected]


@dataclass
class _Alike:
    """Customers with the same past, in weeks, and what they spent together behind the first day."""

    customers: int = 0
    spent: Decimal = Decimal(0)


@dataclass
class Learner:
    """Takes customers one by one, and remembers of the many only how many are alike."""

    today: date
    one_in: int
    seen: int = 0
    _histories: list[History] = field(default_factory=list)
    _spendings: list[Spending] = field(default_factory=list)
    #: By the month in which they came.
    _alike: dict[int, dict[History, _Alike]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(_Alike))
    )

    def take(self, first: date, last: date, repeats: int, spent: Decimal) -> None:
        """Look at a customer."""
        recency, age = (last - first).days, (self.today - first).days
        if self.seen % self.one_in == 0:
            self._histories.append(History(repeats, recency / _WEEK, age / _WEEK))
            if repeats:
                self._spendings.append(Spending(repeats, float(spent) / repeats))
        self.seen += 1
        weeks = History(repeats, float(round(recency / _WEEK)), float(round(age / _WEEK)))
        alike = self._alike[month_of(first)][weeks]
        alike.customers += 1
        alike.spent += spent

    def outlook(self) -> Outlook:
        """What there is to learn from them."""
        orders = lifetime.fit_orders(self._histories)
        money = lifetime.fit_money(self._spendings)
        known = [asdict(model) for model in (orders, money) if model]
        parameters = {name: value for model in known for name, value in model.items()}
        expected = {month: _ahead(pasts, orders, money) for month, pasts in self._alike.items()}
        return Outlook(parameters, expected)


def _ahead(pasts: dict[History, _Alike], orders: Orders | None, money: Money | None) -> Expected:
    customers = sum(one.customers for one in pasts.values())
    if orders is None:
        return Expected(customers, None, None)
    often = {past: orders.expected(past, WEEKS) for past in pasts}
    ordered = sum(often[past] * one.customers for past, one in pasts.items())
    if money is None:
        return Expected(customers, ordered, None)
    spent = sum(
        often[past] * money.expected(past.repeats, float(one.spent), one.customers)
        for past, one in pasts.items()
    )
    return Expected(customers, ordered, spent)
