"""
`{% load loyalty_tags %}`: what our overlays place, for shops with templates of their own.

    {% loyalty_account_tab %}        the entry in the account's navigation
    {% loyalty_balance %}            the member's points, for the bar at the top
    {% loyalty_earn_badge product %} what one of the product earns; put it before its price: the
                                     stock record it reads then serves Oscar's own tags too
    {% loyalty_flash_sale product %} the flash sale it is in: price, end, units left; put it after
                                     the tag before
    {% loyalty_flash_sale_units %}   for how much of the basket a flash sale has units. Who has seen
                                     it is never charged more in silence: show it on the checkout's
                                     last page too
    {% loyalty_order_points order %} what an order earned, and why
    {% loyalty_order_spending order %} for staff: the points spent on an order, and what came back
    {% loyalty_order_earning order %} for staff who may see members: what an order earned, for whom
    {% loyalty_customer customer %}  for the same staff: a row about the customer's membership
    {% loyalty_claim order %}        what a guest would earn with the order, and how to get it
    {% loyalty_spend_points %}       the choice of how many points to spend on the basket. Who has
                                     seen it is never charged more in silence: show it on the
                                     checkout's last page too
    {% loyalty_membership as me %}   the visitor's `Membership`, or None

All but the last give HTML, or nothing at all. None of them can make a page fail.
"""

from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone

from oscar_loyalty.checkout import panel
from oscar_loyalty.dashboard import orders
from oscar_loyalty.dashboard.access import may
from oscar_loyalty.guard import harmless
from oscar_loyalty.program.tiers.queries import Membership, membership_for, membership_of
from oscar_loyalty.shop import shown
from oscar_loyalty.storefront import account, badges, claims, flash_sales, receipts

register = template.Library()


@register.simple_tag(takes_context=True)
@harmless("")
def loyalty_account_tab(context: Context) -> str:
    """The entry in the account's navigation."""
    return render_to_string(
        "oscar_loyalty/tags/account_tab.html", {"active_tab": context.get("active_tab")}
    )


@register.simple_tag(takes_context=True)
@harmless("")
def loyalty_balance(context: Context) -> str:
    """The member's points, for the bar at the top; nothing for others."""
    membership = membership_for(context["request"].user)
    if membership is None:
        return ""
    told = {"balance": account.balance_words(membership)}
    return render_to_string("oscar_loyalty/tags/balance.html", told)


@register.simple_tag(takes_context=True)
@harmless("")
def loyalty_earn_badge(context: Context, product: Any) -> str:
    """What one of `product` earns this visitor; nothing where that cannot be said."""
    request = context["request"]
    membership = membership_for(request.user)
    estimate = badges.estimate(product, request.strategy, membership, at=timezone.now())
    if estimate is None:
        return ""
    told = {"promise": badges.words(estimate, membership), "condition": badges.condition(estimate)}
    return render_to_string("oscar_loyalty/tags/earn_badge.html", told)


@register.simple_tag(takes_context=True)
@harmless("")
def loyalty_flash_sale(context: Context, product: Any) -> str:
    """The flash sale that `product` is in; nothing where it is in none."""
    request = context["request"]
    membership = membership_for(request.user)
    found = flash_sales.panel(product, request.strategy, membership, at=timezone.now())
    return render_to_string("oscar_loyalty/tags/flash_sale.html", {"panel": found}) if found else ""


@register.simple_tag(takes_context=True)
@harmless("")
def loyalty_flash_sale_units(context: Context) -> str:
    """What flash sales do for the visitor's basket; nothing where they do nothing."""
    request = context["request"]
    shown.remember(request, request.basket)
    told = {"sentences": flash_sales.in_basket(request.basket)}
    template = "oscar_loyalty/tags/flash_sale_units.html"
    return render_to_string(template, told) if told["sentences"] else ""


@register.simple_tag
@harmless("")
def loyalty_order_points(order: Any) -> str:
    """What `order` earned and why; nothing for an order that nobody has decided about."""
    receipt = receipts.of(order, at=timezone.now())
    if receipt is None:
        return ""
    return render_to_string("oscar_loyalty/tags/order_points.html", {"receipt": receipt})


@register.simple_tag
@harmless("")
def loyalty_order_spending(order: Any) -> str:
    """The points spent on `order`, and how many came back; nothing for one paid without."""
    spending = orders.spending_on(order)
    if spending is None:
        return ""
    told = {"spending": spending, "order": order}
    return render_to_string("oscar_loyalty/tags/order_spending.html", told)


@register.simple_tag(takes_context=True)
@harmless("")
def loyalty_order_earning(context: Context, order: Any) -> str:
    """What `order` earned and for whom; nothing for staff who may not see members."""
    earning = orders.earning_on(order) if may(context["request"].user) else None
    if earning is None:
        return ""
    return render_to_string("oscar_loyalty/tags/order_earning.html", {"earning": earning})


@register.simple_tag(takes_context=True)
@harmless("")
def loyalty_customer(context: Context, customer: Any) -> str:
    """The membership of a `customer`; nothing for one who is none, or staff who may not see it."""
    if not may(context["request"].user):
        return ""
    membership = membership_of(customer.pk)
    if membership is None:
        return ""
    told = {"membership": membership, "balance": account.balance_words(membership)}
    return render_to_string("oscar_loyalty/tags/customer.html", told)


@register.simple_tag(takes_context=True)
@harmless("")
def loyalty_claim(context: Context, order: Any) -> str:
    """What a guest's `order` would earn, and how; nothing without proof that it is theirs."""
    request = context["request"]
    invitation = claims.of(request, order)
    if invitation is None:
        return ""
    told = {"invitation": invitation, "registered": request.user.is_authenticated}
    if told["registered"]:
        told["csrf_token"] = get_token(request)
    return render_to_string("oscar_loyalty/tags/claim.html", told)


@register.simple_tag(takes_context=True)
@harmless("")
def loyalty_spend_points(context: Context) -> str:
    """The choice of how many points to spend; nothing for who has none."""
    request = context["request"]
    shown.remember(request, request.basket)
    spending = panel.of(request)
    if spending is None:
        return ""
    told = {
        "panel": spending,
        "refused": panel.refused(request),
        "csrf_token": get_token(request),
        "next": request.get_full_path(),
    }
    return render_to_string("oscar_loyalty/tags/spend_points.html", told)


@register.simple_tag(takes_context=True)
@harmless(None)
def loyalty_membership(context: Context) -> Membership | None:
    """The visitor's membership; None for guests and for customers who are no members."""
    return membership_for(context["request"].user)
