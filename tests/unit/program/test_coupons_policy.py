"""What a coupon gives, its code, and which coupon of a chain may be used."""

from datetime import datetime, timezone
from decimal import Decimal

import pytest

from oscar_loyalty.program.coupons import policy
from oscar_loyalty.program.coupons.policy import Gift, Link

JUNE = datetime(2026, 6, 1, tzinfo=timezone.utc)

UNUSED, CLOSED = Link(None, closed=False), Link(None, closed=True)
STANDS, GONE = Link(True, closed=False), Link(False, closed=True)


def gift(kind="amount", value="5.00", minimum="0", range_id=None):
    return Gift(kind, Decimal(value), Decimal(minimum), "GBP", range_id)


@pytest.mark.parametrize(
    ("case", "given", "fault"),
    [
        ("five pounds", gift(), None),
        ("a cent", gift(value="0.01"), None),
        ("the most", gift(value="1000000"), None),
        ("all of it", gift("percentage", "100"), None),
        ("free shipping", gift("free-shipping", "0"), None),
        ("an item of a range", gift("gift", "0", range_id=7), None),
        ("with a minimum", gift(minimum="25.50", range_id=7), None),
        ("nothing", gift(value="0"), "value"),
        ("less than nothing", gift(value="-5"), "value"),
        ("beyond the most", gift(value="1000000.01"), "value"),
        ("more than all", gift("percentage", "100.01"), "value"),
        ("half a cent", gift(value="5.005"), "value"),
        ("no number", gift(value="NaN"), "value"),
        ("a signalling one", gift(value="sNaN"), "value"),
        ("no end", gift(value="Infinity"), "value"),
        ("a float", Gift("amount", 5.0, Decimal(0), "GBP"), "value"),
        ("shipping with a value", gift("free-shipping", "5"), "value"),
        ("shipping with no number", gift("free-shipping", "NaN"), "value"),
        ("an item with a value", gift("gift", "5", range_id=7), "value"),
        ("an item of no range", gift("gift", "0"), "range"),
        ("an item of a range that cannot be", gift("gift", "0", range_id=0), "range"),
        ("another kind", gift("points"), "kind"),
        ("a negative minimum", gift(minimum="-1"), "minimum"),
        ("a minimum beyond the most", gift(minimum="1000000.01"), "minimum"),
        ("a minimum that is no number", gift(minimum="NaN"), "minimum"),
        ("no such range", gift(range_id=0), "range"),
    ],
)
def test_fault(case, given, fault):
    assert policy.fault(given) == fault


@pytest.mark.parametrize(
    ("given", "payable", "off"),
    [
        (gift(value="5.00"), "20.00", "5.00"),
        (gift(value="25.00"), "20.00", "20.00"),
        (gift(value="25.00"), "19.999", "19.99"),
        (gift("percentage", "10"), "20.00", "2.00"),
        (gift("percentage", "33.33"), "9.99", "3.32"),
        (gift("percentage", "100"), "20.00", "20.00"),
        (gift("percentage", "0.01"), "20.00", "0.00"),
        (gift("free-shipping", "0"), "20.00", "0.00"),
    ],
)
def test_taken_off(given, payable, off):
    assert policy.taken_off(given, Decimal(payable)) == Decimal(off)


@pytest.mark.parametrize(
    ("case", "lines", "off"),
    [
        ("nothing is there", [], []),
        ("one item", [("20.00", 1)], ["20.00"]),
        ("one of several", [("30.00", 3)], ["10.00"]),
        ("the cheapest", [("20.00", 1), ("27.00", 3), ("10.00", 1)], ["0", "9.00", "0"]),
        ("the first of equals", [("9.00", 1), ("18.00", 2)], ["9.00", "0"]),
        ("rounded down of several", [("10.00", 3)], ["3.33"]),
        ("all of one, whatever its decimals", [("19.999", 1)], ["19.999"]),
        ("less than a cent", [("0.01", 2)], ["0.00"]),
    ],
)
def test_cheapest_item(case, lines, off):
    asked = [(Decimal(price), items) for price, items in lines]
    assert policy.cheapest_item(asked) == [Decimal(share) for share in off]


@pytest.mark.parametrize(
    ("case", "chain", "step"),
    [
        ("never used", [UNUSED], "keep"),
        ("used", [STANDS], "keep"),
        ("its order is cancelled", [GONE], "replace"),
        ("replaced", [GONE, UNUSED], "keep"),
        ("reinstated", [STANDS, UNUSED], "close"),
        ("reinstated and closed", [STANDS, CLOSED], "keep"),
        ("cancelled once more", [GONE, CLOSED], "open"),
        ("used again", [GONE, STANDS], "keep"),
        ("reinstated too late", [STANDS, STANDS], "keep"),
        ("cancelled again", [GONE, GONE], "replace"),
        ("cancelled again and replaced", [GONE, GONE, UNUSED], "keep"),
        ("the first stands again", [STANDS, GONE, UNUSED], "close"),
        ("the first stands, so none is due", [STANDS, GONE], "keep"),
    ],
)
def test_next_step(case, chain, step):
    assert policy.next_step(chain) == step


def test_a_code_is_written_in_groups_and_known_by_its_looks():
    assert policy.written("ABCDEFGHJKLMNPQR") == "ABCD-EFGH-JKLM-NPQR"
    assert policy.may_be_code("ABCD-EFGH-JKLM-NPQR")
    for other in ("ABCD-EFGH-JKLM", "SUMMER", "ABCD-EFGH-JKLM-NPQ1", "ABCDEFGHJKLMNPQR", ""):
        assert not policy.may_be_code(other)


def test_a_code_has_at_least_sixty_random_bits():
    assert len(set(policy.ALPHABET)) ** policy.SIGNS == 2**80


def test_each_distinct_gift_has_a_key_of_its_own():
    gifts = [
        gift(),
        gift(value="6"),
        gift("percentage"),
        gift(minimum="1"),
        gift(range_id=1),
        Gift("amount", Decimal(5), Decimal(0), "EUR"),
    ]
    assert len({one.key for one in gifts}) == len(gifts)
    assert gift(value="5").key == gift(value="5.00").key
