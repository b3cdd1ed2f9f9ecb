"""What a visitor was last shown to come off their basket, remembered in the session."""

from decimal import Decimal
from typing import Any

from oscar_loyalty.shop import baskets

_KEY = "loyalty_shown"
_SALE_KEY = "loyalty_sale_shown"


def remember(request: Any, basket: Any) -> None:
    """Note what comes off the basket now; the session is written only when that is news."""
    spent, sold = baskets.points_discount(basket), _off_by_sales(basket)
    points = [basket.pk, str(spent.discount), spent.points] if spent else None
    sales = [basket.pk, str(sold)] if sold else None
    for key, now in ((_KEY, points), (_SALE_KEY, sales)):
        if now and request.session.get(key) != now:
            request.session[key] = now
        elif not now and _last(request, key)[0] == basket.pk:
            del request.session[key]


def was_shown(request: Any, basket_id: int) -> bool:
    """Whether the visitor has seen points or a flash sale take something off the basket."""
    return any(_last(request, key)[0] == basket_id for key in (_KEY, _SALE_KEY))


def is_worse(request: Any, basket: Any) -> bool:
    """Whether points take less off the basket now than was shown, or as much for more points."""
    basket_id, *told = _last(request, _KEY)
    if basket_id != basket.pk:
        return False
    amount, points = told
    spent = baskets.points_discount(basket)
    return spent is None or (spent.discount, -spent.points) < (Decimal(amount), -points)


def sale_is_worse(request: Any, basket: Any) -> bool:
    """Whether flash sales take less off the basket now than was shown."""
    basket_id, *told = _last(request, _SALE_KEY)
    return basket_id == basket.pk and _off_by_sales(basket) < Decimal(told[0])


def _off_by_sales(basket: Any) -> Decimal:
    found = baskets.sale_discounts(basket)
    return sum((discount.discount for discount in found), Decimal(0))


def _last(request: Any, key: str) -> tuple[Any, ...]:
    # The calls of banks and of apps come without a session.
    last = getattr(request, "session", {}).get(key)
    return tuple(last or (None,))
