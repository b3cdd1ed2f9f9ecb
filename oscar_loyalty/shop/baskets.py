"""Oscar's baskets: what their lines still cost, and what comes off them."""

from collections.abc import Collection, Iterable, Sequence
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django.conf import settings
from oscar.core.loading import get_class, get_model

from oscar_loyalty.facts import LineFacts
from oscar_loyalty.shop import products

_CENT = Decimal("0.01")

PricedLine = tuple[Decimal, Any]
"""What a line costs after the discounts it has, and the line."""


def priced_lines(basket: Any) -> list[PricedLine]:
    """The lines that cost something, with tax where it is known, after all discounts so far."""
    priced = [(_price(line), line) for line in basket.all_lines()]
    return [(price, line) for price, line in priced if price > 0]


def payable(priced: Sequence[PricedLine], *, excluded: Collection[int]) -> list[PricedLine]:
    """Those of the lines that may be discounted and are in none of the excluded ranges."""
    lines = [
        (price, line) for price, line in priced if line.stockrecord and line.product.is_discountable
    ]
    facts = (_facts(line) for _price, line in lines) if excluded else ()
    _categories, ranges = products.holders(facts, ranges=excluded)
    return [(price, line) for price, line in lines if not ranges.get(line.product_id)]


def within(priced: Sequence[PricedLine], range_id: int | None) -> list[PricedLine]:
    """Those of the lines whose product is in the range; all of them where there is none."""
    if range_id is None:
        return list(priced)
    facts = (_facts(line) for _price, line in priced)
    _categories, ranges = products.holders(facts, ranges=[range_id])
    return [(price, line) for price, line in priced if ranges.get(line.product_id)]


def lines_about(
    basket: Any, *, product_id: int | None, range_id: int | None
) -> list[tuple[Decimal, Any]]:
    """
    The lines of a product with its variants, or of a range, and what one item of each costs.

    Only those that cost something and may be discounted.
    """
    lines = payable(priced_lines(basket), excluded=())
    if product_id is None:
        lines = within(lines, range_id)
    else:
        own = ((price, line) for price, line in lines if line.product.parent_id == product_id)
        alone = ((price, line) for price, line in lines if line.product_id == product_id)
        lines = [*own, *alone]
    return [(unit_price(line), line) for _price, line in lines]


def unit_price(line: Any) -> Decimal:
    """What one item costs before discounts, with tax where it is known."""
    return Decimal(line.unit_price_incl_tax if line.is_tax_known else line.unit_price_excl_tax)


def at_full_price(basket: Any) -> list[PricedLine]:
    """What each line costs before discounts, with tax where it is known."""
    priced = [(line.unit_effective_price, line) for line in basket.all_lines()]
    return [(price * line.quantity, line) for price, line in priced if price]


def total(priced: Sequence[PricedLine]) -> Decimal:
    """As the basket shows it: prices with tax may have more decimals than there are coins."""
    return _to_the_cent(sum((price for price, _line in priced), Decimal(0)))


def coin(priced: Sequence[PricedLine], currency: str) -> Decimal:
    """The least amount that can be paid in the currency, as far as the prices know nothing less."""
    least = max(Decimal(1).scaleb(-get_currency_precision(currency)), _CENT)
    return _CENT if any(price % least for price, _line in priced) else least


def take_off(basket: Any, shares: Iterable[tuple[Decimal, Any]], offer: Any) -> Decimal:
    """
    Take each amount off what its line costs, and return what that is in sum, as the basket shows.

    Where discounts are taken before tax, Oscar rounds the price of every discounted line anew. It
    may come to some cents less than the amounts, but never to more.
    """
    taken = [(amount, line) for amount, line in shares if amount]
    before = total(priced_lines(basket))
    most = _to_the_cent(sum((amount for amount, _line in taken), Decimal(0)))
    before_tax = [line for amount, line in taken if _take_off(line, amount, offer)]
    left = sum((price for price, _line in priced_lines(basket)), Decimal(0))
    # No line is rounded by more than that.
    for line in before_tax * 3:
        if before - _to_the_cent(left) <= most:
            break
        left -= _price(line)
        _take_a_cent_less(line)
        left += _price(line)
    return before - _to_the_cent(left)


def take_off_units(line: Any, units: int, off: Decimal, offer: Any) -> Decimal:
    """
    Take so much off each of so many items, which other offers leave alone then.

    Return what that is in sum, as the basket shows; where taxes round, some cents more.
    """
    before = _price(line)
    amount, including = _amount_off(line, units * off)
    line.discount(amount, units, incl_tax=including, offer=offer)
    return before - _price(line)


