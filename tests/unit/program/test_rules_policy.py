"""Whether rules apply, who gets a line, and what each gives: tables to check by hand."""

from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from oscar_loyalty.facts import LineFacts, OrderFacts
from oscar_loyalty.program.earning.policy import Buyer, award_for, contenders
from oscar_loyalty.program.earning.policy.limits import Taken, Use, room
from oscar_loyalty.program.earning.policy.rules import Rule
from oscar_loyalty.program.earning.policy.stored import breakdown, uses
from tests.unit.program.terms import TERMS

#: A Friday, in London's summer.
FRIDAY = datetime(2026, 6, 5, 12, tzinfo=timezone.utc)
LAMP, CUP = 7, 8


def rule(rule_id=1, **says):
    says = {"effect": "points", "points": 10, "every": None, **says}
    return Rule(rule_id, rule_id, **says)


def multiply(factor, rule_id=1, **says):
    says = {"points": 0, "factor": Decimal(factor), **says}
    return rule(rule_id, effect="multiplier", **says)


def by_money(points, per, rule_id=1, **says):
    return rule(rule_id, effect="per-money", points=points, per_amount=Decimal(per), **says)


def line(amount, line_id=1, *, quantity=1, product_id=None):
    paid = Decimal(amount)
    return LineFacts(line_id, "", quantity, paid, paid, product_id)


def order(*lines, at=FRIDAY, country=None, shipping="0"):
    paid = Decimal(shipping)
    return OrderFacts("1", 1, "", "GBP", at, paid, paid, lines, country)


def matching(bought, rules):
    """Products by their id; everything else is about the whole order."""
    about = {
        one.line_id: [r for r in rules if r.product_id in (None, one.product_id)]
        for one in bought.lines
    }
    return {0: [r for r in rules if r.specificity == 0], **about}


def award(bought, *rules, multiplier="1", terms=TERMS, **known):
    matches = matching(bought, rules)
    return award_for(bought, terms, Decimal(multiplier), matches, **known)


def why(made, rule_id):
    return {rule.rule_id: why for rule, why in made.unmet}.get(rule_id, "")


def test_the_clock_is_the_programmes():
    """At half past eleven at night by UTC London has Saturday."""
    late = order(line("10"), at=FRIDAY.replace(hour=23, minute=30))
    assert award(late, rule(weekdays=[6])).points == 20
    assert award(late, rule(weekdays=[5])).points == 10


# ---------------------------------------------------------------- amounts

THREE_LAMPS = order(line("30", 1, quantity=3, product_id=LAMP), line("10", 2, product_id=CUP))


@pytest.mark.parametrize(
    ("case", "rules", "multiplier", "expected"),
    [
        ("none", [], "1", 40),
        ("once for the order", [rule()], "1", 50),
        ("the tier does not multiply it", [rule()], "2", 90),
        ("for every item", [rule(every=1)], "1", 80),
        ("for every three items", [rule(every=3)], "1", 50),
        ("for every five items", [rule(every=5)], "1", 40),
        ("once for a product", [rule(product_id=LAMP)], "1", 50),
        ("for every item of a product", [rule(product_id=LAMP, every=1)], "1", 70),
        ("for every two of a product", [rule(product_id=LAMP, every=2)], "1", 50),
        ("for money", [by_money(3, "8")], "1", 55),
        ("for money, not multiplied", [by_money(3, "8")], "2", 95),
        ("for money of a product", [by_money(1, "4", product_id=LAMP)], "1", 47),
        ("times", [multiply("2")], "1", 80),
        ("times the tier's", [multiply("2")], "1.50", 120),
        ("times for a product", [multiply("1.50", product_id=CUP)], "1", 45),
        ("multipliers multiply", [multiply("2"), multiply("1.50", 2)], "1", 120),
        ("extra points are not multiplied", [multiply("2"), rule(2)], "1", 90),
        ("nothing", [rule(effect="excludes", points=0, product_id=LAMP)], "1", 10),
        (
            "nothing beats all else",
            [rule(effect="excludes", points=0, product_id=LAMP), rule(2, every=1)],
            "1",
            20,
        ),
    ],
)
def test_amounts(case, rules, multiplier, expected):
    assert award(THREE_LAMPS, *rules, multiplier=multiplier).points == expected


