"""Which earning rules the lines of orders fall under."""

from collections.abc import Iterable, Mapping, Sequence

from oscar_loyalty.facts import LineFacts, OrderFacts
from oscar_loyalty.program.earning.policy import NO_MATCHES, Rule
from oscar_loyalty.shop import products


def of(orders: Iterable[OrderFacts], rules: Sequence[Rule]) -> Mapping[int, Sequence[Rule]]:
    """The rules of each line, by line id. A rule for a product holds for its variants too."""
    if not rules:
        return NO_MATCHES
    lines = [line for order in orders for line in order.lines]
    bought = {pk for line in lines for pk in _products(line)}
    in_categories = products.in_categories({r.category_id for r in rules if r.category_id}, bought)
    in_ranges = products.in_ranges({r.range_id for r in rules if r.range_id}, bought)

    def applies(rule: Rule, product: int) -> bool:
        return (
            rule.product_id == product
            or rule.category_id in in_categories.get(product, ())
            or rule.range_id in in_ranges.get(product, ())
        )

    return {
        line.line_id: [r for r in rules if any(applies(r, product) for product in _products(line))]
        for line in lines
    }


def _products(line: LineFacts) -> list[int]:
    return [pk for pk in (line.product_id, line.parent_id) if pk]
