"""
What customers may still be worth: how often they will order, and for how much.

BG/NBD (P. S. Fader, B. G. S. Hardie and K. L. Lee, "Counting Your Customers" the Easy Way,
Marketing Science 24, 2005): each customer orders at random times at a rate of their own, and after
each order may be gone for good with a chance of their own; rates are spread over the customers by
a gamma distribution (r, alpha), chances by a beta (a, b).

Gamma-gamma (the same, RFM and CLV, Journal of Marketing Research 42, 2005, and their note of 2013):
what a customer pays varies around a mean of their own, and means are spread by (p, q, v), whatever
the rates are.

Times are in weeks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, inf, isfinite, lgamma, log, log1p

from oscar_loyalty.program.reports.policy.estimates import simplex
from oscar_loyalty.program.reports.policy.estimates.simplex import Point

#: With fewer customers who came again there is nothing to learn from.
ENOUGH = 30
#: Logarithms of parameters beyond this are no estimates, but a search that runs away.
FURTHEST = 12.0
_SMALLEST = 1e-12
_MOST_TERMS = 10_000


@dataclass(frozen=True)
class History:
    """
    A customer's past: `repeats` are the days with orders after the first one.

    The last of them was `recency` after the first, which is `age` ago, both in weeks.
    """

    repeats: int
    recency: float
    age: float


@dataclass(frozen=True)
class Spending:
    """On how many further days a customer has ordered, and what they spent on each on average."""

    repeats: int
    mean: float


@dataclass(frozen=True)
class Orders:
    """How often customers order, and how they leave."""

    r: float
    alpha: float
    a: float
    b: float

    def expected(self, history: History, weeks: float) -> float:
        """On how many days such a customer will order in so many weeks from now (equation 10)."""
        x = history.repeats
        r, alpha, b = self.r, self.alpha, self.b
        # The equation has a hole where a is one, and none beside it.
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6
        now = alpha + history.age
        ratio: float = (now / (now + weeks)) ** (r + x)
        series = _hypergeometric(r + x, b + x, a + b + x - 1, weeks / (now + weeks))
        ahead = (a + b + x - 1) / (a - 1) * (1 - ratio * series)
        if not x:
            return ahead
        gone: float = a / (b + x - 1) * (now / (alpha + history.recency)) ** (r + x)
        return ahead / (1 + gone)


@dataclass(frozen=True)
class Money:
    """What customers pay."""

    p: float
    q: float
    v: float

    def expected(self, repeats: int, spent: float, customers: int = 1) -> float:
        """
        What a customer will pay on a day with orders, on average (equation 5 of the note).

        `spent` is what they paid on all further days together. Of several `customers` with as many
        of these it is the sum, if `spent` is.
        """
        return self.p * (self.v * customers + spent) / (self.p * repeats + self.q - 1)


def fit_orders(histories: Iterable[History]) -> Orders | None:
    """The parameters that make these pasts most likely; None where too few have come again."""
    pasts = _Pasts(Counter(histories))
    if pasts.came_again < ENOUGH:
        return None
    found = simplex.lowest(pasts.unlikeliness, (0.0, 1.0, 0.0, 1.0))
    return Orders(*map(exp, found)) if found else None


def fit_money(spendings: Iterable[Spending]) -> Money | None:
    """The same for what was spent by those who came again."""
    groups = Counter(one for one in spendings if one.repeats and one.mean > 0)
    if sum(groups.values()) < ENOUGH:
        return None
    found = simplex.lowest(_Purses(groups).unlikeliness, (1.0, 1.0, 2.0))
    money = Money(*map(exp, found)) if found else None
    # Of a spread so wide there is no mean.
    return money if money and money.q > 1 else None


class _Pasts:
    """
    The pasts of many customers, sorted by what their likelihood depends on.

    What depends on one figure alone is worked out once for each of its values: of many thousand
    customers, few differ in all.
    """

    def __init__(self, groups: Mapping[History, int]) -> None:
        self.customers = sum(groups.values())
        self.repeats, self.ages = Counter[int](), Counter[float]()
        self.returned: list[tuple[int, float, float, int]] = []
        for one, count in groups.items():
            self.repeats[one.repeats] += count
            if one.repeats:
                self.returned.append((one.repeats, one.recency, one.age, count))
            else:
                self.ages[one.age] += count
        self.times = {time for _x, *times, _count in self.returned for time in times}
        self.came_again = self.customers - self.repeats[0]

    def unlikeliness(self, point: Point) -> float:
        """
        Minus the mean logarithm of the likelihood (equation 6, in the parts of its authors' note).

        `point` are the logarithms of the parameters.
        """
        if not _is_near(point):
            return inf
        r, alpha, a, b = map(exp, point)
        total = 0.0
        for x, count in self.repeats.items():
            rates = lgamma(r + x) - lgamma(r) + r * log(alpha)
            chances = lgamma(a + b) + lgamma(b + x) - lgamma(b) - lgamma(a + b + x)
            total += count * (rates + chances)
        for age, count in self.ages.items():
            total -= count * r * log(alpha + age)
        total += self._of_returned(r, alpha, a, b)
        return -total / self.customers

    def _of_returned(self, r: float, alpha: float, a: float, b: float) -> float:
        """The part of who ordered again: they are still here, or have left after the last time."""
        odds = {x: log(a) - log(b + x - 1) for x in self.repeats if x}
        logs = {time: log(alpha + time) for time in self.times}
        total = 0.0
        for x, recency, age, count in self.returned:
            here = -(r + x) * logs[age]
            left = odds[x] - (r + x) * logs[recency]
            more, less = (here, left) if here > left else (left, here)
            total += count * (more + log1p(exp(less - more)))
        return total


class _Purses:
    """The same of what customers spent."""

    def __init__(self, groups: Mapping[Spending, int]) -> None:
        self.customers = sum(groups.values())
        self.repeats = Counter[int]()
        self.logs = self.weighted = 0.0
        for one, count in groups.items():
            self.repeats[one.repeats] += count
            self.logs += count * log(one.mean)
            self.weighted += count * one.repeats * log(one.repeats * one.mean)
        self.spent = [(one.repeats, one.repeats * one.mean, count) for one, count in groups.items()]

    def unlikeliness(self, point: Point) -> float:
        """Minus the mean logarithm of the likelihood (equation 1a of the note)."""
        if not _is_near(point):
            return inf
        p, q, v = map(exp, point)
        total = p * self.weighted - self.logs + self.customers * (q * log(v) - lgamma(q))
        for x, count in self.repeats.items():
            total += count * (lgamma(p * x + q) - lgamma(p * x))
        for x, spent, count in self.spent:
            total -= count * (p * x + q) * log(v + spent)
        return -total / self.customers


def _is_near(logarithms: Point) -> bool:
    return all(abs(one) < FURTHEST for one in logarithms)


def _hypergeometric(a: float, b: float, c: float, z: float) -> float:
    """Gauss's series, for z from 0 to less than 1."""
    term = total = 1.0
    for place in range(_MOST_TERMS):
        term *= (a + place) * (b + place) / ((c + place) * (place + 1)) * z
        total += term
        if abs(term) < _SMALLEST * abs(total):
            break
    return total if isfinite(total) else inf
