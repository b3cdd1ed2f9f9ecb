"""
`{% load loyalty_tags %}`: what our overlays place, for shops with templates of their own.

    {% loyalty_account_tab %}        the entry in the account's navigation
    {% loyalty_balance %}            the member's points, for the bar at the top
    {% loyalty_earn_badge product %} what one of the product earns; put it before its price: the
                                     stock record it reads then serves Oscar's own tags too
    {% loyalty_order_points order %} what an order earned, and why
    {% loyalty_membership as me %}   the visitor's `Membership`, or None

All but the last give HTML, or nothing at all. None of them can make a page fail.
"""

from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone

from oscar_loyalty.guard import harmless
from oscar_loyalty.program.tiers.queries import Membership, membership_for
from oscar_loyalty.storefront import account, badges, receipts

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


@register.simple_tag
@harmless("")
def loyalty_order_points(order: Any) -> str:
    """What `order` earned and why; nothing for an order that nobody has decided about."""
    receipt = receipts.of(order, at=timezone.now())
    if receipt is None:
        return ""
    return render_to_string("oscar_loyalty/tags/order_points.html", {"receipt": receipt})


@register.simple_tag(takes_context=True)
@harmless(None)
def loyalty_membership(context: Context) -> Membership | None:
    """The visitor's membership; None for guests and for customers who are no members."""
    return membership_for(context["request"].user)
