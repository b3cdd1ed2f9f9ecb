"""What orders earn, as tables a merchant could check with a pocket calculator."""

from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscar_loyalty.facts import LineFacts, OrderFacts
from oscar_loyalty.program.earning.policy import (
    Award,
    Rule,
    adds_up,
    award_for,
    breakdown,
    parts,
)
from tests.unit.program.terms import TERMS

NOON = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)
NOTHING = Rule(1, excludes=True)
TWO_MORE = Rule(2, excludes=False, extra_points=2)
FIVE_MORE = Rule(3, excludes=False, extra_points=5)
FOUR_FOR_A_MONTH = Rule(4, excludes=False, extra_points=4, expiry_months=1)
PENCE = st.integers(0, 100_000)


def line(incl, excl=None, *, quantity=1, line_id=1):
    incl = Decimal(incl)
    excl = incl if excl is None else Decimal(excl)
    return LineFacts(line_id, f"Line {line_id}", quantity, incl, excl)


def order(*lines, currency="GBP", shipping=("0.00", "0.00")):
    incl, excl = map(Decimal, shipping)
    return OrderFacts("1", 1, "Pending", currency, NOON, incl, excl, lines)


def terms(**changed):
    return replace(TERMS, **changed)


def ten_for_seven(*amounts):
    return award_for(
        order(*(line(amount) for amount in amounts)),
        terms(earn_points=10, earn_amount=Decimal("7.00")),
    )


@pytest.mark.parametrize(
    ("case", "changed", "multiplier", "expected"),
    [
        ("a point for a pound", {}, "1", (34, "34.99")),
        ("without tax", {"base": "excl-tax"}, "1", (29, "29.16")),
        ("with shipping", {"counts_shipping": True}, "1", (39, "39.79")),
        (
            "with shipping, without tax",
            {"counts_shipping": True, "base": "excl-tax"},
            "1",
            (33, "33.16"),
        ),
        ("half as much again", {}, "1.50", (52, "34.99")),
        ("three for every two", {"earn_points": 3, "earn_amount": Decimal(2)}, "1", (52, "34.99")),
        ("one for every three", {"earn_amount": Decimal(3)}, "1", (11, "34.99")),
        ("exactly the minimum", {"minimum_order": Decimal("34.99")}, "1", (34, "34.99")),
    ],
)
def test_the_base_and_the_rate(case, changed, multiplier, expected):
    bought = order(
        line("10.49", "8.74"), line("24.50", "20.42", line_id=2), shipping=("4.80", "4.00")
    )
    award = award_for(bought, terms(**changed), Decimal(multiplier))
    assert (award.points, award.base, award.why) == (expected[0], Decimal(expected[1]), "")


@pytest.mark.parametrize(
    ("why", "changed", "bought", "base", "lines"),
    [
        ("switched-off", {"active": False}, order(line("10.00")), "0", 0),
        ("other-currency", {}, order(line("10.00"), currency="EUR"), "0", 0),
        ("below-minimum", {"minimum_order": Decimal("10.01")}, order(line("10.00")), "10.00", 1),
        ("nothing-counts", {}, order(line("0.99")), "0.99", 1),
        ("nothing-counts", {}, order(), "0", 0),
    ],
)
def test_an_order_that_earns_nothing_says_why(why, changed, bought, base, lines):
    award = award_for(bought, terms(**changed))
    assert (award.points, award.why, award.base) == (0, why, Decimal(base))
    assert len(award.lines) == lines


@pytest.mark.parametrize(
    ("case", "rules", "points", "base"),
    [
        ("an excluded line", [NOTHING], 10, "10.00"),
        ("exclusion beats extra points", [TWO_MORE, NOTHING], 10, "10.00"),
        ("extra points for each item", [TWO_MORE], 10 + 30 + 6, "40.00"),
        ("rules add up", [TWO_MORE, FIVE_MORE], 10 + 30 + 21, "40.00"),
    ],
)
def test_rules(case, rules, points, base):
    bought = order(line("10.00"), line("30.00", quantity=3, line_id=2))
    award = award_for(bought, TERMS, matches={2: rules})
    assert (award.points, award.base) == (points, Decimal(base))


def test_extra_points_are_not_multiplied():
    award = award_for(order(line("10.00")), TERMS, Decimal(2), {1: [FIVE_MORE]})
    assert award.points == 10 * 2 + 5


def test_points_are_rounded_down_once_for_the_order():
    assert ten_for_seven("0.69").points == 0
    assert ten_for_seven("0.69", "0.69", "0.69").points == 2
    assert [part.exact for part in ten_for_seven("0.69").lines] == [Fraction(69, 70)]


@given(st.lists(PENCE, min_size=1, max_size=5), st.lists(PENCE, min_size=1, max_size=5))
def test_an_order_that_is_split_never_earns_more(first, second):
    def amounts(pence):
        return [Decimal(amount) / 100 for amount in pence]

    together = ten_for_seven(*amounts(first), *amounts(second)).points
    assert (
        ten_for_seven(*amounts(first)).points + ten_for_seven(*amounts(second)).points <= together
    )


