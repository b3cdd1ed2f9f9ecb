"""The last look at a basket before money moves: is what the shopper was shown still to be had?"""

from datetime import datetime
from typing import Any

from django.db import OperationalError
from django.utils.translation import gettext as _
from oscar.apps.payment.exceptions import UnableToTakePayment

from oscar_loyalty.flows import flash_units_claimed, payment_begins
from oscar_loyalty.guard import sheltered
from oscar_loyalty.program.campaigns import queries as campaigns_queries
from oscar_loyalty.program.coupons import policy as coupons_policy
from oscar_loyalty.program.redemption import policy as redemption_policy
from oscar_loyalty.program.redemption.queries import seen_for, wanted_for
from oscar_loyalty.shop import baskets, shown, vouchers


def run(view: Any, *, at: datetime) -> None:
    """Keep for the basket what comes off it, or make the checkout's view refuse the payment."""
    basket = baskets.with_offers(baskets.submitted(view), view.request)
    refusal = _worse(view.request, basket)
    if refusal:
        # Whoever looks at the basket again, and goes on, has seen it.
        shown.remember(view.request, basket)
    else:
        refusal = _keep(basket, at)
    if refusal:
        view.handle_payment = refusal


def may_be_ours(view: Any, **kwargs: Any) -> bool:
    """What is no concern of ours must not fail with us, so little is asked of the database here."""
    current, basket_id = view.request.basket, baskets.submitted_id(view)
    if shown.was_shown(view.request, basket_id):
        return True
    if basket_id == current.pk:
        return _is_reduced(current)
    with sheltered():
        basket = baskets.submitted(view)
        return _is_reduced(current) if basket is current else _may_be_told(basket)


def refuse_unseen(view: Any, **kwargs: Any) -> None:
    """Take no payment for a basket that could not be looked at."""
    view.handle_payment = _refuse_to_guess


def _is_reduced(basket: Any) -> bool:
    """Whether something of ours has come off the visitor's own basket, which has its offers."""
    kept = seen_for(basket) is not None or bool(vouchers.on(basket))
    return kept or bool(baskets.sale_discounts(basket))


def _may_be_told(basket: Any) -> bool:
    """Whether the payment of a basket without its offers may have been told of something."""
    if campaigns_queries.display_sales() and campaigns_queries.promised_for(basket):
        return True
    return wanted_for(basket) is not None or any(
        map(coupons_policy.may_be_code, vouchers.codes_in(basket))
    )


def _worse(request: Any, basket: Any) -> Any:
    if shown.is_worse(request, basket):
        return _refuse_payment
    return _refuse_units if shown.sale_is_worse(request, basket) else None


def _keep(basket: Any, at: datetime) -> Any:
    """What refuses the payment, where not all can be kept: Oscar opens the basket, and all goes."""
    # Coupons before the account, as an order does.
    used = vouchers.on(basket)
    if used and not _claimed(used, basket.pk, at):
        return _refuse_coupon
    if not _units_claimed(basket, at):
        return _refuse_units
    return None if _agreed(basket, at) else _refuse_payment


def _agreed(basket: Any, at: datetime) -> bool:
    spent = baskets.points_discount(basket)
    if spent is None and seen_for(basket) is None:
        return True
    agreed = spent.agreed if spent else redemption_policy.NOTHING
    return payment_begins.run(basket.pk, agreed, at=at)


def _units_claimed(basket: Any, at: datetime) -> bool:
    sold = baskets.sale_discounts(basket)
    return not sold or flash_units_claimed.run(
        [(discount.sale_id, discount.shares) for discount in sold],
        basket_id=basket.pk,
        account_id=sold[0].account_id,
        at=at,
    )


def _claimed(voucher_ids: list[int], basket_id: int, at: datetime) -> bool:
    try:
        return payment_begins.claim(voucher_ids, basket_id, at=at)
    except OperationalError:
        # Who keeps us waiting for a coupon is paying with it.
        return False


def _refuse_coupon(*args: Any, **kwargs: Any) -> None:
    raise UnableToTakePayment(
        _(
            "A coupon in your basket was used meanwhile, or another order is being paid with it. "
            "Look at your basket again; nothing was charged."
        )
    )


def _refuse_units(*args: Any, **kwargs: Any) -> None:
    raise UnableToTakePayment(
        _(
            "A flash sale has no longer enough units for your basket. "
            "Look at your basket again; nothing was charged."
        )
    )


def _refuse_payment(*args: Any, **kwargs: Any) -> None:
    raise UnableToTakePayment(
        _("Your points have changed meanwhile. Look at your basket again; nothing was charged.")
    )


def _refuse_to_guess(*args: Any, **kwargs: Any) -> None:
    raise UnableToTakePayment(
        _(
            "Your points and coupons could not be looked at just now. "
            "Please try again in a moment; nothing was charged."
        )
    )
