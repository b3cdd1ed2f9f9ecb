"""
A real shop's figures, against what its file says.

Everything is worked out here from the lines of the file alone, month by month and customer by
customer, in whole pence; what retention rests on a second time, by pandas.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import date, datetime, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from oscar_loyalty.flows import sales_counted
from sandbox.replay import cdnow as file
from tests import cdnow, selling
from tests.conftest import missing
from tests.selling import asked

AT = datetime(1998, 7, 10, 12, tzinfo=timezone.utc)
FIRST, LAST = date(1997, 1, 1), date(1998, 6, 30)
MONTHS = [(1997, month) for month in range(1, 13)] + [(1998, month) for month in range(1, 7)]


@pytest.fixture(scope="module")
def purchases():
    path = cdnow.file("CDNOW_sample.txt") or missing(cdnow.MISSING)
    return file.read(path, today=AT.date())


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker, purchases):
    """Sold once for all tests of the module, and taken back behind them."""
    with django_db_blocker.unblock(), selling.undone():
        selling.sell(purchases)
        sales_counted.run(at=AT)
        yield purchases


@pytest.fixture
def bought(shop):
    """Pence by customer and month, a list of orders each."""
    found = defaultdict(lambda: defaultdict(list))
    for one in shop:
        pence = int(one.paid * 100)
        found[one.customer][one.date.year, one.date.month].append(pence)
    return found


def before(month, back):
    year, place = divmod(month[0] * 12 + month[1] - 1 - back, 12)
    return (year, place + 1)


def customers(bought, month):
    """Who has ordered in the twelve months before this one."""
    recent = [before(month, back) for back in range(1, 13)]
    return {name for name, months in bought.items() if any(one in months for one in recent)}


def test_retention_and_churn(db, bought):
    kept, lost = [], []
    for month in MONTHS:
        start, end = customers(bought, month), customers(bought, before(month, -1))
        stayed = len(start & end)
        rate = Fraction(stayed, len(start)) if start else None
        kept.append((date(*month, 1), len(start), len(end), len(end - start), stayed, rate))
        churn = Fraction(len(start) - stayed, len(start)) if start else None
        lost.append((date(*month, 1), len(start), len(start) - stayed, churn))
    start, end = customers(bought, (1998, 1)), customers(bought, (1998, 7))
    stayed = len(start & end)
    rate = Fraction(stayed, len(start))
    assert asked("retention", FIRST, LAST, at=AT)[0] == kept
    assert asked("churn", FIRST, LAST, at=AT)[0] == lost
    _months, whole = asked("retention", date(1998, 1, 1), LAST, at=AT)
    assert whole == (None, len(start), len(end), len(end - start), stayed, rate)
    _months, whole = asked("churn", date(1998, 1, 1), LAST, at=AT)
    assert whole == (None, len(start), len(start) - stayed, 1 - rate)
    assert 0 < stayed < len(start)


def test_repeat_purchase_rate(db, bought):
    expected = []
    for month in MONTHS:
        buyers = [name for name, months in bought.items() if month in months]
        again = [name for name in buyers if orders_until(bought[name], month) >= 2]
        rate = Fraction(len(again), len(buyers))
        expected.append((date(*month, 1), len(buyers), len(again), rate))
    again = sum(orders_until(months, LAST.timetuple()[:2]) >= 2 for months in bought.values())
    found, whole = asked("repeat", FIRST, LAST, at=AT)
    assert found == expected
    assert whole == (None, 2357, again, Fraction(again, 2357))


def test_frequency_and_order_value(db, bought):
    often, worth = [], []
    whole = {"new": [], "returning": []}
    for month in MONTHS:
        orders = {"new": [], "returning": []}
        for months in bought.values():
            who = "new" if min(months) == month else "returning"
            orders[who] += months.get(month, [])
        everything = orders["new"] + orders["returning"]
        buyers = sum(month in months for months in bought.values())
        day = date(*month, 1)
        often.append((day, len(everything), buyers, Fraction(len(everything), buyers)))
        worth.append((day, *values(orders)))
        for who in whole:
            whole[who] += orders[who]
    assert asked("frequency", FIRST, LAST, at=AT) == (
        often,
        (None, 6919, 2357, Fraction(6919, 2357)),
    )
    assert asked("order-value", FIRST, LAST, at=AT) == (worth, (None, *values(whole)))


def values(orders):
    """The columns of the report: numbers and averages, and the sum."""
    together = orders["new"] + orders["returning"]
    row = []
    for pence in (orders["new"], orders["returning"], []):
        row += [len(pence), Fraction(sum(pence), 100 * len(pence)) if pence else None]
    average = Fraction(sum(together), 100 * len(together))
    return (*row, len(together), Decimal(sum(together)) / 100, average)


def test_cohorts(db, bought):
    came = defaultdict(list)
    for months in bought.values():
        came[min(months)].append(months)
    expected = [
        (
            date(*month, 1),
            len(came[month]),
            *(shares_of([came[month]], [month], step) for step in range(1, len(MONTHS))),
        )
        for month in MONTHS
        if came[month]
    ]
    together = [shares_of(came.values(), came, step) for step in range(1, len(MONTHS))]
    assert asked("cohorts", FIRST, LAST, at=AT) == (expected, (None, 2357, *together))
    assert [row[:2] for row in expected] == [
        (date(1997, 1, 1), 781),
        (date(1997, 2, 1), 857),
        (date(1997, 3, 1), 719),
    ]


def shares_of(cohorts, months, step):
    """The part of the cohorts that ordered so many months later; None if that has not come yet."""
    size = ordered = 0
    for month, members in zip(months, cohorts, strict=True):
        later = before(month, -step)
        if later <= (1998, 6):
            size += len(members)
            ordered += sum(later in bought for bought in members)
    return Fraction(ordered, size) if size else None


def test_stages(db, bought):
    start = (1998, 1)
    moves = Counter()
    for months in bought.values():
        orders = [orders_until(months, last) for last in (before(start, 1), (1998, 6))]
        moves[tuple(map(stage, orders))] += 1
    rows, whole = asked("stages", date(1998, 1, 1), LAST, at=AT)
    names = ("Visited", "Bought once", "Bought again", "Attached", "Loyal")
    assert rows == [
        ("Not registered yet", 0, 0, 0, 0, 0, 0),
        *(
            (
                name,
                sum(count for (first, _last), count in moves.items() if first == place),
                *(moves[place, after] for after in range(5)),
            )
            for place, name in enumerate(names)
        ),
    ]
    assert whole[1] == sum(whole[2:]) == 2357
    _rows, whole = asked("stages", FIRST, LAST, at=AT)
    assert whole[1:] == (0, 0, *(sum(moves[one, n] for one in range(5)) for n in range(1, 5)))


def stage(orders):
    return orders if orders < 3 else 3 if orders < 5 else 4


def test_rfm(db, shop, bought):
    last = {one.customer: one.date for one in shop}
    for one in shop:
        last[one.customer] = max(last[one.customer], one.date)
    orders = {name: orders_until(months, (1998, 6)) for name, months in bought.items()}
    money = {name: sum(map(sum, months.values())) for name, months in bought.items()}
    scores = [scored(figures) for figures in (last, orders, money)]
    groups = defaultdict(list)
    for name in bought:
        groups[group(*(one[name] for one in scores))].append(name)
    rows, whole = asked("rfm", FIRST, LAST, at=AT)
    assert [row[1:] for row in rows] == [
        (
            len(groups[one]),
            Fraction(len(groups[one]), 2357),
            Fraction(sum(orders[name] for name in groups[one]), len(groups[one])),
            Decimal(sum(money[name] for name in groups[one])) / 100,
            Fraction(sum(money[name] for name in groups[one]), 100 * len(groups[one])),
        )
        for one in ("best", "faithful", "promising", "slipping", "missed", "asleep")
    ]
    assert whole[1:3] == (2357, 1)
    assert whole[4] == Decimal(sum(money.values())) / 100


def scored(figures):
    """From 1 to 5, by how many of the others have less."""
    ordered = sorted(figures.values())
    return {
        name: 5 * bisect_left(ordered, figure) // len(ordered) + 1
        for name, figure in figures.items()
    }


def group(recency, frequency, money):
    if recency > 3 and frequency + money >= 8:
        return "best"
    if frequency + money > 5:
        return "faithful" if recency > 2 else "missed"
    return {5: "promising", 4: "promising", 3: "slipping"}.get(recency, "asleep")


def orders_until(months, last):
    return sum(len(orders) for month, orders in months.items() if month <= last)


@pytest.fixture
def frame(shop):
    """Each purchase with its month and its customer's first, as numbers, as pandas has them."""
    try:
        import pandas
    except ImportError:
        missing("needs pandas")
    found = pandas.DataFrame(shop)
    found["month"] = found.date.map(lambda day: day.year * 12 + day.month - 1)
    found["first"] = found.groupby("customer").month.transform("min")
    return found


