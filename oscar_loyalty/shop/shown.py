"""What a visitor was last shown that points take off their basket, remembered in the session."""

from decimal import Decimal
from typing import Any

from oscar_loyalty.shop import baskets

_KEY = "loyalty_shown"


def remember(request: Any, basket: Any) -> None:
    """Note what points take off the basket now; the session is written only when that is news."""
    spent = baskets.points_discount(basket)
    if spent is None:
        if was_shown(request, basket.pk):
            del request.session[_KEY]
        return
    now = [basket.pk, str(spent.discount), spent.points]
    if request.session.get(_KEY) != now:
        request.session[_KEY] = now


def was_shown(request: Any, basket_id: int) -> bool:
    """Whether the visitor has seen points take something off the basket."""
    return _last(request)[0] == basket_id


def is_worse(request: Any, basket: Any) -> bool:
    """Whether points take less off the basket now than was shown, or as much for more points."""
    basket_id, amount, points = _last(request)
    if basket_id != basket.pk:
        return False
    spent = baskets.points_discount(basket)
    return spent is None or (spent.discount, -spent.points) < (Decimal(amount), -points)


def _last(request: Any) -> tuple[int | None, str, int]:
    # The calls of banks and of apps come without a session.
    last = getattr(request, "session", {}).get(_KEY)
    return tuple(last) if last else (None, "0.00", 0)
