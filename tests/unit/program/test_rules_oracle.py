"""Random sets of rules against a slow, obvious reference, and what must hold of any set."""

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscar_loyalty.facts import LineFacts, OrderFacts
from oscar_loyalty.program.earning.policy import Buyer, award_for
from oscar_loyalty.program.earning.policy.limits import Taken, Use
from oscar_loyalty.program.earning.policy.rules import Rule
from oscar_loyalty.program.earning.policy.stored import adds_up, breakdown, kept, parts, uses
from tests import rules_oracle
from tests.unit.program.terms import TERMS

NOON = datetime(2026, 6, 5, 12, tzinfo=timezone.utc)
RULE_SETS = 200
ORDERS_EACH = 10


def maybe(chance, choices, *, one_in=3, none=None):
    return chance.choice(choices) if chance.randrange(one_in) == 0 else none


def random_rule(chance, rule_id):
    effect = chance.choice(
        ["points", "points", "per-money", "multiplier", "multiplier", "excludes"]
    )
    target = chance.choice(["product_id", "category_id", "range_id", "", ""])
    clock = maybe(chance, [(9, 17), (22, 2), (13, 12), (0, 12)])
    period = maybe(chance, ["day", "week", "month", "year"], one_in=5, none="")
    says = {
        "points": chance.randrange(1, 30) if effect in ("points", "per-money") else 0,
        "every": chance.choice([None, 1, 2, 3]) if effect == "points" else None,
        "per_amount": Decimal(chance.randrange(1, 900)) / 100 if effect == "per-money" else None,
        "factor": Decimal(chance.randrange(101, 400)) / 100 if effect == "multiplier" else None,
        "first_day": maybe(chance, [date(2026, 6, day) for day in (4, 5, 6)], one_in=6),
        "last_day": maybe(chance, [date(2026, 6, day) for day in (4, 5, 6)], one_in=6),
        "weekdays": maybe(chance, [[5], [4, 5], [6, 7]], one_in=5, none=()),
        "from_time": time(clock[0]) if clock else None,
        "until_time": time(clock[1]) if clock else None,
        "tiers": maybe(chance, [[0], [1, 2]], one_in=6, none=()),
        "groups": maybe(chance, [[1], [2, 3]], one_in=6, none=()),
        "languages": maybe(chance, [["en"], ["de", "fa"]], one_in=6, none=()),
        "countries": maybe(chance, [["GB"], ["DE", "FR"]], one_in=6, none=()),
        "minimum": maybe(chance, [Decimal(20), Decimal(60)], one_in=4, none=Decimal(0)),
        "nth_order": maybe(chance, [1, 2], one_in=6),
        "cap_order": maybe(chance, [5, 20], one_in=5),
        "cap_member": maybe(chance, [8, 30], one_in=5),
        "cap_period": chance.choice([6, 25]) if period else None,
        "period": period,
        "budget": maybe(chance, [10, 50], one_in=5),
        "priority": chance.choice([0, 0, 1, -1]),
        "stackable": chance.random() < 0.5,
    }
    about = {target: chance.randrange(1, 3)} if target else {}
    return Rule(rule_id, rule_id, effect, **about, **says)


def random_order(chance):
    lines = []
    for line_id in range(1, chance.randrange(1, 5)):
        paid = Decimal(chance.randrange(0, 5000)) / 100
        lines.append(LineFacts(line_id, "", chance.randrange(1, 5), paid, paid))
    at = NOON + timedelta(minutes=chance.randrange(-2000, 2000))
    shipping = Decimal(chance.choice(["0", "4.80"]))
    country = chance.choice(["GB", "DE", "IR", None])
    return OrderFacts("1", 1, "", "GBP", at, shipping, shipping, tuple(lines), country)


def random_taken(chance, rules):
    moments = [NOON + timedelta(hours=chance.randrange(-900, 900)) for _use in range(4)]
    mine = [Use(rule.rule_id, moment, chance.randrange(9)) for rule in rules for moment in moments]
    return Taken({rule.rule_id: chance.randrange(60) for rule in rules}, mine)


