"""Flash sales inside Oscar's offers: their price, for as many items as there are units."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from oscar.apps.order.exceptions import UnableToPlaceOrder
from oscar.core.loading import get_class, get_model

from oscar_loyalty.flows import flash_units_sold
from oscar_loyalty.guard import harmless, within_lock_timeout
from oscar_loyalty.offers.owners import AsksTheOwner
from oscar_loyalty.program.campaigns import policy
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.campaigns.policy import Item, Share, Why
from oscar_loyalty.program.campaigns.queries import Stock
from oscar_loyalty.program.tiers.queries import membership_for
from oscar_loyalty.shop import baskets, offers

Benefit = get_model("offer", "Benefit")
Condition = get_model("offer", "Condition")
BasketDiscount = get_class("offer.results", "BasketDiscount")
ZERO_DISCOUNT = get_class("offer.results", "ZERO_DISCOUNT")


@dataclass(frozen=True)
class Allotted:
    """What a basket gets of a sale: units for so many `items`, and `why` for no more."""

    name: Any
    shares: Sequence[Share]
    items: int
    why: Why

    @property
    def units(self) -> int:
        return policy.total(self.shares)


class SoldOut(UnableToPlaceOrder, ValueError):
    """Shown to the shopper by Oscar's checkout, and by an API as Oscar's own refusals are."""


class FlashSaleDiscount(BasketDiscount):
    """What the units of a sale took off a basket."""

    #: However many applications Oscar allows, no unit is sold twice.
    is_final = True

    def __init__(
        self, taken: Decimal, sale_id: int, allotted: Allotted, account_id: int | None
    ) -> None:
        super().__init__(taken)
        self.sale_id = sale_id
        self.shares = allotted.shares
        self.account_id = account_id
        self.description = str(allotted.name)


class FlashSaleCondition(AsksTheOwner, Condition):
    """The flash sale whose id is `value` has units for the basket."""

    class Meta:
        app_label = "oscar_loyalty"
        proxy = True
        verbose_name = _("flash sale condition")
        verbose_name_plural = _("flash sale conditions")

    @property
    @harmless("")
    def name(self) -> str:
        """As HTML: Oscar describes a condition by its name, and prints descriptions as they are."""
        sale = campaigns_queries.sale(int(self.value or 0))
        if sale is None:
            return gettext("A flash sale that no longer exists")
        return escape(gettext("Flash sale: %(name)s") % {"name": sale.name})

    description = name

    @harmless(False)
    def is_satisfied(self, offer: Any, basket: Any) -> bool:
        sale_id = int(self.value or 0)
        basket.loyalty_sales = {**getattr(basket, "loyalty_sales", {}), sale_id: None}
        # Who is being charged is promised what was told, whatever happens meanwhile.
        if baskets.may_be_paid(basket):
            allotted = _promised(basket, offer)
        else:
            allotted = _allotted(basket, sale_id, offer)
        basket.loyalty_sales[sale_id] = allotted
        # The benefit asks no second time.
        offer.loyalty_sale = sale_id, allotted
        offers.count_uses_alone(offer)
        return allotted is not None and bool(allotted.shares)


class FlashSaleBenefit(Benefit):
    """The price of a flash sale, for the items that got a unit."""

    class Meta:
        app_label = "oscar_loyalty"
        proxy = True
        verbose_name = _("flash sale price")
        verbose_name_plural = _("flash sale prices")

    @property
    def name(self) -> str:
        return gettext("The price of a flash sale")

    description = name

    @harmless(ZERO_DISCOUNT)
    def apply(self, basket: Any, condition: Any, offer: Any, **kwargs: Any) -> Any:
        sale_id, allotted = getattr(offer, "loyalty_sale", (0, None))
        if allotted is None:
            return ZERO_DISCOUNT
        lines = {line.pk: line for line in basket.all_lines()}
        taken = [
            baskets.take_off_units(lines[share.line_id], share.units, share.off, offer)
            for share in allotted.shares
            if share.line_id in lines
        ]
        account_id = _account_id(basket)
        return FlashSaleDiscount(sum(taken, Decimal(0)), sale_id, allotted, account_id)

    def apply_deferred(self, basket: Any, order: Any, application: Any) -> None:
        """
        Oscar asks while it places the order, in the order's own transaction.

        :raises SoldOut: if there are fewer units, and nobody can have paid for the order.
        """
        if _sell(application["result"], basket, str(order.number)) is False:
            raise SoldOut(gettext("The last units of a flash sale were sold meanwhile."))


def _promised(basket: Any, offer: Any) -> Allotted | None:
    shares = campaigns_queries.promised_for(basket).get(offer.pk)
    if not shares:
        return None
    return Allotted(gettext("Flash sale"), shares, policy.total(shares), "")


def _allotted(basket: Any, sale_id: int, offer: Any) -> Allotted | None:
    """None where the sale is not about the basket, or not open to its owner."""
    stock = _stock(basket, sale_id)
    # Staff may give the price by an offer of their own; a unit is sold only once.
    if stock is None or stock.sale.offer_id != offer.pk:
        return None
    items = _items(basket, stock, offer)
    sale = stock.sale
    units, why = policy.most(stock.left, stock.had, sale.per_customer)
    coin = baskets.coin([(item.price, item) for item in items], basket.currency)
    shares = policy.allot(items, sale, units=units, coin=coin)
    wanted = sum(item.units for item in items if policy.off(item.price, sale, coin) > 0)
    if not wanted:
        return None
    return Allotted(sale.name, shares, wanted, why if policy.total(shares) < wanted else "")


def _stock(basket: Any, sale_id: int) -> Stock | None:
    """The sale, if it is open to the basket's owner, for prices in this currency."""
    member = membership_for(basket.owner) if basket.owner_id else None
    account_id = member.account_id if member else None
    stock = campaigns_queries.stock_of(sale_id, account_id=account_id, basket_id=basket.pk)
    rank = member.tier.rank if member and member.tier else None
    if stock is None or not stock.sale.is_open(rank, timezone.now()):
        return None
    if stock.sale.kind == "price" and stock.sale.currency != basket.currency:
        return None
    return stock


def _items(basket: Any, stock: Stock, offer: Any) -> list[Item]:
    about: Iterable[tuple[Decimal, Any]] = baskets.lines_about(
        basket, product_id=stock.sale.product_id, range_id=stock.sale.range_id
    )
    return [
        Item(line.pk, price, line.quantity_without_offer_discount(offer)) for price, line in about
    ]


def _account_id(basket: Any) -> int | None:
    member = membership_for(basket.owner) if basket.owner_id else None
    return member.account_id if member else None


@harmless(None)
def _sell(result: FlashSaleDiscount, basket: Any, order_number: str) -> bool | None:
    """Whether the order has its units; None when we failed, for which the sweep makes up."""
    with transaction.atomic(), within_lock_timeout():
        return flash_units_sold.run(
            result.sale_id,
            result.shares,
            order_number=order_number,
            basket_id=basket.pk,
            account_id=result.account_id,
            paid=baskets.may_be_paid(basket),
            at=timezone.now(),
        )
