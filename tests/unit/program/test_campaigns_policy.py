"""Who may buy in a flash sale, what comes off, and how many units a basket gets."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from oscar_loyalty.program.campaigns.policy import Item, Sale, Share, allot, most, off
from tests.world import JUNE

CENT, YEN = Decimal("0.01"), Decimal(1)
HOUR = timedelta(hours=1)

SALE = Sale(
    sale_id=1,
    name="Teatime",
    active=True,
    product_id=7,
    range_id=None,
    kind="price",
    value=Decimal("15.00"),
    currency="GBP",
    starts_at=JUNE,
    ends_at=JUNE + 3 * HOUR,
    tiers_only=False,
    units=20,
    per_customer=1,
    payment_minutes=30,
    offer_id=None,
)
#: Gold (2) a day earlier, Silver (1) two hours.
EARLY = replace(SALE, early=((1, 2), (2, 24)))


@pytest.mark.parametrize(
    ("case", "sale", "rank", "hours"),
    [
        ("everybody at the start", SALE, None, 0),
        ("a tier that was not chosen, too", replace(SALE, early=((2, 24),)), 1, 0),
        ("who is on no tier does not buy early", EARLY, None, 0),
        ("the chosen tier, so many hours before", EARLY, 1, 2),
        ("each its own", EARLY, 2, 24),
        ("a better tier never later than these", EARLY, 3, 24),
        ("nor than a lower one with more hours", replace(SALE, early=((1, 24), (2, 2))), 2, 24),
        ("tiers alone", replace(EARLY, tiers_only=True), 1, 2),
        ("and nobody else", replace(EARLY, tiers_only=True), None, None),
        ("tiers alone, at the start", replace(SALE, tiers_only=True, early=((1, 0),)), 1, 0),
    ],
)
def test_whose_turn_it_is(case, sale, rank, hours):
    expected = None if hours is None else JUNE - hours * HOUR
    assert sale.opens_at(rank) == expected, case
    if expected is not None:
        tick = timedelta(microseconds=1)
        moments = (expected - tick, expected, sale.ends_at - tick, sale.ends_at)
        assert [sale.is_open(rank, at) for at in moments] == [False, True, True, False]


def test_the_first_turn():
    assert SALE.first_opens_at == JUNE
    assert EARLY.first_opens_at == JUNE - 24 * HOUR


def test_switched_off_it_is_nobodys_turn():
    assert not replace(SALE, active=False).is_open(None, JUNE)


@pytest.mark.parametrize(
    ("kind", "value", "price", "coin", "expected"),
    [
        ("price", "15.00", "20.00", CENT, "5.00"),
        ("price", "15.00", "15.00", CENT, "0.00"),
        ("price", "15.00", "12.00", CENT, "0.00"),
        # At most 15 is paid of a price with more decimals than there are coins.
        ("price", "15.00", "19.9942", CENT, "5.00"),
        ("percentage", "25", "20.00", CENT, "5.00"),
        ("percentage", "33.33", "9.99", CENT, "3.32"),
        ("percentage", "10", "155", YEN, "15"),
        ("percentage", "100", "20.00", CENT, "20.00"),
    ],
)
def test_what_comes_off(kind, value, price, coin, expected):
    sale = replace(SALE, kind=kind, value=Decimal(value))
    assert off(Decimal(price), sale, coin) == Decimal(expected)


@pytest.mark.parametrize(
    ("left", "had", "per_customer", "expected"),
    [
        (5, 0, None, (5, "left")),
        (5, 9, None, (5, "left")),
        (5, 0, 1, (1, "limit")),
        (5, 1, 1, (0, "limit")),
        (5, 2, 1, (0, "limit")),
        (1, 0, 3, (1, "left")),
        (0, 0, 1, (0, "left")),
        (3, 0, 3, (3, "left")),
    ],
)
def test_how_many_a_basket_may_get(left, had, per_customer, expected):
    assert most(left, had, per_customer) == expected


@pytest.mark.parametrize(
    ("case", "items", "units", "expected"),
    [
        ("all", [(1, "20", 2)], 5, [(1, 2, "5")]),
        ("as many as there are", [(1, "20", 3)], 2, [(1, 2, "5")]),
        ("where they save most", [(1, "20", 1), (2, "30", 1)], 1, [(2, 1, "15")]),
        ("the rest for the next", [(1, "20", 2), (2, "30", 1)], 2, [(2, 1, "15"), (1, 1, "5")]),
        ("none that costs less anyhow", [(1, "14", 2), (2, "20", 1)], 3, [(2, 1, "5")]),
        ("none that other offers use", [(1, "20", 0)], 3, []),
        ("none", [(1, "20", 1)], 0, []),
    ],
)
def test_which_items_get_the_units(case, items, units, expected):
    wanted = [Item(line_id, Decimal(price), count) for line_id, price, count in items]
    shares = [Share(line_id, count, Decimal(each)) for line_id, count, each in expected]
    assert allot(wanted, SALE, units=units, coin=CENT) == shares, case
