"""Periods, stages, groups, and what customers may still be worth."""

import csv
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import exp, isclose

import pytest

from oscar_loyalty.program.reports.policy import breakage, periods
from oscar_loyalty.program.reports.policy.breakage import Cohort
from oscar_loyalty.program.reports.policy.estimates import lifetime, simplex
from oscar_loyalty.program.reports.policy.estimates.lifetime import History, Money, Orders, Spending
from oscar_loyalty.program.reports.policy.estimates.outlook import Learner
from oscar_loyalty.program.reports.policy.matching import Bought, Matched, match
from oscar_loyalty.program.reports.policy.periods import Period
from oscar_loyalty.program.reports.policy.rfm import BEST, GROUPS, group_of
from oscar_loyalty.program.reports.policy.stages import stage_of
from oscar_loyalty.program.reports.policy.tables import Column, Table, per, share
from tests import cdnow
from tests.conftest import missing

#: As published by Fader, Hardie and Lee for the CDNOW sample, 39 weeks.
PUBLISHED = Orders(r=0.243, alpha=4.414, a=0.793, b=2.426)
PUBLISHED_MONEY = Money(p=6.25, q=3.74, v=15.44)


@pytest.mark.parametrize(
    "day", [date(1997, 1, 1), date(1997, 12, 31), date(2000, 2, 29), date(2026, 6, 15)]
)
def test_a_month_is_a_number(day):
    month = periods.month_of(day)
    assert periods.first_day(month) == day.replace(day=1)
    assert periods.first_day(month - 12) == date(day.year - 1, day.month, 1)


def test_a_period_in_whole_months():
    asked = Period(date(2025, 12, 31), date(2026, 2, 1))
    assert asked.in_whole_months == Period(date(2025, 12, 1), date(2026, 2, 28))
    assert len(asked.months) == 3
    assert periods.usual(date(2026, 2, 10)) == Period(date(2025, 3, 1), date(2026, 2, 10))


def test_of_nothing_there_is_no_share():
    assert (share(1, 3), share(0, 3), share(0, 0)) == (Fraction(1, 3), 0, None)
    assert (per(Decimal("1.00"), 3), per(0, 0)) == (Fraction(1, 3), None)


@pytest.mark.parametrize(
    ("rows", "total", "is_empty"),
    [
        ([], None, True),
        ([{"name": "A", "count": 0, "rate": None}], {"count": 0}, True),
        ([{"name": "A", "count": 0, "rate": Fraction(1)}], None, False),
        ([{"name": "A", "count": 0}], {"count": 2}, False),
    ],
)
def test_a_table_of_zeros_is_empty(rows, total, is_empty):
    columns = [Column("name", "Name", "text"), Column("count", "N"), Column("rate", "R", "share")]
    assert Table(columns, rows, total).is_empty is is_empty


@pytest.mark.parametrize(
    ("orders", "stage"),
    [
        (0, "visited"),
        (1, "once"),
        (2, "again"),
        (3, "attached"),
        (4, "attached"),
        (5, "loyal"),
        (99, "loyal"),
    ],
)
def test_stages(orders, stage):
    assert stage_of(orders) == stage


@pytest.mark.parametrize(
    ("scores", "group"),
    [
        ((5, 5, 5), "best"),
        ((4, 4, 4), "best"),
        ((4, 3, 4), "faithful"),
        ((3, 5, 5), "faithful"),
        ((5, 1, 1), "promising"),
        ((4, 2, 3), "promising"),
        ((3, 1, 4), "slipping"),
        ((2, 3, 3), "missed"),
        ((1, 5, 5), "missed"),
        ((1, 1, 1), "asleep"),
        ((2, 1, 4), "asleep"),
    ],
)
def test_groups(scores, group):
    assert group_of(*scores) == group


def test_every_score_is_in_a_group():
    scores = range(1, BEST + 1)
    found = {group_of(r, f, m) for r in scores for f in scores for m in scores}
    assert found == set(GROUPS)


# ---------------------------------------------------------------- the search


def test_the_lowest_point_of_a_bent_valley():
    """Rosenbrock's, which is hard to walk down."""
    found = simplex.lowest(
        lambda point: (1 - point[0]) ** 2 + 100 * (point[1] - point[0] ** 2) ** 2, (-1.2, 1.0)
    )
    assert found == pytest.approx((1, 1), abs=1e-4)


@pytest.mark.parametrize(
    "function",
    [lambda point: float("nan"), lambda point: float("inf")],
    ids=["no numbers", "nothing but walls"],
)
def test_a_search_that_finds_nothing(function):
    assert simplex.lowest(function, (0.0,)) is None


# ---------------------------------------------------------------- how often


@pytest.fixture(scope="module")
def calibration():
    """The 39 weeks as others have summed them up: repeats, recency and age in weeks."""
    path = cdnow.file("cdnow_customers_summary.csv") or missing(cdnow.MISSING)
    with path.open() as lines:
        return [
            History(int(row["frequency"]), float(row["recency"]), float(row["T"]))
            for row in csv.DictReader(lines)
        ]


def test_the_parameters_published_for_cdnow(calibration):
    found = lifetime.fit_orders(calibration)
    for name in ("r", "alpha", "a", "b"):
        assert round(getattr(found, name), 3) == getattr(PUBLISHED, name)


def test_the_order_of_customers_does_not_matter(calibration):
    assert lifetime.fit_orders(reversed(calibration)) == lifetime.fit_orders(calibration)