@given(PENCE, PENCE)
def test_who_pays_more_never_earns_less(less, more):
    less, more = sorted((less, more))
    assert ten_for_seven(Decimal(less) / 100).points <= ten_for_seven(Decimal(more) / 100).points


def stored(award: Award, **changed):
    written = breakdown(award)
    return {**written, **changed}


SEVEN = award_for(order(line("3.50"), line("4.20", line_id=2)), TERMS, matches={1: [TWO_MORE]})


def test_a_breakdown_is_readable_for_good():
    assert breakdown(SEVEN) == {
        "rate": "1",
        "multiplier": "1",
        "rounding": "down",
        "lines": [
            {
                "line": 1,
                "title": "Line 1",
                "quantity": 1,
                "base": "3.50",
                "extra": 2,
                "exact": "11/2",
            },
            {
                "line": 2,
                "title": "Line 2",
                "quantity": 1,
                "base": "4.20",
                "extra": 0,
                "exact": "21/5",
            },
        ],
    }


@pytest.mark.parametrize(
    ("case", "changed", "figures", "expected"),
    [
        ("as it was", {}, {}, True),
        ("another number of points", {}, {"points": 10}, False),
        ("another base", {}, {"base": Decimal("7.71")}, False),
        ("another rate", {"rate": "2"}, {}, False),
        ("another multiplier", {"multiplier": "1.5"}, {}, False),
        ("a line is gone", {"lines": stored(SEVEN)["lines"][:1]}, {}, False),
        ("no lines", {"lines": None}, {}, False),
        ("no number", {"rate": "many"}, {}, False),
        ("nothing to divide by", {"rate": "1/0"}, {}, False),
        ("points, but a reason for none", {}, {"why": "below-minimum"}, False),
        ("none, below the minimum", {}, {"points": 0, "why": "below-minimum"}, True),
        ("none, yet the lines earn some", {}, {"points": 0, "why": "nothing-counts"}, False),
        ("another currency is not priced", {}, {"points": 0, "why": "other-currency"}, False),
        (
            "another currency",
            {"lines": []},
            {"points": 0, "base": Decimal(0), "why": "other-currency"},
            True,
        ),
        (
            "a reason nobody knows",
            {"lines": []},
            {"points": 0, "base": Decimal(0), "why": "the weather"},
            False,
        ),
    ],
)
def test_whether_a_stored_breakdown_adds_up(case, changed, figures, expected):
    said = {"points": 9, "base": Decimal("7.70"), "why": "", **figures}
    assert adds_up(stored(SEVEN, **changed), **said) is expected


@pytest.mark.parametrize("breakdown", [None, [], {}, "text", {"rate": "1", "multiplier": "1"}])
def test_what_is_no_breakdown_does_not_add_up(breakdown):
    assert adds_up(breakdown, points=0, base=Decimal(0), why="other-currency") is False


#: London is an hour ahead in July: the 15th ends there at eleven.
THE_END = datetime(2026, 7, 15, 23, tzinfo=timezone.utc)


class TestPointsWithADayOfTheirOwn:
    award = award_for(
        order(line("3.50", quantity=2), line("4.20", line_id=2)),
        TERMS,
        matches={1: [TWO_MORE, FOUR_FOR_A_MONTH]},
    )

    def test_they_are_good_until_the_end_of_the_day(self):
        assert self.award.points == 7 + 2 * 2 + 2 * 4
        assert self.award.lines[0].dated == ((THE_END, 8),)
        assert self.award.lines[1].dated == ()

    def test_the_breakdown_says_so(self):
        written = breakdown(self.award)
        said = [line.get("dated") for line in written["lines"]]
        assert said == [[{"until": "2026-07-16T00:00:00+01:00", "points": 8}], None]
        assert parts(written, points=19) == [(None, 11), (THE_END, 8)]
        assert parts(written, points=0) == []

    def test_only_they_may_be_all(self):
        bought = order(line("0.40", quantity=2), line("0.30", line_id=2))
        matches = {1: [FOUR_FOR_A_MONTH], 2: [FOUR_FOR_A_MONTH]}
        award = award_for(bought, TERMS, matches=matches)
        assert parts(breakdown(award), points=award.points) == [(THE_END, 12)]

    @pytest.mark.parametrize(("points", "expected"), [(8, True), (12, True), (13, False)])
    def test_they_are_extra_points(self, points, expected):
        written = breakdown(self.award)
        written["lines"][0]["dated"][0]["points"] = points
        figures = {"points": 19, "base": Decimal("7.70"), "why": ""}
        assert adds_up(written, **figures) is expected

    @pytest.mark.parametrize("until", ["soon", None, 7])
    def test_their_day_is_a_day(self, until):
        written = breakdown(self.award)
        written["lines"][0]["dated"][0]["until"] = until
        assert not adds_up(written, points=19, base=Decimal("7.70"), why="")
