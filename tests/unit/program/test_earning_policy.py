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
    award_for,
)
from oscar_loyalty.program.earning.policy.rules import Rule
from oscar_loyalty.program.earning.policy.stored import adds_up, breakdown, kept, parts, uses
from tests.unit.program.terms import TERMS

NOON = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)
NOTHING = Rule(1, 1, "excludes")
TWO_MORE = Rule(2, 2, "points", points=2)
FIVE_MORE = Rule(3, 3, "points", points=5)
FOUR_FOR_A_MONTH = Rule(4, 4, "points", points=4, expiry_months=1)
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


def gave(given, earned, cut=""):
    told = {"version": 2, "rule": 2, "earned": earned, "given": given}
    return {**told, "cut": cut} if cut else told


EXCLUDED = {"version": 9, "rule": 9, "earned": "0", "given": "0"}


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
                "extra": "2",
                "exact": "11/2",
                "rules": [{"version": 2, "points": "2"}],
            },
            {
                "line": 2,
                "title": "Line 2",
                "quantity": 1,
                "base": "4.20",
                "extra": "0",
                "exact": "21/5",
            },
        ],
        "rules": [{"version": 2, "rule": 2, "earned": "2", "given": "2"}],
        "unmet": [],
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
        ("a rule is gone", {"rules": []}, {}, False),
        ("a rule gave less than lines got", {"rules": [gave("1", "1")]}, {}, False),
        ("a rule earned more, and nothing cut it", {"rules": [gave("2", "3")]}, {}, False),
        ("a rule earned less than it gave", {"rules": [gave("2", "1", "budget")]}, {}, False),
        ("a limit cut it", {"rules": [gave("2", "3", "budget")]}, {}, True),
        ("a limit cut nothing", {"rules": [gave("2", "2", "budget")]}, {}, False),
        ("another rule gave nothing", {"rules": [gave("2", "2"), EXCLUDED]}, {}, True),
        ("nothing to divide by", {"rate": "1/0"}, {}, False),
        ("points, but a reason for none", {}, {"why": "below-minimum"}, False),
        ("none, below the minimum", {}, {"points": 0, "why": "below-minimum"}, True),
        ("none, yet the lines earn some", {}, {"points": 0, "why": "nothing-counts"}, False),
        ("another currency is not priced", {}, {"points": 0, "why": "other-currency"}, False),
        (
            "another currency",
            {"lines": [], "rules": []},
            {"points": 0, "base": Decimal(0), "why": "other-currency"},
            True,
        ),
        (
            "a reason nobody knows",
            {"lines": [], "rules": []},
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
        shares = [[(share.points, share.until) for share in one.shares] for one in self.award.lines]
        assert shares == [[(4, None), (8, THE_END)], []]

    def test_the_breakdown_says_so(self):
        written = breakdown(self.award)
        until = "2026-07-16T00:00:00+01:00"
        assert written["lines"][0]["rules"][1] == {"version": 4, "points": "8", "until": until}
        assert parts(written, points=19) == [(None, 11), (THE_END, 8)]
        assert parts(written, points=0) == []

    def test_only_they_may_be_all(self):
        bought = order(line("0.40", quantity=2), line("0.30", line_id=2))
        matches = {1: [FOUR_FOR_A_MONTH], 2: [FOUR_FOR_A_MONTH]}
        award = award_for(bought, TERMS, matches=matches)
        assert parts(breakdown(award), points=award.points) == [(THE_END, 12)]

    def test_what_is_not_whole_expires_like_all_others(self):
        tenth = Rule(5, 5, "per-money", points=1, per_amount=Decimal(10), expiry_months=1)
        written = breakdown(award_for(order(line("19.99")), TERMS, matches={1: [tenth]}))
        assert parts(written, points=21) == [(None, 20), (THE_END, 1)]
        written = breakdown(award_for(order(line("9.99")), TERMS, matches={1: [tenth]}))
        assert parts(written, points=10) == [(None, 10)]

    @pytest.mark.parametrize("until", ["soon", None, 7])
    def test_their_day_is_a_day(self, until):
        written = breakdown(self.award)
        written["lines"][0]["rules"][1]["until"] = until
        assert not adds_up(written, points=19, base=Decimal("7.70"), why="")


class TestBeforeRulesHadVersions:
    """What was stored then goes on adding up, expiring and coming back."""

    def written(self, until="2026-07-16T00:00:00+01:00", points=8):
        lines = [
            {"line": 1, "title": "", "quantity": 2, "base": "3.50", "extra": 12, "exact": "31/2"},
            {"line": 2, "title": "", "quantity": 1, "base": "4.20", "extra": 0, "exact": "21/5"},
        ]
        lines[0]["dated"] = [{"until": until, "points": points}]
        return {"rate": "1", "multiplier": "1", "rounding": "down", "lines": lines}

    def test_they_expire_on_their_day(self):
        assert parts(self.written(), points=19) == [(None, 11), (THE_END, 8)]

    @pytest.mark.parametrize(("points", "expected"), [(8, True), (12, True), (13, False)])
    def test_they_are_extra_points(self, points, expected):
        figures = {"points": 19, "base": Decimal("7.70"), "why": ""}
        assert adds_up(self.written(points=points), **figures) is expected

    @pytest.mark.parametrize("until", ["soon", None, 7])
    def test_their_day_is_a_day(self, until):
        written = self.written(until=until)
        assert not adds_up(written, points=19, base=Decimal("7.70"), why="")

    def test_a_part_comes_back(self):
        half = kept(self.written(), points=19, shares={1: Fraction(1, 2)})
        assert (half.points, half.base) == (11, Decimal("5.95"))

    def test_they_take_nothing_of_limits(self):
        assert uses(self.written(), points=19, shares={}) == {}