def test_retention_as_pandas_has_it(db, frame):
    rows, _whole = asked("retention", FIRST, LAST, at=AT)
    bought = frame.pivot_table(index="customer", columns="month", values="paid", aggfunc="count")
    months = range(1997 * 12, 1998 * 12 + 6)
    known = bought.reindex(columns=range(months[0] - 12, months[-1] + 1)).notna()
    for month, (_day, start, end, new, stayed, _rate) in zip(months, rows, strict=True):
        before = known.loc[:, month - 12 : month - 1].any(axis=1)
        after = known.loc[:, month - 11 : month].any(axis=1)
        assert (start, end) == (before.sum(), after.sum())
        assert (new, stayed) == ((after & ~before).sum(), (after & before).sum())


def test_the_repeat_rate_as_pandas_has_it(db, frame):
    rows, _whole = asked("repeat", FIRST, LAST, at=AT)
    placed = frame.groupby(["customer", "month"]).size()
    so_far = placed.groupby("customer").cumsum()
    buyers, again = so_far.groupby("month").size(), (so_far >= 2).groupby("month").sum()
    assert [row[1] for row in rows] == buyers.tolist()
    assert [row[2] for row in rows] == again.tolist()


def test_cohorts_as_pandas_has_them(db, frame):
    rows, _whole = asked("cohorts", FIRST, LAST, at=AT)
    steps = frame.month - frame["first"]
    triangle = frame.groupby(["first", steps]).customer.nunique().unstack()
    assert [row[1] for row in rows] == triangle[0].tolist()
    for row, (_first, came) in zip(rows, triangle.iterrows(), strict=True):
        size, *later = (None if count != count else int(count) for count in came)
        assert list(row[2:]) == [
            None if count is None else Fraction(count, size) for count in later
        ]