def _amount_off(line: Any, amount: Decimal) -> tuple[Decimal, bool]:
    """What to take off for `amount`, and whether with tax: as earlier discounts were taken."""
    including = line.is_tax_known and (
        line.discounts.incl_tax > 0
        or (settings.OSCAR_OFFERS_INCL_TAX and not line.discounts.excl_tax > 0)
    )
    if line.is_tax_known and not including:
        amount = (amount * line._tax_ratio).quantize(_CENT, rounding=ROUND_UP)
        amount = min(amount, line.line_price_excl_tax_incl_discounts)
    return amount, including


def _take_off(line: Any, amount: Decimal, offer: Any) -> bool:
    """Say whether it was taken before a tax that is known."""
    amount, including = _amount_off(line, amount)
    before_tax = line.is_tax_known and not including
    line.discount(amount, line.quantity, incl_tax=including)
    applications = line.discounts.all()
    # Named only now: told at once, Oscar would ask the database about each other offer on the line.
    applications[-1] = applications[-1]._replace(offer=offer)
    return bool(before_tax)


def _take_a_cent_less(line: Any) -> None:
    applications = line.discounts.all()
    last = applications[-1]
    # Oscar adds a line's discounts up anew only when it is told of one more.
    line.discounts.discount(Decimal(0), 0, incl_tax=False)
    applications[-2:] = [last._replace(amount=max(last.amount - _CENT, Decimal(0)))]


def points_discount(basket: Any) -> Any:
    """What points take off the basket as its offers stand; None when they take nothing."""
    results = (application["result"] for application in basket.offer_applications)
    return next((result for result in results if hasattr(result, "points")), None)


def sale_discounts(basket: Any) -> list[Any]:
    """What flash sales take off the basket as its offers stand."""
    results = (application["result"] for application in basket.offer_applications)
    return [result for result in results if hasattr(result, "sale_id")]


def has_by_another_voucher(basket: Any, offer: Any) -> bool:
    """Whether another voucher with the same offer has taken something off the basket already."""
    found = (discount.offer for line in basket.all_lines() for discount in line.discounts.all())
    return any(one == offer and one.get_voucher() != offer.get_voucher() for one in found if one)


def may_be_paid(basket: Any) -> bool:
    """Whether its payment has begun, as far as this request knows: Oscar freezes it first."""
    return basket is None or not basket.can_be_edited


def submitted_id(view: Any) -> int | None:
    """
    The number of the basket that a checkout's view is about to take the payment for.

    Back from a bank the visitor has a new one, while the frozen one is submitted.
    """
    session = getattr(view, "checkout_session", None)
    basket_id: int | None = session.get_submitted_basket_id() if session else None
    return basket_id or view.request.basket.pk


def submitted(view: Any) -> Any:
    """The basket with that number; the visitor's own has its offers, another has them not yet."""
    current, basket_id = view.request.basket, submitted_id(view)
    if basket_id == current.pk:
        return current
    baskets = get_model("basket", "Basket").objects
    return baskets.filter(pk=basket_id, status=baskets.model.FROZEN).first() or current


def with_offers(basket: Any, request: Any) -> Any:
    """The basket with its offers applied, if it is not the visitor's own, which has them."""
    if basket is not request.basket:
        basket.strategy = request.basket.strategy
        owner = basket.owner or request.user
        get_class("offer.applicator", "Applicator")().apply(basket, owner, request)
    return basket


def is_frozen(basket_id: int) -> bool:
    """Whether it is being paid."""
    basket = get_model("basket", "Basket")
    return bool(basket.objects.filter(pk=basket_id, status=basket.FROZEN).exists())


def not_being_paid(basket_ids: Collection[int]) -> list[int]:
    """Those of the baskets that are neither frozen for a payment nor part of an order."""
    basket = get_model("basket", "Basket")
    busy = basket.objects.filter(pk__in=basket_ids, status__in=[basket.FROZEN, basket.SUBMITTED])
    kept = set(busy.values_list("pk", flat=True))
    return [pk for pk in basket_ids if pk not in kept]


def _to_the_cent(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def _price(line: Any) -> Decimal:
    known = line.is_tax_known
    price = (
        line.line_price_incl_tax_incl_discounts
        if known
        else line.line_price_excl_tax_incl_discounts
    )
    return Decimal(price or 0)


def _facts(line: Any) -> LineFacts:
    return LineFacts(
        line_id=line.pk,
        title="",
        quantity=line.quantity,
        paid_incl_tax=Decimal(0),
        paid_excl_tax=Decimal(0),
        product_id=line.product_id,
        parent_id=line.product.parent_id,
        product_class_id=products.class_of(line.product),
    )
