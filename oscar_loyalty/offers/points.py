"""Points as money off the goods: Oscar's last offer, on the points kept for the basket."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_class, get_model

from oscar_loyalty.flows import points_chosen, points_spent
from oscar_loyalty.guard import harmless, within_lock_timeout
from oscar_loyalty.offers.owners import AsksTheOwner
from oscar_loyalty.program.redemption import policy
from oscar_loyalty.program.redemption import queries as redemption_queries
from oscar_loyalty.program.redemption.queries import Wanted, wanted_for
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers.queries import membership_for
from oscar_loyalty.shop import baskets, offers

Benefit = get_model("offer", "Benefit")
Condition = get_model("offer", "Condition")
BasketDiscount = get_class("offer.results", "BasketDiscount")
ZERO_DISCOUNT = get_class("offer.results", "ZERO_DISCOUNT")


class PointsDiscount(BasketDiscount):
    """What `points` took off a basket, and the `limit` that kept them from being more."""

    #: However many applications Oscar allows, points are spent once.
    is_final = True

    def __init__(self, spending: policy.Spending, account_id: int, *, chosen: Decimal) -> None:
        super().__init__(spending.amount)
        self.points = spending.points
        #: What a payment is told. Spread anew it takes as much off, where taxes round it too.
        self.agreed = policy.Spending(spending.points, chosen)
        self.limit = spending.limit
        self.account_id = account_id
        self.description = ngettext("%(points)s point", "%(points)s points", spending.points) % {
            "points": spending.points
        }


class PointsCondition(AsksTheOwner, Condition):
    """The basket's owner has chosen to spend points on it."""

    class Meta:
        app_label = "oscar_loyalty"
        proxy = True
        verbose_name = _("points condition")
        verbose_name_plural = _("points conditions")

    @property
    def name(self) -> str:
        return gettext("A member spends points on the basket")

    description = name

    @harmless(False)
    def is_satisfied(self, offer: Any, basket: Any) -> bool:
        return wanted_for(basket) is not None


class PointsBenefit(Benefit):
    """Money off the goods, for as many of the chosen points as the basket takes."""

    class Meta:
        app_label = "oscar_loyalty"
        proxy = True
        verbose_name = _("points benefit")
        verbose_name_plural = _("points benefits")

    @property
    def name(self) -> str:
        return gettext("Money off for points")

    description = name

    @harmless(ZERO_DISCOUNT)
    def apply(self, basket: Any, condition: Any, offer: Any, **kwargs: Any) -> Any:
        wanted = wanted_for(basket)
        # Staff may give the benefit by an offer of their own; points are spent only once.
        if wanted is None or offer.pk != offers.points_offer_id():
            return ZERO_DISCOUNT
        # Who is being charged for the rest is promised what was agreed, whatever happens meanwhile.
        if wanted.agreed and not basket.can_be_edited:
            chosen, taken = _take_agreed(basket, offer, wanted.agreed)
            spending = replace(chosen, amount=taken)
        else:
            spending, chosen = _take_chosen(basket, offer, wanted)
        if not spending.points:
            # The result has no room for the reason, which the shopper is told beside the basket.
            basket.loyalty_limit = spending.limit
            return ZERO_DISCOUNT
        offers.count_uses_alone(offer)
        return PointsDiscount(spending, wanted.account_id, chosen=chosen.amount)

    def apply_deferred(self, basket: Any, order: Any, application: Any) -> str:
        """Oscar asks while it places the order, in the order's own transaction."""
        result = application["result"]
        _spend(result.account_id, basket.pk, result.points, order_number=str(order.number))
        return ngettext("%(points)s point spent", "%(points)s points spent", result.points) % {
            "points": result.points
        }


def _take_agreed(
    basket: Any, offer: Any, promised: policy.Spending
) -> tuple[policy.Spending, Decimal]:
    """Take off what the payment was told; what is excluded since then gives way to that."""
    priced = baskets.priced_lines(basket)
    payable = baskets.payable(priced, excluded=redemption_queries.excluded_ranges())
    if baskets.total(payable) < promised.amount:
        payable = priced
    chosen = policy.agreed(promised, baskets.total(payable))
    coin = baskets.coin(priced, basket.currency)
    shares = policy.spread(chosen.amount, [price for price, _line in payable], coin)
    return chosen, _take_off(basket, offer, shares, payable)


def _take_chosen(
    basket: Any, offer: Any, wanted: Wanted
) -> tuple[policy.Spending, policy.Spending]:
    """Take off what the owner's points pay by now; what came of it, and what was meant to."""
    terms = terms_queries.current()
    if terms is None or not _may_spend(basket, wanted, terms):
        return policy.NOTHING, policy.NOTHING
    priced = baskets.priced_lines(basket)
    payable = baskets.payable(priced, excluded=redemption_queries.excluded_ranges())
    limits = redemption_queries.limits_of(terms, baskets.coin(priced, basket.currency))
    chosen = policy.spending(wanted.covered, baskets.total(priced), baskets.total(payable), limits)
    prices = [price for price, _line in payable]
    shares = policy.spread(chosen.amount, prices, limits.coin)
    taken = _take_off(basket, offer, shares, payable)
    return policy.settled(chosen, taken, limits), chosen


def _may_spend(basket: Any, wanted: Wanted, terms: Terms) -> bool:
    membership = membership_for(basket.owner)
    if membership is None or wanted.restraint.holds(timezone.now()):
        return False
    return bool(basket.currency == terms.currency) and points_chosen.may_redeem(membership, terms)


def _take_off(
    basket: Any, offer: Any, shares: list[Decimal], payable: Sequence[baskets.PricedLine]
) -> Decimal:
    """Take each its share, and say what came off, some cents less where taxes round."""
    lines = (line for _price, line in payable)
    return baskets.take_off(basket, zip(shares, lines, strict=True), offer)


@harmless(None)
def _spend(account_id: int, basket_id: int, points: int, *, order_number: str) -> None:
    """The order stands whatever happens here: the sweep makes up for it."""
    with transaction.atomic(), within_lock_timeout():
        points_spent.run(
            account_id, basket_id, points, order_number=order_number, at=timezone.now()
        )
