"""What a product would earn, without a query of ours where the cache is warm."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db.models import prefetch_related_objects
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.facts import LineFacts, OrderFacts
from oscar_loyalty.flows import order_matches
from oscar_loyalty.flows.order_buyers import NO_TIER
from oscar_loyalty.program.earning import policy
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.policy import Buyer, Rule
from oscar_loyalty.program.earning.policy.rules import in_force
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers.queries import Membership, display_discounts
from oscar_loyalty.shop import money, offers, products
from oscar_loyalty.storefront import flash_sales
from oscar_loyalty.words.wording import counted, sentence

_ZERO = Decimal(0)
#: The one line of an order of one item.
ITEM = 1
_PENNY = Decimal("0.01")
_OTHER_OFFERS = "oscar_loyalty.other_offers"


@dataclass(frozen=True)
class Estimate:
    """
    Points that one item earns, if need be only in an order of `minimum` or more.

    `at_most` so many: other offers of the shop may lower the price that counts.
    """

    points: int
    at_most: bool
    minimum: Decimal
    currency: str


def estimate(
    product: Any, strategy: Any, membership: Membership | None, *, at: datetime
) -> Estimate | None:
    """
    What buying one `product` earns at the price it is shown at; None where nothing can be said.

    The policy that prices orders decides; where other offers run, it is the most one can earn.
    """
    known = earning_queries.display_terms()
    if known is None or product.is_parent or known[0].starts_at > at:
        return None
    terms, versions = known
    # Oscar asks for the stock record three times on a product's page: now it costs one query.
    prefetch_related_objects([product], "stockrecords")
    purchase = strategy.fetch_for_product(product)
    if not purchase.price.exists or not purchase.availability.is_available_to_buy:
        return None
    order = _order(product, purchase.price, at)
    tier_id = membership.tier_id if membership else None
    every_rule = in_force(versions, at)
    rules, percentages = _applying(order, every_rule, display_discounts(tier_id))
    award, minimum = _award(_discounted(order, percentages), terms, membership, rules)
    if not award.points:
        return None
    at_most = _other_offers() or flash_sales.are_on(product, at=at)
    return Estimate(award.points, at_most, minimum, terms.currency)


def words(estimate: Estimate, membership: Membership | None) -> SafeString:
    """The promise, naming the tier that makes it higher."""
    points = counted(estimate.points, "earn")
    if membership and membership.tier and membership.multiplier != 1:
        if estimate.at_most:
            told = ngettext(
                "Earn up to {points} point as a member of the tier {tier}",
                "Earn up to {points} points as a member of the tier {tier}",
                estimate.points,
            )
            return sentence(told, points=points, tier=membership.tier)
        told = ngettext(
            "Earn {points} point as a member of the tier {tier}",
            "Earn {points} points as a member of the tier {tier}",
            estimate.points,
        )
        return sentence(told, points=points, tier=membership.tier)
    if estimate.at_most:
        told = ngettext("Earn up to {points} point", "Earn up to {points} points", estimate.points)
        return sentence(told, points=points)
    told = ngettext("Earn {points} point", "Earn {points} points", estimate.points)
    return sentence(told, points=points)


def condition(estimate: Estimate) -> SafeString | None:
    """What the promise depends on."""
    if not estimate.minimum:
        return None
    least = money.formatted(estimate.minimum, estimate.currency)
    return sentence(_("In an order that counts for {amount} or more."), amount=least)


def _award(
    order: OrderFacts, terms: Terms, membership: Membership | None, rules: Sequence[Rule]
) -> tuple[policy.Award, Decimal]:
    """What the order earns at least, and the minimum it has to reach first."""
    multiplier = membership.multiplier if membership else Decimal(1)
    buyer = Buyer(tier_id=(membership and membership.tier_id) or NO_TIER)
    price = partial(
        policy.award_for,
        order,
        multiplier=multiplier,
        matches={ITEM: rules},
        buyer=buyer,
        is_promise=True,
    )
    award = price(terms)
    if award.why != "below-minimum":
        return award, _ZERO
    enough = replace(terms, minimum_order=_ZERO)
    return price(enough), terms.minimum_order


def _other_offers() -> bool:
    """Whether the shop has offers on goods beside ours; from the cache, at most a minute old."""
    run: bool | None = cache.get(_OTHER_OFFERS)
    if run is None:
        run = offers.others_on_goods()
        cache.set(_OTHER_OFFERS, run, earning_queries.DISPLAY_SECONDS)
    return run


def _order(product: Any, price: Any, at: datetime) -> OrderFacts:
    """An order of one item, shipped for nothing."""
    line = LineFacts(
        line_id=ITEM,
        title="",
        quantity=1,
        # Where the tax is known only at the checkout, count without it.
        paid_incl_tax=_cut(price.incl_tax if price.is_tax_known else price.excl_tax),
        paid_excl_tax=_cut(price.excl_tax),
        product_id=product.pk,
        parent_id=product.parent_id,
        product_class_id=products.class_of(product),
    )
    return OrderFacts(
        number="",
        user_id=None,
        status="",
        currency=price.currency,
        placed_at=at,
        shipping_incl_tax=_ZERO,
        shipping_excl_tax=_ZERO,
        lines=(line,),
    )


def _reduced(price: Decimal, off: Decimal) -> Decimal:
    return (price * (100 - off) / 100).quantize(_PENNY, rounding=ROUND_HALF_UP)


def _discounted(order: OrderFacts, percentages: Sequence[Decimal]) -> OrderFacts:
    """The order after what the member's tier takes off."""
    (line,) = order.lines
    for off in percentages:
        line = replace(
            line,
            # What is left is rounded by the column of the order's line that will hold it.
            paid_incl_tax=_reduced(line.paid_incl_tax, off),
            paid_excl_tax=_reduced(line.paid_excl_tax, off),
        )
    return replace(order, lines=(line,))


def _cut(amount: Decimal) -> Decimal:
    return amount.quantize(_PENNY, rounding=ROUND_DOWN)


def _applying(
    order: OrderFacts, rules: Sequence[Rule], discounts: Sequence[tuple[int, Decimal]]
) -> tuple[Sequence[Rule], Sequence[Decimal]]:
    """Those of the rules and tier discounts that the product falls under."""
    if not discounts and not any(rule.category_id or rule.range_id for rule in rules):
        return _matches(order, rules), ()
    (line,) = order.lines
    asked = repr((line.product_id, line.parent_id, rules, discounts)).encode()
    key = f"oscar_loyalty.product.{hashlib.sha256(asked).hexdigest()}"
    found: tuple[Sequence[Rule], Sequence[Decimal]] | None = cache.get(key)
    if found is None:
        found = _matches(order, rules), _percentages(line, discounts)
        cache.set(key, found, earning_queries.DISPLAY_SECONDS)
    return found


def _matches(order: OrderFacts, rules: Sequence[Rule]) -> Sequence[Rule]:
    return order_matches.of([order], rules).get(ITEM, ())


def _percentages(line: LineFacts, discounts: Sequence[tuple[int, Decimal]]) -> Sequence[Decimal]:
    if not discounts:
        return ()
    _categories, found = products.holders([line], ranges={pk for pk, _off in discounts})
    ranges = found.get(line.product_id, ())
    return tuple(off for range_id, off in discounts if range_id in ranges)
