"""What is kept of an order, as a table that a merchant could check, and one step or many."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscar_loyalty.facts import LineReturn, OrderReturns
from oscar_loyalty.program.returns import policy

#: Four cups for £40, a teapot for £20, a voucher for £10; £5 for shipping.
CUPS, POT, VOUCHER, SHIPPING = 1, 2, 3, policy.SHIPPING
WHOLE = OrderReturns(
    "1001",
    "Complete",
    paid=Decimal("75.00"),
    shipping=Decimal("5.00"),
    refunded=Decimal(0),
    refunded_by_line=Decimal(0),
    lines=(
        LineReturn(CUPS, 4, Decimal("40.00"), 0, 0),
        LineReturn(POT, 1, Decimal("20.00"), 0, 0),
        LineReturn(VOUCHER, 1, Decimal("10.00"), 0, 0),
    ),
)

#: The same with points for the voucher, £65 in money.
BY_POINTS = replace(
    WHOLE,
    paid=Decimal("65.00"),
    lines=(*WHOLE.lines[:2], LineReturn(VOUCHER, 1, Decimal(0), 0, 0, Decimal("10.00"))),
)


def back(order=WHOLE, *, money="0", by_line="0", **items):
    """`order` after items (or, with `_refunded`, items named in a refund) and money came back."""
    ids = {"cups": CUPS, "pot": POT, "voucher": VOUCHER}
    named = {ids[name.removesuffix("_refunded")]: count for name, count in items.items()}
    refunded = {ids[name.removesuffix("_refunded")] for name in items if "_refunded" in name}
    lines = tuple(
        replace(
            line,
            returned=named.get(line.line_id, 0),
            refunded=named[line.line_id] if line.line_id in refunded else 0,
        )
        for line in order.lines
    )
    return replace(order, lines=lines, refunded=Decimal(money), refunded_by_line=Decimal(by_line))


def kept(order, *, shipping_earned=False, cancelled=False):
    shares = policy.kept(order, cancelled=cancelled, shipping_earned=shipping_earned)
    return [str(shares[line]) for line in (CUPS, POT, VOUCHER, SHIPPING)]


@pytest.mark.parametrize(
    ("case", "order", "expected"),
    [
        ("nothing came back", back(), ["1", "1", "1", "1"]),
        ("a cup of four", back(cups=1), ["3/4", "1", "1", "1"]),
        ("more cups than there were", back(cups=9), ["0", "1", "1", "1"]),
        ("a cup, refunded too", back(cups=1, money="10.00"), ["3/4", "1", "1", "1"]),
        (
            "a cup, refunded by name, at the price of all four",
            back(cups_refunded=1, money="40.00", by_line="40.00"),
            ["3/4", "1", "1", "1"],
        ),
        ("a cup and its shipping", back(cups=1, money="15.00"), ["3/4", "1", "1", "1"]),
        ("shipping alone", back(money="5.00"), ["1", "1", "1", "1"]),
        ("£7 of £70 beside the shipping", back(money="12.00"), ["9/10", "9/10", "9/10", "1"]),
        (
            "a pot, and £5 of the £50 that are kept",
            back(pot=1, money="30.00"),
            ["9/10", "0", "9/10", "1"],
        ),
        ("all goods, not the shipping", back(money="70.00"), ["1/14", "1/14", "1/14", "1"]),
        ("all the money", back(money="75.00"), ["0", "0", "0", "0"]),
        ("more than all the money", back(money="750.00"), ["0", "0", "0", "0"]),
        ("all items", back(cups=4, pot=1, voucher=1), ["0", "0", "0", "1"]),
        (
            "named and unnamed refunds",
            back(pot_refunded=1, money="30.00", by_line="20.00"),
            ["9/10", "0", "9/10", "1"],
        ),
        ("all the money, of which one line was named", back(pot=1, money="75.00"), ["0"] * 4),
        ("all items and all the money", back(cups=4, pot=1, voucher=1, money="75.00"), ["0"] * 4),
        (
            "all that cost money, with its money",
            back(BY_POINTS, cups=4, pot=1, money="60.00"),
            ["0", "0", "1", "1"],
        ),
        (
            "and with the shipping",
            back(BY_POINTS, cups=4, pot=1, money="65.00"),
            ["0", "0", "1", "0"],
        ),
        (
            "and by name, too dear",
            back(BY_POINTS, cups_refunded=4, pot_refunded=1, money="99.00", by_line="99.00"),
            ["0", "0", "1", "0"],
        ),
        ("all the money, some of it for nothing known", back(BY_POINTS, money="65.00"), ["0"] * 4),
    ],
)
def test_kept(case, order, expected):
    assert kept(order) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (back(money="7.50"), ["9/10"] * 4),
        (back(cups=4, money="43.50"), ["0", "9/10", "9/10", "9/10"]),
        (back(money="75.00"), ["0"] * 4),
        (back(BY_POINTS, cups=4, pot=1, money="62.50"), ["0", "0", "1", "1/2"]),
        (back(BY_POINTS, cups=4, pot=1, money="65.00"), ["0", "0", "1", "0"]),
        (
            back(cups_refunded=4, pot=1, voucher=1, money="75.00", by_line="75.00"),
            ["0"] * 4,
        ),
    ],
)
def test_where_shipping_earned_a_refund_lowers_it_too(order, expected):
    assert kept(order, shipping_earned=True) == expected


def test_a_cancelled_order_keeps_nothing():
    assert kept(WHOLE, cancelled=True) == ["0"] * 4


def test_a_free_order_is_not_refunded_by_no_money():
    free = replace(
        WHOLE,
        paid=Decimal(0),
        shipping=Decimal(0),
        lines=tuple(replace(line, paid=Decimal(0)) for line in WHOLE.lines),
    )
    assert kept(free) == ["1"] * 4
    assert kept(back(free, cups=1)) == ["3/4", "1", "1", "1"]


def test_what_points_paid_for():
    by_points = replace(
        WHOLE, lines=(replace(WHOLE.lines[0], by_points=Decimal("6.00")), *WHOLE.lines[1:])
    )
    assert policy.paid_by_points(by_points) == {CUPS: 6, POT: 0, VOUCHER: 0}
    assert policy.paid_by_points(WHOLE) == {CUPS: 40, POT: 20, VOUCHER: 10}
    free = replace(WHOLE, lines=tuple(replace(line, paid=Decimal(0)) for line in WHOLE.lines))
    assert policy.paid_by_points(free) == {CUPS: 4, POT: 1, VOUCHER: 1}


counts = st.integers(0, 5)
sums = st.decimals(0, 200, places=2)


@given(st.sampled_from([WHOLE, BY_POINTS]), counts, counts, counts, sums, st.booleans())
def test_what_is_kept_is_a_part_and_all_the_money_is_all_that_cost_money(
    order, cups, pot, voucher, money, shipping
):
    order = back(order, cups=cups, pot=pot, voucher=voucher, money=str(money))
    shares = policy.kept(order, cancelled=False, shipping_earned=shipping)
    assert all(isinstance(share, Fraction) and 0 <= share <= 1 for share in shares.values())
    if money >= order.paid:
        only_points_are_left = order.lines[2].paid == 0 and cups >= 4 and pot >= 1
        assert shares.pop(VOUCHER) == (only_points_are_left and voucher == 0)
        assert not any(shares.values())


@given(st.sampled_from([WHOLE, BY_POINTS]), counts, counts, counts, sums, sums, st.booleans())
def test_more_money_back_never_keeps_more(order, cups, pot, voucher, money, more, shipping):
    items = {"cups": cups, "pot": pot, "voucher": voucher}
    before, after = (
        policy.kept(
            back(order, money=str(sum_), **items), cancelled=False, shipping_earned=shipping
        )
        for sum_ in (money, money + more)
    )
    assert all(after[line] <= before[line] for line in before)


#: Points have paid for everything.
FREE = replace(
    WHOLE,
    paid=Decimal(0),
    shipping=Decimal(0),
    lines=tuple(replace(line, paid=Decimal(0), by_points=line.paid) for line in WHOLE.lines),
)


#: Six cups for £10.
THIRDS = replace(WHOLE, paid=Decimal("10.00"), lines=(LineReturn(CUPS, 6, Decimal("10.00"), 0, 0),))


@pytest.mark.parametrize(
    ("case", "order", "left"),
    [
        ("nothing came back", WHOLE, "75.00"),
        ("money alone", back(money="10.01"), "64.99"),
        ("items alone, at what they cost", back(cups=1), "65.00"),
        ("the same in goods and money counts once", back(cups=1, money="10.00"), "65.00"),
        ("less money than the goods had cost", back(pot=1, money="15.00"), "55.00"),
        ("more money than the goods had cost", back(pot=1, money="25.00"), "50.00"),
        ("parts of a penny are not kept", back(THIRDS, cups=1), "8.33"),
        ("all of the money", back(money="75.00"), None),
        ("more than all", back(money="90.00"), None),
        ("all goods but not the shipping", back(cups=4, pot=1, voucher=1), "5.00"),
        ("what points paid for came back", back(BY_POINTS, voucher=1), "65.00"),
        ("of an order for points one is kept", back(FREE, cups=4, pot=1), "0"),
        ("of an order for points all came back", back(FREE, cups=4, pot=1, voucher=1), None),
    ],
)
def test_the_money_that_is_kept(case, order, left):
    found = policy.money_kept(order, cancelled=False)
    assert found == (None if left is None else Decimal(left))
    assert policy.money_kept(order, cancelled=True) is None