@pytest.mark.parametrize("part", range(4))
def test_random_rules_give_what_the_reference_says(part):
    compared = applied = cut = 0
    for seed in range(part, RULE_SETS, 4):
        chance = random.Random(seed)
        rules = [random_rule(chance, number) for number in range(1, chance.randrange(2, 9))]
        for _order in range(ORDERS_EACH):
            bought = random_order(chance)
            # Which lines a rule is about is asked of the catalogue: here it is drawn.
            about = {
                (rule.rule_id, pk): not rule.specificity or (pk > 0 and chance.random() < 0.6)
                for rule in rules
                for pk in range(5)
            }
            matches = {pk: [r for r in rules if about[r.rule_id, pk]] for pk in range(5)}
            buyer = Buyer(
                chance.randrange(3),
                {chance.randrange(4)},
                chance.choice(["en", "de", "fa", None]),
                chance.randrange(1, 4),
            )
            multiplier = Decimal(chance.choice(["1", "1.50", "2"]))
            terms = replace(TERMS, counts_shipping=chance.random() < 0.3)
            taken = random_taken(chance, rules)
            made = award_for(bought, terms, multiplier, matches, buyer=buyer, taken=taken)
            points, wanted = rules_oracle.priced(
                bought,
                terms,
                multiplier,
                rules,
                lambda rule, pk, about=about: about[rule.rule_id, pk],
                buyer,
                taken,
            )
            got = {one.rule.rule_id: one.given for one in made.applied if one.given}
            assert (made.points, got) == (points, wanted), (seed, rules, bought)
            assert_is_sound(made)
            compared += 1
            applied += len(got)
            cut += sum(1 for one in made.applied if one.cut_by)
    assert compared == RULE_SETS // 4 * ORDERS_EACH
    # The comparison means something only where there is something to compare.
    assert applied > compared / 3
    assert cut > compared / 50


def assert_is_sound(made):
    """It is stored so that it adds up, comes back line by line, and takes of no limit too much."""
    written = breakdown(made)
    assert adds_up(written, points=made.points, base=made.base, why=made.why)
    assert sum(points for _until, points in parts(written, points=made.points)) == made.points
    all_back = {line.line_id: Fraction(0) for line in made.lines}
    assert kept(written, points=made.points, shares=all_back).points == 0
    assert set(uses(written, points=made.points, shares=all_back).values()) <= {0}
    taken = uses(written, points=made.points, shares={})
    for one in made.applied:
        if one.rule.is_limited and made.points:
            assert one.given <= taken[one.rule.rule_id] < one.given + 1


# ---------------------------------------------------------------- of any set of rules

PENCE = st.lists(st.integers(0, 20_000), max_size=4)
SEEDS = st.integers(0, 10**6)


def rules_for_lines(seed, **changed):
    """Rules of all kinds that go with each other, and ask nothing of the order as a whole."""
    chance = random.Random(seed)
    rules = [random_rule(chance, number) for number in range(1, chance.randrange(2, 7))]
    plain = {"tiers": (), "groups": (), "languages": (), "countries": (), "nth_order": None}
    return [replace(rule, **plain, **changed) for rule in rules]


def bought_for(pence, *, first=1):
    lines = [
        LineFacts(number, "", 1 + number % 3, Decimal(one) / 100, Decimal(one) / 100)
        for number, one in enumerate(pence, start=first)
    ]
    return OrderFacts("1", 1, "", "GBP", NOON, Decimal(0), Decimal(0), tuple(lines))


def earned(bought, rules, taken=None):
    """Products 1 and 2 are bought in turn; what is about a category or a range is about both."""
    matches = {
        line.line_id: [r for r in rules if r.product_id in (None, 1 + line.line_id % 2)]
        for line in bought.lines
    }
    return award_for(bought, TERMS, matches=matches, taken=taken or Taken())


@given(SEEDS, PENCE, PENCE)
def test_split_orders_never_earn_more(seed, first, second):
    """But for what is given once for an order, and for an order's own limits."""
    rules = [
        rule
        for rule in rules_for_lines(seed, minimum=Decimal(0), cap_order=None, stackable=True)
        if rule.effect != "points" or rule.every
    ]
    together = earned(bought_for([*first, *second]), rules).points
    taken = Taken()
    one = earned(bought_for(first), rules, taken)
    for rule_id, points in uses(breakdown(one), points=one.points, shares={}).items():
        taken.add(Use(rule_id, NOON, points))
    other = earned(bought_for(second, first=1 + len(first)), rules, taken)
    assert one.points + other.points <= together


@given(SEEDS, PENCE.filter(bool), st.integers(1, 20_000))
def test_who_pays_more_never_earns_less(seed, pence, more):
    """Of rules that share their lines: one that claims them may be the worse for the shopper."""
    rules = [r for r in rules_for_lines(seed, stackable=True) if r.effect != "excludes"]
    less = earned(bought_for(pence), rules).points
    assert less <= earned(bought_for([pence[0] + more, *pence[1:]]), rules).points


@given(SEEDS, PENCE)
def test_a_promise_is_kept(seed, pence):
    """Whatever else is bought, and whoever buys: the item earns what its page has promised."""
    rules = rules_for_lines(seed)
    for number, one in enumerate(pence, start=1):
        item = replace(bought_for([one], first=number).lines[0], quantity=1)
        alone = replace(bought_for([]), lines=(item,))
        matches = {number: [r for r in rules if r.product_id in (None, 1 + number % 2)]}
        promised = award_for(alone, TERMS, matches=matches, is_promise=True)
        made = earned(bought_for(pence), rules)
        (line,) = (line for line in made.lines if line.line_id == number)
        assert promised.lines[0].exact <= line.exact
