"""What a rule gives, for what."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import RuleVersion
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.shop import money
from oscar_loyalty.words.wording import sentence

Effect, Trigger = RuleVersion.Effect, RuleVersion.Trigger


def of(version: RuleVersion) -> SafeString:
    """One sentence, about an order or about what else earns."""
    if version.trigger != Trigger.ORDER:
        return _for_act(version)
    name = target(version)
    said = {
        Effect.EXCLUDES: _excluded,
        Effect.MULTIPLIER: _multiplied,
        Effect.PER_MONEY: _by_money,
    }.get(Effect(version.effect))
    words = said or (_by_items if version.every else _once)
    amount = money.formatted(version.per_amount, currency()) if version.per_amount else ""
    return sentence(
        words(version, name),
        points=version.points,
        factor=Decimal(version.factor or 1),
        items=version.every,
        amount=amount,
        product=name,
        group=name,
    )


def target(version: RuleVersion) -> str:
    """The name of what it is about; empty for the whole order, a dash for what is gone."""
    for name in ("product", "category", "range"):
        if getattr(version, f"{name}_id") is not None:
            found = _related(version, name)
            title = getattr(found, "get_title", None)
            return str(title() if title else found or "—")
    return ""


def currency() -> str:
    """The programme's."""
    known = earning_queries.display_terms()
    if known:
        return known[0].currency
    return Programme.objects.values_list("currency", flat=True).first() or ""


def _related(version: RuleVersion, name: str) -> Any:
    try:
        return getattr(version, name)
    except ObjectDoesNotExist:
        return None


def _excluded(version: RuleVersion, name: str) -> str:
    if version.product_id:
        return _("{product} earns no points.")
    return _("Nothing in {group} earns points.") if name else _("Such an order earns no points.")


def _multiplied(version: RuleVersion, name: str) -> str:
    if version.product_id:
        return _("{factor} times the points for {product}.")
    return _("{factor} times the points for {group}.") if name else _("{factor} times the points.")


def _by_money(version: RuleVersion, name: str) -> str:
    if name:
        return ngettext(
            "{points} extra point for every {amount} spent on {group}.",
            "{points} extra points for every {amount} spent on {group}.",
            version.points,
        )
    return ngettext(
        "{points} extra point for every {amount}.",
        "{points} extra points for every {amount}.",
        version.points,
    )


def _once(version: RuleVersion, name: str) -> str:
    if version.product_id:
        return ngettext(
            "{points} extra point for an order with {product}.",
            "{points} extra points for an order with {product}.",
            version.points,
        )
    if name:
        return ngettext(
            "{points} extra point for an order with something of {group}.",
            "{points} extra points for an order with something of {group}.",
            version.points,
        )
    return ngettext(
        "{points} extra point for an order.",
        "{points} extra points for an order.",
        version.points,
    )


def _by_items(version: RuleVersion, name: str) -> str:
    if version.every != 1:
        return _by_several(version, name)
    if version.product_id:
        return ngettext(
            "{points} extra point for every {product}.",
            "{points} extra points for every {product}.",
            version.points,
        )
    if name:
        return ngettext(
            "{points} extra point for every item of {group}.",
            "{points} extra points for every item of {group}.",
            version.points,
        )
    return ngettext(
        "{points} extra point for every item.",
        "{points} extra points for every item.",
        version.points,
    )


def _by_several(version: RuleVersion, name: str) -> str:
    if version.product_id:
        return ngettext(
            "{points} extra point for every {items} of {product}.",
            "{points} extra points for every {items} of {product}.",
            version.points,
        )
    if name:
        return ngettext(
            "{points} extra point for every {items} items of {group}.",
            "{points} extra points for every {items} items of {group}.",
            version.points,
        )
    return ngettext(
        "{points} extra point for every {items} items.",
        "{points} extra points for every {items} items.",
        version.points,
    )


def _for_act(version: RuleVersion) -> SafeString:
    points, factor = version.points, version.factor
    act = {
        Trigger.SIGNUP: _("signing up"),
        Trigger.REVIEW: _("a review"),
        Trigger.BIRTHDAY: _("a birthday"),
    }.get(Trigger(version.trigger)) or _(version.action)
    if version.effect == Effect.MULTIPLIER:
        return sentence(_("{factor} times the points for: {act}."), factor=factor, act=act)
    words = ngettext(
        "{points} extra point for: {act}.", "{points} extra points for: {act}.", points
    )
    return sentence(words, points=points, act=act)
