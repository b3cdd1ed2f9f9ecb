"""What rules give for what is no order: signing up, a review, a birthday, an action."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from oscar_loyalty.program.earning.policy.limits import Taken
from oscar_loyalty.program.earning.policy.pricing import Applied, Basis, Pricing
from oscar_loyalty.program.earning.policy.rules import Rule, RuleFacts

#: An act is one thing, by what it gives without rules.
ACT = 1


def bonuses(base: int, rules: Sequence[Rule], facts: RuleFacts, taken: Taken) -> list[Applied]:
    """
    Which of the rules give how much beside the `base` points of an act.

    They share it, multiply and are limited as on a line of an order; each gives whole points,
    rounded down.
    """
    pricing = Pricing([Basis(ACT, "", 1, Decimal(base))], Fraction(1), facts, taken, False)
    pricing.apply({ACT: rules})
    given = sorted(pricing.applied.values(), key=lambda one: one.rule.rule_id)
    return [one for one in given if one.given >= 1]