def test_shipping_that_counts_is_multiplied_and_gets_no_fixed_points():
    bought = order(line("10"), shipping="5")
    counts = replace(TERMS, counts_shipping=True)
    made = award(bought, multiply("2"), rule(2), terms=counts)
    assert [one.exact for one in made.lines] == [Fraction(30), Fraction(10)]


def test_points_for_an_order_are_spread_by_what_was_paid():
    made = award(order(line("30", 1), line("10", 2)), rule())
    assert [one.extra for one in made.lines] == [Fraction(15, 2), Fraction(5, 2)]
    free = award(order(line("0", 1, quantity=3), line("0", 2)), rule())
    assert [one.extra for one in free.lines] == [Fraction(15, 2), Fraction(5, 2)]


def test_points_for_items_are_spread_over_the_items():
    made = award(THREE_LAMPS, rule(every=2))
    assert [one.extra for one in made.lines] == [Fraction(15), Fraction(5)]


def test_one_rounding_at_the_end():
    tenth = [by_money(1, "7", number) for number in (1, 2, 3)]
    made = award(order(line("1"), line("1", 2)), *tenth)
    assert (made.points, sum(one.exact for one in made.lines)) == (2, 2 + Fraction(6, 7))


# ---------------------------------------------------------------- who gets a line


@pytest.mark.parametrize(
    ("case", "rules", "expected", "losers"),
    [
        ("both, where both go with others", [rule(1), rule(2, points=5)], 55, {}),
        ("the older", [rule(1, points=1, stackable=False), rule(2, stackable=False)], 41, {2}),
        (
            "the higher priority",
            [rule(1, stackable=False), rule(2, points=1, stackable=False, priority=1)],
            41,
            {1},
        ),
        (
            "the more specific, on its lines only",
            [
                multiply("3", 1, stackable=False, priority=9),
                rule(2, product_id=LAMP, every=1, points=1, stackable=False),
            ],
            30 + 3 + 30,
            {},
        ),
        (
            "one that goes with others comes besides",
            [rule(1, product_id=LAMP, stackable=False), rule(2, points=5)],
            55,
            {},
        ),
        (
            "one that asks for too much leaves it",
            [rule(1, product_id=LAMP, stackable=False, minimum=Decimal(99)), multiply("2", 2)],
            80,
            {1},
        ),
        (
            "one that has too few items leaves it",
            [
                rule(1, product_id=LAMP, stackable=False, every=4),
                multiply("2", 2, stackable=False),
            ],
            80,
            {1},
        ),
    ],
)
def test_who_gets_a_line(case, rules, expected, losers):
    made = award(THREE_LAMPS, *rules)
    assert made.points == expected
    assert {rule.rule_id for rule, _why in made.unmet} == set(losers)


@pytest.mark.parametrize(
    ("targets", "winner"),
    [
        ([{"range_id": 1}, {}], 1),
        ([{"range_id": 1}, {"category_id": 1}], 2),
        ([{"category_id": 1}, {"product_id": LAMP}], 2),
        ([{"product_id": LAMP, "priority": -9}, {"category_id": 1, "priority": 9}], 1),
    ],
)
def test_the_most_specific_gets_it(targets, winner):
    rules = [rule(place, stackable=False, **on) for place, on in enumerate(targets, start=1)]
    made = award_for(order(line("10", product_id=LAMP)), TERMS, matches={1: rules})
    assert [one.rule.rule_id for one in made.applied] == [winner]
    assert [why for _rule, why in made.unmet] == ["claimed"]


def test_why_a_rule_gave_nothing():
    nothing = rule(1, effect="excludes", points=0, product_id=LAMP)
    asks = [
        rule(2, product_id=LAMP),
        rule(3, every=9),
        rule(4, weekdays=[1]),
        rule(5, budget=5),
        rule(6, tiers=[1]),
    ]
    made = award(THREE_LAMPS, nothing, *asks, taken=Taken({5: 5}))
    assert [why(made, number) for number in range(1, 7)] == [
        "",
        "excluded",
        "too-few",
        "weekday",
        "budget",
        "unknown",
    ]


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("case", "limits", "taken", "expected"),
    [
        ("none", {}, Taken(), None),
        ("an order's", {"cap_order": 5}, Taken(), (5, "cap-order")),
        ("a member's", {"cap_member": 9}, Taken({}, [Use(1, FRIDAY, 3)]), (6, "cap-member")),
        ("another rule's", {"cap_member": 9}, Taken({}, [Use(2, FRIDAY, 3)]), (9, "cap-member")),
        ("the budget's", {"budget": 9}, Taken({1: 4}), (5, "budget")),
        ("never less than nothing", {"budget": 9}, Taken({1: 40}), (0, "budget")),
        ("the tightest", {"cap_order": 5, "budget": 9}, Taken({1: 6}), (3, "budget")),
        ("of equals the first", {"cap_order": 5, "budget": 5}, Taken(), (5, "cap-order")),
    ],
)
def test_room(case, limits, taken, expected):
    left = room(rule(**limits), taken, FRIDAY)
    assert (left and (left.points, left.by)) == expected