@pytest.mark.parametrize("history", [History(2, 30.43, 38.86), History(1, 1.71, 38.86)])
def test_expected_orders_are_what_the_model_says(history):
    """Against the sum over all rates and all chances to leave, each as likely as it is."""
    often, weight = 0.0, 0.0
    for rate, chance, likely in mixed(PUBLISHED):
        x, recency, age = history.repeats, history.recency, history.age
        here = (1 - chance) ** x * rate**x * exp(-rate * age)
        left = chance * (1 - chance) ** (x - 1) * rate**x * exp(-rate * recency)
        weight += likely * (here + left)
        often += likely * here * (1 - exp(-rate * chance * 39)) / chance
    assert PUBLISHED.expected(history, 39) == pytest.approx(often / weight, rel=2e-3)


def mixed(model, steps=600, most=2.5):
    """Rates and chances in small steps; those of chances are smaller where most of them lie."""
    for place in range(steps):
        rate = (place + 0.5) / steps * most
        for other in range(steps):
            chance = ((other + 0.5) / steps) ** (1 / model.a)
            likely = rate ** (model.r - 1) * exp(-model.alpha * rate)
            yield rate, chance, likely * (1 - chance) ** (model.b - 1)


def test_more_is_expected_of_who_came_lately():
    lately, long_ago = (PUBLISHED.expected(History(4, at, 50), 52) for at in (49, 10))
    assert lately > 10 * long_ago
    assert PUBLISHED.expected(History(0, 0, 0), 52) > PUBLISHED.expected(History(0, 0, 50), 52)


def test_a_chance_of_one_is_no_hole():
    beside = [Orders(0.5, 4, a, 2).expected(History(1, 5, 10), 52) for a in (0.99, 1, 1.01)]
    assert beside[0] > beside[1] > beside[2]


def test_too_few_say_nothing():
    few = [History(1, 5, 10)] * (lifetime.ENOUGH - 1) + [History(0, 0, 10)] * 1000
    assert lifetime.fit_orders(few) is None
    assert lifetime.fit_orders([]) is None
    assert lifetime.fit_money([Spending(1, 10.0)] * (lifetime.ENOUGH - 1)) is None
    assert lifetime.fit_money([Spending(1, 0.0)] * 100) is None


def test_customers_who_are_all_alike_do_not_break_the_search():
    found = lifetime.fit_orders([History(3, 30.0, 40.0)] * 1000)
    assert found is None or found.expected(History(3, 30.0, 40.0), 52) >= 0
    paid = lifetime.fit_money([Spending(2, 25.0)] * 1000)
    assert paid is None or isclose(paid.expected(2, 50.0), 25.0, rel_tol=0.05)


# ---------------------------------------------------------------- how much


def test_what_is_paid_lies_between_ones_own_mean_and_everybodys():
    everybody = PUBLISHED_MONEY.expected(0, 0)
    assert everybody == pytest.approx(6.25 * 15.44 / 2.74)
    assert everybody < PUBLISHED_MONEY.expected(1, 100) < PUBLISHED_MONEY.expected(9, 900) < 100


def test_several_alike_are_worth_their_sum():
    one, other = PUBLISHED_MONEY.expected(2, 30), PUBLISHED_MONEY.expected(2, 80)
    assert PUBLISHED_MONEY.expected(2, 110, customers=2) == pytest.approx(one + other)


def test_an_outlook_without_parameters_still_counts_customers():
    learner = Learner(date(2026, 6, 15), one_in=1)
    learner.take(date(2026, 1, 3), date(2026, 2, 3), 1, Decimal("5.00"))
    learner.take(date(2026, 1, 9), date(2026, 1, 9), 0, Decimal(0))
    found = learner.outlook()
    assert found.parameters == {}
    (expected,) = found.expected.values()
    assert (expected.customers, expected.orders, expected.spend) == (2, None, None)


@pytest.mark.parametrize(
    ("case", "cohort", "expected"),
    [
        ("a part of what was earned", Cohort(earned=100, outstanding=100), 20),
        ("what has expired already does not again", Cohort(100, expired=15, outstanding=60), 5),
        ("more has expired than was to be expected", Cohort(100, expired=30, outstanding=60), 0),
        ("no more than is outstanding", Cohort(100, expired=0, outstanding=8), 8),
    ],
)
def test_points_that_will_expire(case, cohort, expected):
    assert breakage.of(cohort, Fraction(1, 5)) == expected


def test_settled_months_say_which_part_expires():
    settled = [Cohort(100, expired=30, outstanding=5), Cohort(300, expired=50)]
    young, empty = Cohort(100, expired=10, outstanding=6), Cohort()
    assert breakage.rate([*settled, young, empty]) == Fraction(80, 400)
    assert breakage.rate([young, empty]) is None


def test_members_beside_others_of_the_same_drawer():
    members = {
        1: Bought(2, 4, Decimal(50)),
        2: Bought(1, 1, Decimal(5)),
        3: Bought(7, 7, Decimal(7)),
    }
    others = {
        1: Bought(4, 2, Decimal(20)),
        2: Bought(1, 3, Decimal(9)),
        4: Bought(9, 9, Decimal(9)),
    }
    assert match(members, others) == Matched(
        members=10, matched=3, orders=5, spend=Decimal(55), other_orders=4, other_spend=19
    )
    assert match(members, {}) == Matched(members=10)
