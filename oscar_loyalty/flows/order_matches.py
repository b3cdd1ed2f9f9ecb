"""Which earning rules the lines of orders fall under."""

from collections.abc import Iterable, Mapping, Sequence

from oscar_loyalty.facts import LineFacts, OrderFacts
from oscar_loyalty.program.earning.policy import NO_MATCHES
from oscar_loyalty.program.earning.policy.pricing import SHIPPING
from oscar_loyalty.program.earning.policy.rules import Rule
from oscar_loyalty.shop import products


def of(orders: Iterable[OrderFacts], rules: Sequence[Rule]) -> Mapping[int, Sequence[Rule]]:
    """
    The rules about orders of each line, by line id.

    A rule for a product holds for its variants too, one for the whole order for shipping as well.
    """
    rules = [rule for rule in rules if rule.trigger == "order"]
    if not rules:
        return NO_MATCHES
    lines = [line for order in orders for line in order.lines]
    categories, ranges = products.holders(
        lines,
        categories={rule.category_id for rule in rules if rule.category_id},
        ranges={rule.range_id for rule in rules if rule.range_id},
    )

    def applies(rule: Rule, line: LineFacts) -> bool:
        return (
            rule.specificity == 0
            or (
                rule.product_id is not None and rule.product_id in (line.product_id, line.parent_id)
            )
            or rule.category_id in categories.get(line.product_id, ())
            or rule.range_id in ranges.get(line.product_id, ())
        )

    whole = [rule for rule in rules if rule.specificity == 0]
    about = {line.line_id: [rule for rule in rules if applies(rule, line)] for line in lines}
    return {SHIPPING: whole, **about} if whole else about