@pytest.mark.parametrize(
    ("period", "before", "counts"),
    [
        ("day", "2026-06-05", True),
        ("day", "2026-06-04", False),
        ("week", "2026-06-01", True),
        ("week", "2026-05-31", False),
        ("month", "2026-06-30", True),
        ("month", "2025-06-05", False),
        ("year", "2026-01-01", True),
        ("year", "2025-12-31", False),
    ],
)
def test_a_period_is_one_of_the_calendar(period, before, counts):
    use = Use(1, datetime.fromisoformat(f"{before}T12:00:00+00:00"), 4)
    left = room(rule(cap_period=9, period=period), Taken({}, [use]), FRIDAY)
    assert left.points == (5 if counts else 9)


def test_what_a_limit_cuts_is_cut_off_all_lines():
    made = award(order(line("30", 1), line("10", 2)), rule(points=16, cap_order=6))
    (applied,) = made.applied
    assert (applied.earned, applied.given, applied.cut_by) == (16, 6, "cap-order")
    assert [one.extra for one in made.lines] == [Fraction(9, 2), Fraction(3, 2)]
    assert made.points == 46


def test_a_cut_does_not_change_what_others_multiply():
    made = award(order(line("10")), multiply("2", 1, cap_order=4), multiply("3", 2))
    given = {one.rule.rule_id: one.given for one in made.applied}
    assert given == {1: 4, 2: 40}


def test_uses_are_whole_and_shrink_with_what_comes_back():
    bought = order(line("7.50", 1), line("2.50", 2))
    written = breakdown(award(bought, multiply("1.50", budget=99), rule(2)))
    assert uses(written, points=25, shares={}) == {1: 5}
    assert uses(written, points=25, shares={1: Fraction(1, 2)}) == {1: 4}
    assert uses(written, points=25, shares={1: Fraction(0), 2: Fraction(0)}) == {1: 0}
    assert uses(written, points=0, shares={}) == {1: 0}


def test_only_rules_with_limits_whose_conditions_are_met_are_looked_up():
    rules = [rule(1), rule(2, budget=5), rule(3, cap_member=5, tiers=[4]), rule(4, cap_order=5)]
    bought = order(line("10"))
    found = contenders(bought, TERMS, matching(bought, rules), Buyer(tier_id=1))
    assert [one.rule_id for one in found] == [2]


# ---------------------------------------------------------------- promises


@pytest.mark.parametrize(
    ("case", "rules", "expected"),
    [
        ("what is certain", [rule(every=1), multiply("2", 2)], 30),
        ("once for an order: not with each item", [rule()], 10),
        ("a minimum may not be reached", [rule(every=1, minimum=Decimal(5))], 10),
        ("groups are not known", [rule(every=1, groups=[1])], 10),
        ("the country is not known", [rule(every=1, countries=["GB"])], 10),
        ("which order is not known", [rule(every=1, nth_order=1)], 10),
        ("a limit may be reached", [rule(every=1, budget=99)], 10),
        ("an order's limit may be reached", [rule(every=1, cap_order=99)], 10),
        ("what counts for an order of more", [rule(every=3)], 10),
        (
            "what may take the line away",
            [
                rule(1, product_id=LAMP, stackable=False, minimum=Decimal(99)),
                multiply("3", 2, stackable=False),
            ],
            10,
        ),
        (
            "what may exclude",
            [rule(effect="excludes", points=0, product_id=LAMP, minimum=Decimal(99))],
            0,
        ),
        ("what is certain not to be", [rule(every=1, weekdays=[1])], 10),
        ("a tier that is known", [rule(every=1, tiers=[2])], 20),
    ],
)
def test_a_promise_is_what_is_certain(case, rules, expected):
    bought = order(line("10", product_id=LAMP))
    made = award(bought, *rules, buyer=Buyer(tier_id=2), is_promise=True)
    assert made.points == expected
